"""The little of OData version 2 that the simulated system speaks: filters, dates, errors, pages. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

PAGE = 10

_EQUAL = re.compile(r"(\w+) eq '((?:[^']|'')*)'")
_SINCE = re.compile(r"(\w+) ge datetimeoffset'([^']+)'")


class BadFilter(ValueError):
    """A filter that this system can't read."""


def date(seconds: float) -> str:
    """A moment as version 2 writes it in JSON."""
    return f"/Date({int(seconds * 1000)}+0000)/"


def seconds(written: str) -> float:
    """The other way round."""
    found = re.match(r"/Date\((-?\d+)", written)
    return int(found[1]) / 1000 if found else 0.0


def fits(record: Mapping[str, Any], wanted: str) -> bool:
    """Whether a record fits a filter of one comparison. Raises BadFilter."""
    if not wanted:
        return True
    if found := _EQUAL.fullmatch(wanted.strip()):
        return bool(record.get(found[1]) == found[2].replace("''", "'"))
    if found := _SINCE.fullmatch(wanted.strip()):
        try:
            since = datetime.fromisoformat(found[2]).timestamp()
        except ValueError as error:
            raise BadFilter(f"{found[2]} is no moment.") from error
        return seconds(str(record.get(found[1], ""))) >= since
    raise BadFilter(f"The filter {wanted[:60]} can't be read.")


def error(status: int, code: str, sentence: str, **headers: str) -> Response:
    """The error of version 2 in JSON."""
    tree = {"error": {"code": code, "message": {"lang": "en", "value": sentence}}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(tree, status, headers=named)


def page_of(
    records: Sequence[Any], *, start: int, overlap: int, link: str, length: int = PAGE
) -> tuple[list[Any], str | None]:
    """One page, and the address of the next one, which may begin a little before this one's end."""
    end = start + length
    if end >= len(records):
        return list(records[start:]), None
    mark = "&" if "?" in link else "?"
    return list(records[start:end]), f"{link}{mark}$skiptoken={max(end - overlap, start + 1)}"
