"""The services that the simulated city offers: read from a JSON file and checked at the start."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


class BadServices(ValueError):
    """The file of services can't be used; the text says which entry and why."""


@dataclass(frozen=True)
class Offered:
    """One service; `attributes` are in the shape of the specification."""

    code: str
    name: str
    description: str
    group: str
    keywords: str
    attributes: tuple[dict[str, Any], ...]

    def record(self) -> dict[str, Any]:
        """The service as the specification lists it."""
        return {
            "service_code": self.code,
            "service_name": self.name,
            "description": self.description,
            "metadata": bool(self.attributes),
            "type": "realtime",
            "keywords": self.keywords,
            "group": self.group,
        }

    def complaints(self, answers: dict[str, list[str]]) -> list[str]:
        """One sentence for each fault in the answers to this service's questions."""
        found = []
        for question in self.attributes:
            code = question["code"]
            given = [answer for answer in answers.get(code, []) if answer]
            if question.get("required") and question.get("variable", True) and not given:
                found.append(f"attribute[{code}] is required.")
            keys = {str(value["key"]) for value in question.get("values") or []}
            if keys and not set(given) <= keys:
                found.append(f"attribute[{code}] has an unknown value.")
        return found


def read_services(file: Path) -> dict[str, Offered]:
    """Services by code, in the file's order. Raises BadServices.

    The file is a list of objects with service_code and service_name; description, group, keywords
    (text or list) and attributes may be absent.
    """
    try:
        entries = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BadServices(f"{file} can't be read: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise BadServices(f"{file} must hold a list of services.")
    found: dict[str, Offered] = {}
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not entry.get("service_code"):
            raise BadServices(f"Service {place} of {file} has no service_code.")
        offered = _offered(entry)
        if offered.code in found:
            raise BadServices(f"Service code {offered.code} is there twice.")
        found[offered.code] = offered
    return found


def _offered(entry: dict[str, Any]) -> Offered:
    keywords = entry.get("keywords") or ""
    attributes = tuple(entry.get("attributes") or ())
    for one in attributes:
        if not one.get("code") or one.get("datatype") not in _DATATYPES:
            raise BadServices(f"A question of {entry['service_code']} lacks a code or a datatype.")
    return Offered(
        code=str(entry["service_code"]),
        name=str(entry.get("service_name") or entry["service_code"]),
        description=str(entry.get("description") or ""),
        group=str(entry.get("group") or ""),
        keywords=keywords if isinstance(keywords, str) else ", ".join(keywords),
        attributes=attributes,
    )
