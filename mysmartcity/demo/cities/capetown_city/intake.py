"""Reads and checks the JSON of a create as the city's contract words it. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from mysmartcity.demo.cities.capetown_city.catalogue import Catalogue

_REQUIRED = (
    "type", "subtype", "message", "latitude", "longitude",
    "telephone", "comm", "suburb", "street", "street_number",
)  # fmt: skip
_TEXTS = (
    "message", "address", "email", "telephone", "comm",
    "suburb", "street", "street_number", "firstName", "lastName",
)  # fmt: skip
_PHONE = re.compile(r"(\+27|0)\d{9}")
_BOX = {"latitude": (-34.35, -33.47), "longitude": (18.3, 19.0)}


@dataclass(frozen=True)
class Refusal:
    """The only way in which this city says no: a 500 with a code and a message."""

    code: str
    message: str


@dataclass(frozen=True)
class NewRequest:
    """What a valid create holds."""

    type_code: int
    subtype_code: int
    message: str
    fields: dict[str, Any]


def read_request(body: bytes, *, catalogue: Catalogue) -> NewRequest | Refusal:
    """What a create asks for, or the first thing that is wrong with it."""
    try:
        fields = json.loads(body)
    except ValueError:
        return Refusal("ZSREQ/400", "The message body is not valid JSON.")
    if not isinstance(fields, dict):
        return Refusal("ZSREQ/400", "The message body is not valid: an object is needed.")
    complaint = _complaint(fields)
    if complaint:
        return Refusal("ZSREQ/010", complaint)
    codes = (fields["type"], fields["subtype"])
    if codes not in catalogue.subtypes:
        return Refusal("ZSREQ/011", "type and subtype are unknown.")
    return NewRequest(*codes, message=fields["message"], fields=fields)


def _complaint(fields: dict[str, Any]) -> str:
    for name in _REQUIRED:
        if fields.get(name) in (None, ""):
            return f"{name} is required."
    for name in _TEXTS:
        if name in fields and not isinstance(fields[name], str):
            return f"{name} is not valid: a text is needed."
    for name in ("type", "subtype"):
        if type(fields[name]) is not int or not 1000 <= fields[name] <= 9999:
            return f"{name} is not valid: a number of four digits is needed."
    return _complaint_about_place(fields) or _complaint_about_person(fields)


def _complaint_about_place(fields: dict[str, Any]) -> str:
    for name, (least, most) in _BOX.items():
        value = fields[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{name} is not valid: a number is needed."
        if not least <= value <= most:
            return f"{name} is outside {least} to {most}."
    return ""


def _complaint_about_person(fields: dict[str, Any]) -> str:
    if not _PHONE.fullmatch(fields["telephone"]):
        return "telephone is not valid."
    if fields["comm"] not in ("EMAIL", "SMS", "NONE"):
        return "comm is not valid."
    if fields["comm"] == "EMAIL" and "@" not in fields.get("email", ""):
        return "email is required for this comm."
    for name in ("firstName", "lastName"):
        if len(fields.get(name, "")) > 40:
            return f"{name} is too long."
    return ""
