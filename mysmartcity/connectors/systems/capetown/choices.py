"""The settings of a connection: read, and what is wrong with them as sentences for the operator."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from mysmartcity.connectors.systems.capetown.exchange import readings
from mysmartcity.connectors.systems.capetown.mapping import PHONE, Choices

LONGEST_CALL = 20.0
"""Seconds for one call at most: the lease must outlast the longest try."""

Settings = Mapping[str, Any]

_COMM: Final = ("NONE", "EMAIL", "SMS")
_UNKNOWN: Final = ("street", "street_number", "suburb")
_SECONDS: Final[Mapping[str, tuple[float, float]]] = {
    "timeout_seconds": (0.05, LONGEST_CALL),
    "cookie_seconds": (1, 86_400),
    "session_seconds": (1, 86_400),
    "fresh_seconds": (0, 3600),
}


def read(settings: Settings) -> Choices:
    """What the operator decided about a create."""
    unknown = settings.get("address_unknown")
    return Choices(
        telephone=str(settings.get("telephone", "")),
        comm=str(settings.get("comm", "NONE")),
        unknown={name: str(value) for name, value in unknown.items()}
        if isinstance(unknown, Mapping)
        else None,
    )


def problems(settings: Settings, secrets: Mapping[str, bool]) -> list[str]:
    """Bad settings and missing keys; `secrets` says of each name whether it is there."""
    found = []
    if not urlsplit(str(settings.get("endpoint", "")).strip()).hostname:
        found.append(_("The setting “endpoint” must be the address of the city's API."))
    found += [
        _("The secret “%(name)s” is missing.") % {"name": name}
        for name, is_there in secrets.items()
        if not is_there
    ]
    if settings.get("signature", "raw") not in ("raw", "hex"):
        found.append(_("The setting “signature” must be raw or hex."))
    if settings.get("comm", "NONE") not in _COMM:
        found.append(_("The setting “comm” must be NONE, EMAIL or SMS."))
    if not PHONE.fullmatch(str(settings.get("telephone", ""))):
        found.append(
            _("The setting “telephone” must be your own number: 0 or +27, then nine digits.")
        )
    return [*found, *_of_numbers(settings), *_of_tables(settings)]


def _of_numbers(settings: Settings) -> list[str]:
    found = []
    for name, (least, most) in _SECONDS.items():
        value: Any = settings.get(name, least)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            words = _("The setting “%(name)s” must be a number from %(least)s to %(most)s.")
            found.append(words % {"name": name, "least": f"{least:g}", "most": f"{most:g}"})
    return found


def _of_tables(settings: Settings) -> list[str]:
    found = []
    unknown = settings.get("address_unknown")
    if unknown is not None and (
        not isinstance(unknown, Mapping) or not set(unknown) <= set(_UNKNOWN)
    ):
        found.append(
            _("The setting “address_unknown” may name street, street_number and suburb only.")
        )
    try:
        readings(settings.get("errors"))
    except ValueError as error:
        found.append(_("The setting “errors” can't be used: %(why)s") % {"why": error})
    return found
