"""What an operator says about a file of areas before it is imported: LayerSpec and layers.yaml.

Reading and checking the file itself is in reading.py, writing to the database in actions.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mysmartcity.lib.text import slugify
from mysmartcity.places.models import AreaKind


class BadLayerList(ValueError):
    """layers.yaml says something that does not fit; the message names the entry and the reason."""


@dataclass(frozen=True)
class LayerSpec:
    """Where in a file's properties the code and names stand, and what is known of its source.

    `municipality` is the code of the municipality that every feature lies in; empty: it is read from
    the property `municipality_field`, and for municipalities themselves it is their code. `name_format`
    makes a name of the property ("Ward {}"). `extra_names` are what people call an area, by its code,
    beside the names in the properties `alt_name_fields`.

    Left out are features in `skip_codes`, those not in `only_codes` (when there are any), and those
    whose `current_field` is 0: places that are no more.
    """

    name: str
    kind: AreaKind
    municipality: str = ""
    municipality_field: str = ""
    code_field: str = "code"
    name_field: str = "name"
    name_format: str = "{}"
    alt_name_fields: tuple[str, ...] = ()
    extra_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only_codes: tuple[str, ...] = ()
    skip_codes: tuple[str, ...] = ()
    current_field: str = ""
    approximate: bool = False
    source: str = ""
    licence: str = ""
    credit: str = ""


@dataclass(frozen=True)
class ListedLayer:
    """One line of layers.yaml: a file and what it holds."""

    file: Path
    layer: LayerSpec


_WORDS = (
    *("municipality", "municipality_field", "code_field", "name_field", "name_format"),
    *("current_field", "source", "licence", "credit"),
)
_LISTS = ("alt_name_fields", "only_codes", "skip_codes")
_NOTES = ("skip_reason", "precedence")
"""For readers of the list. Which layer wins where two overlap follows from `approximate`."""
_KNOWN = {"file", "name", "kind", "approximate", "extra_names", *_WORDS, *_LISTS, *_NOTES}


def read_layers(listing: Path) -> list[ListedLayer]:
    """The layers of a layers.yaml, in its order; files are found beside it. Raises BadLayerList."""
    try:
        rows = yaml.safe_load(listing.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadLayerList(f"{listing.name} can't be read: {error}") from error
    if isinstance(rows, dict):
        rows = rows.get("layers")
    if not isinstance(rows, list):
        raise BadLayerList(f"{listing.name} must be a list of layers.")
    layers = [_listed(row, listing.parent) for row in rows]
    names = [one.layer.name for one in layers]
    for name in names:
        if names.count(name) > 1:
            raise BadLayerList(f"{listing.name} names the layer {name} twice.")
    return layers


def _listed(row: Any, folder: Path) -> ListedLayer:
    if not isinstance(row, Mapping) or not row.get("file"):
        raise BadLayerList(f"An entry has no file: {row!r:.80}")
    file = folder / str(row["file"])
    unknown = set(row) - _KNOWN
    if unknown:
        raise BadLayerList(f"{file.name}: unknown word {', '.join(sorted(map(str, unknown)))}.")
    if row.get("kind") not in AreaKind.values:
        raise BadLayerList(f"{file.name}: kind must be one of {', '.join(AreaKind.values)}.")
    said: dict[str, Any] = {word: str(row[word]) for word in _WORDS if row.get(word) is not None}
    for word in _LISTS:
        said[word] = tuple(str(part) for part in row.get(word) or ())
    if said.get("name_format", "{}").count("{}") != 1:
        raise BadLayerList(f"{file.name}: name_format must hold {{}} once.")
    extra = row.get("extra_names") or {}
    if not isinstance(extra, Mapping) or not all(isinstance(one, list) for one in extra.values()):
        raise BadLayerList(f"{file.name}: extra_names must give a list of names for each code.")
    layer = LayerSpec(
        extra_names={str(code): tuple(map(str, names)) for code, names in extra.items()},
        name=str(row.get("name") or slugify(file.stem)),
        kind=AreaKind(row["kind"]),
        approximate=bool(row.get("approximate", False)),
        **said,
    )
    return ListedLayer(file, layer)
