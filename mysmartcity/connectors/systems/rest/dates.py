"""Reads and writes moments as a definition says. Pure.

A moment without a zone is of the definition's zone. What can't be read is None: a wrong date must not
hold up the news that carries it.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

NAMED: Final = frozenset({"iso", "epoch", "epoch_ms", "odata", "mail"})
_CODES: Final = frozenset("YmdHMSyjbBfzpI%TaAZ")
_ODATA = re.compile(r"/?(?:Date\()?(-?\d{1,16})(?:[+-]\d{4})?\)?/?$")


def complaint(written: str) -> str:
    """What is wrong with the name or pattern of a date; "" when it can be used."""
    if written in NAMED:
        return ""
    codes = re.findall(r"%(.?)", written)
    if not codes:
        return f"“{written}” is no way to write a date ({', '.join(sorted(NAMED))} or a pattern)"
    unknown = [code for code in codes if code not in _CODES]
    return f"the pattern knows no %{unknown[0]}" if unknown else ""


def read(value: Any, formats: tuple[str, ...], zone: str) -> datetime | None:
    """The moment that a value of an answer names, aware."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    text = str(value).strip()
    for written in formats:
        found = _read_one(text, written)
        if found is not None:
            return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return None


def _read_one(text: str, written: str) -> datetime | None:
    try:
        if written == "iso":
            return datetime.fromisoformat(text)
        if written == "mail":
            return parsedate_to_datetime(text)
        if written in ("epoch", "epoch_ms"):
            return datetime.fromtimestamp(float(text) / (1000 if written == "epoch_ms" else 1), UTC)
        if written == "odata":
            found = _ODATA.match(text)
            return datetime.fromtimestamp(int(found[1]) / 1000, UTC) if found else None
        return datetime.strptime(text, written)  # noqa: DTZ007 - the zone is added by the caller
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def write(moment: datetime, written: str, zone: str) -> str:
    """A moment in a named form or a pattern, in the definition's zone. `iso` is in UTC with Z."""
    if written == "iso":
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if written == "epoch":
        return str(int(moment.timestamp()))
    if written in ("epoch_ms", "odata"):
        number = int(moment.timestamp() * 1000)
        return str(number) if written == "epoch_ms" else f"/Date({number})/"
    here = moment.astimezone(ZoneInfo(zone))
    return format_datetime(here) if written == "mail" else here.strftime(written)
