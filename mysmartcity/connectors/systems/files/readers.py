"""Reads the files that an office leaves: acknowledgements and statuses, CSV or XML, row by row.

One bad row never spoils the others. A file that is not whole yet is told from one that is broken.
Everything in a file is hostile: sizes are capped, XML may not define anything.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError  # names only; defusedxml parses

import defusedxml.ElementTree as DefusedET
from defusedxml.common import DefusedXmlException

from mysmartcity.connectors.systems.files.mapping import reference_in
from mysmartcity.lib import clock, ids
from mysmartcity.lib.text import fold, one_line, readable

MOST_ROWS: Final = 100_000
_ROLES: Final = ("ours", "theirs", "status", "words", "when", "promised")
_USUAL: Final[Mapping[str, Mapping[str, str]]] = {
    "ack": {
        "files": "ack*",
        "ours": "reference",
        "theirs": "their_reference",
        "status": "result",
        "words": "reason",
        "when": "when",
    },
    "status": {
        "files": "status*",
        "ours": "reference",
        "theirs": "their_reference",
        "status": "status",
        "words": "words",
        "when": "when",
        "promised": "promised",
    },
}
"""What each kind of file is called, and which column holds what, unless the settings say otherwise."""

_ACCEPTED: Final = ("", "accepted", "ok", "received", "success", "registered")


class NotWhole(Exception):
    """The file may still be growing: it has no end yet."""


class Unreadable(Exception):
    """No row of the file can be read; the sentence says why."""


@dataclass(frozen=True)
class Row:
    """What one row says. `word` is the office's own; "" where it only gives its reference."""

    event_id: str
    ours: str
    theirs: str
    word: str
    words: str
    happened_at: datetime | None
    promised_at: datetime | None


@dataclass(frozen=True)
class BadRow:
    """A row that is put aside: its text, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Layout:
    """How one kind of file is to be read."""

    kind: str
    files: str
    columns: Mapping[str, str]
    delimiter: str
    encoding: str
    row_tag: str
    date_format: str
    trailer: str
    accepted: tuple[str, ...]


def layout_for(name: str, settings: Mapping[str, Any]) -> Layout | None:
    """The kind of file that a name belongs to; None for one that is none of ours."""
    for kind in ("ack", "status"):
        layout = _layout(kind, settings)
        if fnmatchcase(name.lower(), layout.files.lower()):
            return layout
    return None


def _layout(kind: str, settings: Mapping[str, Any]) -> Layout:
    its: dict[str, str] = {**_USUAL[kind], **dict(settings.get(kind) or {})}
    accepted = settings.get("accepted_words")
    return Layout(
        kind=kind,
        files=its["files"],
        columns={role: fold(its[role]) for role in _ROLES if its.get(role)},
        delimiter=str(its.get("delimiter") or ""),
        encoding=str(its.get("encoding") or "auto"),
        row_tag=str(its.get("row_tag") or "row"),
        date_format=str(its.get("date_format") or ""),
        trailer=str(its.get("trailer") or ""),
        accepted=tuple(fold(str(one)) for one in accepted) if accepted else _ACCEPTED,
    )


def read(data: bytes, layout: Layout) -> tuple[list[Row], list[BadRow]]:
    """Every row of a file that can be read, and every one that can't.

    Raises NotWhole while the file has no end, Unreadable when nothing in it can be used.
    """
    text = decoded(data, layout.encoding)
    is_xml = text.lstrip().startswith("<")
    rows, bad = [], []
    for number, cells in enumerate(_xml(data, layout) if is_xml else _csv(text, layout), start=1):
        if number > MOST_ROWS:
            raise Unreadable(f"It has more than {MOST_ROWS} rows.")
        if isinstance(cells, BadRow):
            bad.append(cells)
            continue
        try:
            rows.append(_row(cells, layout))
        except ValueError as error:
            bad.append(BadRow(" | ".join(cells.values())[:500], str(error)))
    return rows, bad


def decoded(data: bytes, encoding: str) -> str:
    """The text of a file; “auto” is UTF-8 with or without its mark, or else what Windows writes.

    Raises Unreadable.
    """
    is_wide = b"\0" in data[:2] or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if is_wide:
        raise Unreadable("It is not written in UTF-8 or Windows-1252.")
    names = ("utf-8-sig", "cp1252") if encoding == "auto" else (encoding,)
    for name in names:
        try:
            return data.decode("utf-8-sig" if name == "utf-8" else name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable(f"It is not written in {' or '.join(names)}.")


# --- CSV ------------------------------------------------------------------------------------------


def _csv(text: str, layout: Layout) -> Iterator[dict[str, str] | BadRow]:
    """Each row as column → cell. The columns are found by the names in the first line."""
    first = text.split("\n", 1)[0]
    delimiter = layout.delimiter or max(",;\t|", key=first.count)
    lines = _lines(text, delimiter)
    head = next(lines, None)
    if head is None or isinstance(head, BadRow):
        raise NotWhole("It is empty.")
    names = [fold(name) for name in head]
    _check_columns(names, layout)
    body = [
        line for line in lines if isinstance(line, BadRow) or any(cell.strip() for cell in line)
    ]
    if layout.trailer:
        body = _without_trailer(body, layout.trailer)
    for line in body:
        if isinstance(line, BadRow):
            yield line
        elif len(line) > len(names):
            yield BadRow(delimiter.join(line)[:500], "It has more cells than there are columns.")
        else:
            yield dict(zip(names, line, strict=False))


def _lines(text: str, delimiter: str) -> Iterator[list[str] | BadRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            line = next(reader, None)
        except csv.Error as error:
            yield BadRow("", f"Line {reader.line_num} can't be read: {error}.")
            continue
        if line is None:
            return
        yield line


def _check_columns(names: Sequence[str], layout: Layout) -> None:
    """Without a reference and something to say no row can be used. Raises Unreadable."""
    has = {role for role, name in layout.columns.items() if name in names}
    if not has & {"ours", "theirs"} or not has & {"status", "words", "theirs"}:
        wanted = ", ".join(
            layout.columns[role] for role in ("ours", "theirs", "status") if role in layout.columns
        )
        raise Unreadable(f"It lacks the columns that are expected ({wanted}).")


def _without_trailer(body: list[list[str] | BadRow], word: str) -> list[list[str] | BadRow]:
    """The rows before the last line, which says how many they are. Raises NotWhole."""
    last = body[-1] if body else None
    if not isinstance(last, list) or fold(last[0]) != fold(word):
        raise NotWhole("Its last line is not there yet.")
    count = next((cell.strip() for cell in last[1:] if cell.strip()), "")
    if count != str(len(body) - 1):
        raise NotWhole(
            f"Its last line speaks of {one_line(count)[:20]} rows; there are {len(body) - 1}."
        )
    return body[:-1]


# --- XML ------------------------------------------------------------------------------------------


def _xml(data: bytes, layout: Layout) -> Iterator[dict[str, str]]:
    """Each element called `row_tag` as the names of its attributes and children → their text."""
    try:
        root: Element = DefusedET.fromstring(data, forbid_dtd=True)
    except ParseError as error:
        # A file that is still being written looks just like a broken one.
        raise NotWhole(f"It is not whole XML: {error}.") from error
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"It is no XML that we read: {type(error).__name__}.") from error
    for element in root.iter():
        if _local(element.tag) == fold(layout.row_tag):
            cells = {_local(name): value for name, value in element.attrib.items()}
            cells.update({_local(child.tag): child.text or "" for child in element})
            yield cells


def _local(tag: Any) -> str:
    return fold(tag.rpartition("}")[2]) if isinstance(tag, str) else ""


# --- One row --------------------------------------------------------------------------------------


def _row(cells: Mapping[str, str], layout: Layout) -> Row:
    """Raises ValueError with the reason when the row can't be used."""
    given = {role: readable(cells.get(name, "") or "") for role, name in layout.columns.items()}
    ours, theirs = reference_in(given.get("ours", "")), one_line(given.get("theirs", ""))
    if not ours and not theirs:
        raise ValueError("It names no reference.")
    if ours and ids.read_reference(ours[:10]) is None:
        raise ValueError(f"“{one_line(ours)[:40]}” is not one of our references.")
    if len(theirs) > 100:
        raise ValueError("Its reference is too long.")
    word = one_line(given.get("status", ""))[:100]
    if layout.kind == "ack" and fold(word) in layout.accepted:
        word = ""
    elif layout.kind == "status" and not word and not given.get("words"):
        raise ValueError("It says nothing.")
    parts = (layout.kind, ours, theirs, word, given.get("words", ""), given.get("when", ""))
    return Row(
        event_id=f"file:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}",
        ours=ours,
        theirs=theirs,
        word=word,
        words=given.get("words", ""),
        happened_at=_moment(given.get("when", ""), layout.date_format),
        promised_at=_moment(given.get("promised", ""), layout.date_format),
    )


def _moment(text: str, date_format: str) -> datetime | None:
    """A moment; without a zone it is South African time. None where none is given. Raises ValueError."""
    if not text.strip():
        return None
    try:
        read_as = _read_as(text.strip(), date_format)
    except ValueError as error:
        raise ValueError(f"“{one_line(text)[:40]}” is not a time that we can read.") from error
    aware = read_as if read_as.tzinfo is not None else read_as.replace(tzinfo=clock.CITY_ZONE)
    return aware.astimezone(UTC)


def _read_as(text: str, date_format: str) -> datetime:
    if date_format:
        return datetime.strptime(text, date_format)  # noqa: DTZ007  # the zone follows
    return datetime.fromisoformat(text)
