"""The types and subtypes that the simulated city offers: read from a JSON file, checked at the start."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadCatalogue(ValueError):
    """The file can't be used; the text says why."""


@dataclass(frozen=True)
class Catalogue:
    """Names by code; a subtype's code counts within its type only."""

    types: dict[int, str]
    subtypes: dict[tuple[int, int], str]

    def name_of(self, type_code: int, subtype_code: int) -> str:
        """As the city describes a service: `Animal carcass removal - Whale`."""
        return f"{self.types[type_code]} - {self.subtypes[type_code, subtype_code]}"


def read_catalogue(file: Path) -> Catalogue:
    """The list of {type, name, subtypes: [{subtype, name}]} in a file. Raises BadCatalogue."""
    types: dict[int, str] = {}
    subtypes: dict[tuple[int, int], str] = {}
    try:
        entries: Any = json.loads(file.read_text(encoding="utf-8"))
        for entry in entries:
            types[_code(entry["type"])] = str(entry["name"])
            for one in entry["subtypes"]:
                subtypes[_code(entry["type"]), _code(one["subtype"])] = str(one["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadCatalogue(f"{file} can't be used: {error!r}") from error
    if not subtypes:
        raise BadCatalogue(f"{file} offers nothing.")
    return Catalogue(types, subtypes)


def _code(value: Any) -> int:
    if not isinstance(value, int) or not 1000 <= value <= 9999:
        raise ValueError(f"{value!r} is no code of four digits")
    return value
