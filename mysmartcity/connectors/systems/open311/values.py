"""Single values as Open311 servers write them: text, numbers, yes or no, and moments.

Every reader takes whatever a JSON or XML document held there and gives a plain value, or the empty
one when nothing sensible can be made of it. None of them raises.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_SLASHED = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AP]M)?)?"
)
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def scalar(value: Any) -> Any:
    """The value itself, or the only thing inside one-element lists around it (Zürich)."""
    while isinstance(value, list | tuple):
        value = value[0] if value else None
    return value


def text(value: Any) -> str:
    """Stripped text; numbers as written, truth as "true" or "false"; "" for nothing at all."""
    value = scalar(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping):
        # FixMyStreet: agency_responsible is {recipient: [...]}.
        parts = [text(part) for one in value.values() for part in _many(one)]
        return ", ".join(part for part in parts if part)
    return str(value).strip()


def identifier(value: Any) -> str | None:
    """An id, token or code; None for an absent one, also when written as a word for nothing."""
    found = text(value)
    return None if found.lower() in ("", "null", "none", "nil", "undefined") else found


def truth(value: Any) -> bool:
    """true, True, 1, yes; everything else is no."""
    return text(value).lower() in ("true", "1", "yes", "y", "t")


def number(value: Any) -> float | None:
    """A finite number, also out of a string, also with a decimal comma."""
    found = text(value)
    if found.count(",") == 1 and "." not in found:
        found = found.replace(",", ".")
    try:
        result = float(found)
    except ValueError:
        return None
    return result if math.isfinite(result) else None


def place(lat: Any, lng: Any) -> tuple[float, float] | tuple[None, None]:
    """(latitude, longitude) in degrees; (None, None) if impossible, or 0,0, which means unknown."""
    north, east = number(lat), number(lng)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return (None, None)
    if north == 0 and east == 0:
        return (None, None)
    return (north, east)


def moment(value: Any, *, zone: tzinfo) -> datetime | None:
    """An aware moment in UTC; a date without a zone is meant in `zone`. None if unreadable.

    Reads ISO 8601 in its many spellings, slashed dates (day first, unless only month first is
    possible or AM/PM is written), mail dates, and seconds or milliseconds since 1970.
    """
    if isinstance(scalar(value), bool):
        return None
    written = text(value)
    if not written or len(written) > 60:
        return None
    for read in (_epoch, _iso, _slashed, _mail):
        try:
            found = read(written)
            if found is None:
                continue
            aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _epoch(written: str) -> datetime | None:
    match = re.fullmatch(r"(?:/Date\()?(\d{10}|\d{13})(\.\d+)?(?:\)/)?", written)
    if match is None:
        return None
    seconds = float(match[1] + (match[2] or ""))
    if len(match[1]) == 13:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC) if seconds < _LATEST else None


def _iso(written: str) -> datetime | None:
    if re.fullmatch(r"\d{14}", written):
        written = f"{written[:8]}T{written[8:]}"
    tidy = re.sub(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", written.upper())
    if _ISO.match(tidy) is None:
        return None
    # An unescaped plus of an offset arrives as a space; and some put a space before the offset.
    tidy = re.sub(r"(:\d{2}(?:\.\d+)?) (\d{2}:?\d{2})$", r"\1+\2", tidy)
    tidy = re.sub(r" ?(?:UTC|GMT)$", "Z", tidy)
    tidy = re.sub(r" SAST$", "+02:00", tidy)
    tidy = re.sub(r"(:\d{2}(?:\.\d+)?) ([+-]\d{2}|Z)", r"\1\2", tidy)
    return datetime.fromisoformat(tidy)


def _slashed(written: str) -> datetime | None:
    match = _SLASHED.fullmatch(written.upper())
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    hour, minute, seconds = (int(match[group] or 0) for group in (4, 5, 6))
    is_american = first <= 12 and (second > 12 or match[7] is not None)
    day, month = (second, first) if is_american else (first, second)
    if match[7]:
        hour = hour % 12 + (12 if match[7] == "PM" else 0)
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}")


def _mail(written: str) -> datetime | None:
    if re.match(r"[A-Za-z]{3},? |\d{1,2} [A-Z]", written) is None:
        return None
    return parsedate_to_datetime(written)
