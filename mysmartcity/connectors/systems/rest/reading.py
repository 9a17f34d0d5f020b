"""Reads a definition: from the connection's settings or a shipped file, with the connection's changes."""

import copy
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import yaml
from django.conf import settings as our_settings

from mysmartcity.connectors.systems.rest import checking
from mysmartcity.connectors.systems.rest.shapes import Definition

_NAME = re.compile(r"[a-z0-9_]{1,60}")


class BadDefinition(ValueError):
    """A definition that can't be used; `sentences` say what is wrong, each with its path in the file."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(sentences[0])
        self.sentences = sentences


def read(settings: Mapping[str, Any]) -> Definition:
    """The definition that a connection's settings name, checked. Raises BadDefinition.

    `definition` holds it whole, or `file` names a file of `data/systems`; `changes` maps paths in it
    to other values: {"base_url": "https://…", "options.plant": "1010"}.
    """
    wanted = {name: settings.get(name) for name in ("definition", "file", "changes")}
    try:
        return _read(json.dumps(wanted, sort_keys=True))
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, BadDefinition):
            raise
        raise BadDefinition(f"The settings can't be read: {error}.") from error


@lru_cache(maxsize=256)
def _read(written: str) -> Definition:
    wanted = json.loads(written)
    if wanted["definition"] is not None and wanted["file"] is not None:
        raise BadDefinition("Give a definition or a file, not both.")
    tree = wanted["definition"] if wanted["file"] is None else _from_file(wanted["file"])
    if tree is None:
        raise BadDefinition("There is no definition: the settings want `definition` or `file`.")
    for path, value in _changes(wanted["changes"]):
        _change(tree, path, value)
    return parse(tree)


def parse(tree: Any) -> Definition:
    """A definition from a plain tree, checked to the last template. Raises BadDefinition."""
    try:
        found = msgspec.convert(tree, Definition)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadDefinition(_sentence(str(error))) from error
    problems = checking.problems(found)
    if problems:
        raise BadDefinition(*problems)
    return found


def _sentence(said: str) -> str:
    """“Expected `str`, got `int` - at `$.auth.type`” with the path first."""
    words, _, path = said.partition(" - at `$")
    where = path.rstrip("`").lstrip(".") or "definition"
    return f"{where}: {words}."


def _from_file(name: Any) -> Any:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadDefinition("file: a name of letters, digits and _ is wanted.")
    file = our_settings.REFERENCE_DATA / "systems" / f"{name}.yaml"
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadDefinition(f"file: there is no data/systems/{name}.yaml.") from error
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadDefinition(f"file: data/systems/{name}.yaml can't be read: {error}.") from error


def _changes(written: Any) -> list[tuple[str, Any]]:
    if written is None:
        return []
    if not isinstance(written, dict):
        raise BadDefinition("changes: an object of paths and values is wanted.")
    return [(str(path), copy.deepcopy(value)) for path, value in written.items()]


def _change(tree: Any, path: str, value: Any) -> None:
    """Set one value; every step but the last must be there."""
    *steps, last = path.split(".")
    here = tree
    for step in steps:
        if isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            raise BadDefinition(f"changes: there is no “{path}” in the definition.")
    if isinstance(here, dict):
        here[last] = value
    elif isinstance(here, list) and last.isdecimal() and int(last) < len(here):
        here[int(last)] = value
    else:
        raise BadDefinition(f"changes: there is no “{path}” in the definition.")
