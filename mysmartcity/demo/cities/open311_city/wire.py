"""How the simulated city writes: JSON and XML replies, dates and statuses in every spelling.

Pure; what is in the replies is decided in `app.py`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from mysmartcity.lib.clock import CITY_ZONE
from mysmartcity.lib.text import readable

Record = Mapping[str, Any]

_INNER = {
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "media_url": "media_url",
}


def reply(
    records: Sequence[Record] | Record, *, suffix: str, root: str, item: str, status: int = 200
) -> Response:
    """A list (or for a definition and discovery one object) in the format of the suffix."""
    if suffix == "xml":
        if isinstance(records, Mapping):
            inner = _xml(records)
        else:
            inner = "".join(f"<{item}>{_xml(one)}</{item}>" for one in records)
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<{root}>{inner}</{root}>\n'
        return Response(text, status, media_type="text/xml; charset=utf-8")
    body = json.dumps(records, ensure_ascii=False)
    return Response(body, status, media_type="application/json; charset=utf-8")


def refuse(status: int, *sentences: str, suffix: str) -> Response:
    """The specification's error list."""
    records = [{"code": str(status), "description": sentence} for sentence in sentences]
    return reply(records, suffix=suffix, root="errors", item="error", status=status)


def moment(seconds: float, style: str) -> str | int:
    """A moment (seconds since 1970) in one of the spellings found in the wild."""
    here = datetime.fromtimestamp(int(seconds), CITY_ZONE)
    if style == "epoch":
        return int(here.timestamp())
    written = {
        "w3c": here.isoformat(),
        "z": here.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "naive": here.strftime("%Y-%m-%dT%H:%M:%S"),
        "space": here.strftime("%Y-%m-%d %H:%M:%S.0"),
        "slash": here.strftime("%d/%m/%Y %H:%M:%S"),
        "mail": format_datetime(here),
    }
    return written[style]


def status(word: str, style: str) -> str:
    """A status in one of the cases found in the wild."""
    if style == "odd":
        return "".join(
            letter.upper() if place % 2 else letter.lower()
            for place, letter in enumerate(word.replace("_", " "))
        )
    spoken = {"upper": word.upper(), "title": word.replace("_", " ").title()}
    return spoken.get(style, word)


def read_moment(text: str) -> datetime | None:
    """A date argument; without a zone it is UTC, and a space is a plus that got lost.

    Raises ValueError for what is no date; None for nothing.
    """
    if not text:
        return None
    tidy = text.strip()
    if len(tidy) > 19 and tidy[-6] == " ":
        tidy = f"{tidy[:-6]}+{tidy[-5:]}"
    found = datetime.fromisoformat(tidy.upper())
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _xml(record: Record) -> str:
    return "".join(_element(name, value) for name, value in record.items())


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        # An empty date breaks old readers, so it is left out.
        return "" if name.endswith("_datetime") else f"<{name}/>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{_xml(value)}</{name}>"
    if isinstance(value, list):
        inner = _INNER.get(name, "item")
        parts = "".join(_element(inner, one) for one in value)
        return parts if inner == name else f"<{name}>{parts}</{name}>"
    return f"<{name}>{escape(readable(str(value)))}</{name}>"
