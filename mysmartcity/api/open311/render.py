"""Writes replies: plain rows to JSON by msgspec, or to the XML that GeoReport describes.

Both formats are made from the same rows, so they never differ. Rows are dicts whose order is the order
of the elements.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

CONTENT_TYPES = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TO_ESCAPE = re.compile(r"[&<>\r]|[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ITEMS = {
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
    "photos": "photo",
}
"""The element of each item inside a container."""

Row = Mapping[str, Any]


def escape(text: str) -> str:
    """Text for XML: markup escaped, characters that XML forbids left out."""
    if not _TO_ESCAPE.search(text):
        return text
    clean = _ILLEGAL.sub("", text)
    escaped = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def instant(moment: datetime | None) -> str | None:
    """A moment as GeoReport writes it: whole seconds, UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _element(name: str, value: Any) -> str:
    if isinstance(value, str):
        return f"<{name}>{escape(value)}</{name}>"
    if value is None:
        # An empty date crashes validators, so a missing one is left out altogether.
        return "" if name.endswith("datetime") else f"<{name}></{name}>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{_children(value)}</{name}>"
    if isinstance(value, Sequence):
        item = _ITEMS[name]
        return f"<{name}>{''.join(_element(item, one) for one in value)}</{name}>"
    return f"<{name}>{value}</{name}>"


def _children(row: Row) -> str:
    return "".join([_element(name, value) for name, value in row.items()])


def xml_list(root: str, item: str, rows: Sequence[Row]) -> bytes:
    """A root element with one child for each row."""
    body = "".join([f"<{item}>{_children(row)}</{item}>" for row in rows])
    return f"{DECLARATION}<{root}>{body}</{root}>".encode()


def xml_object(root: str, row: Row) -> bytes:
    """One element with its children."""
    return f"{DECLARATION}<{root}>{_children(row)}</{root}>".encode()


def json_of(value: Any) -> bytes:
    """Rows, or one object, as JSON."""
    return msgspec.json.encode(value)


def list_of(suffix: str, root: str, item: str, rows: Sequence[Row]) -> bytes:
    """Rows in the format asked for."""
    return json_of(rows) if suffix == "json" else xml_list(root, item, rows)


def object_of(suffix: str, root: str, row: Row) -> bytes:
    """One object in the format asked for."""
    return json_of(row) if suffix == "json" else xml_object(root, row)
