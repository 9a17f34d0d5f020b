"""Turns a message into a file: its lasting name, its columns, CSV or XML.

Which columns, under which names and in which order is data (setting `columns`). No folders here.
"""

import csv
import hashlib
import io
import re
import xml.etree.ElementTree as ET  # writes only; what comes in is read by defusedxml
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mysmartcity.connectors.contract import Message
from mysmartcity.lib import clock
from mysmartcity.lib.text import one_line, readable

ANSWER: Final = "answer:"
ENCODINGS: Final = frozenset({"utf-8", "utf-8-sig", "cp1252"})
_TAG = re.compile(r"[A-Za-z_][\w.-]*")
_NUMBER = re.compile(r"[-+]?[\d ]+(\.\d+)?")
_STEM = re.compile(r"([A-Z]{3}-[0-9A-Z]{6})-[a-z_]+-[0-9a-f]{12}")

Columns = Iterable[tuple[str, str]]

FACTS: Final[Mapping[str, Callable[[Message], str]]] = {
    "message": lambda message: stem_of(message),
    "kind": lambda message: message.kind,
    "reference": lambda message: message.reference,
    "their_reference": lambda message: message.body_reference,
    "category": lambda message: message.remote_category or message.category_code,
    "category_name": lambda message: message.category_name,
    "description": lambda message: message.description,
    "words": lambda message: message.words,
    "answers": lambda message: "; ".join(
        f"{one.question} {', '.join(one.words)}" for one in message.answers
    ),
    "lat": lambda message: f"{message.lat:.6f}",
    "lng": lambda message: f"{message.lng:.6f}",
    "street": lambda message: message.street or message.address,
    "street_number": lambda message: message.street_number,
    "suburb": lambda message: message.suburb or message.place_name,
    "reported_at": lambda message: message.reported_at.astimezone(clock.CITY_ZONE).isoformat(
        timespec="seconds"
    ),
    "residents": lambda message: str(message.report_count),
    "photos": lambda message: " ".join(message.photo_urls),
    "page": lambda message: message.issue_url,
    "name": lambda message: message.reporter.name,
    "phone": lambda message: message.reporter.phone,
    "email": lambda message: message.reporter.email,
    "account": lambda message: message.reporter.account_number,
}
"""Everything that a column may hold, beside the answers."""


class BadLayout(ValueError):
    """The settings of a file's form can't be used; the sentence is for the operator."""


def stem_of(message: Message) -> str:
    """The name of a message's file for good, without its ending: the same message is the same file.

    Our keys hold row numbers, which never leave the house, so the key stands in it hashed.
    """
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:12]
    return f"{message.reference}-{message.kind}-{digest}"


def reference_in(text: str) -> str:
    """What an office calls by our name: the stem of a file of ours, or our public reference."""
    name = text.strip().rpartition("/")[2]
    name = re.sub(r"\.(csv|xml)$", "", name, flags=re.IGNORECASE)
    return name if _STEM.fullmatch(name) else name.upper()


def columns_of(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name of the column, what it holds), by the setting `columns` or all we have. Raises BadLayout."""
    given = settings.get("columns")
    if given is None:
        return [(name, name) for name in FACTS]
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise BadLayout("“columns” must be a list of {“name”: …, “from”: …}.")
    found = []
    for one in given:
        name, source = str(one.get("name") or ""), str(one.get("from") or "")
        is_answer = source.startswith(ANSWER) and source != ANSWER
        if not name or not (is_answer or source in FACTS):
            raise BadLayout(f"The column “{name}” can't come from “{source}”.")
        found.append((name, source))
    if not found:
        raise BadLayout("“columns” names no column.")
    return found


def value_of(message: Message, source: str) -> str:
    """What stands in a column."""
    if not source.startswith(ANSWER):
        return FACTS[source](message)
    code = source.removeprefix(ANSWER)
    found = next((one for one in message.answers if one.code == code), None)
    return ", ".join(found.words) if found else ""


def csv_of(message: Message, columns: Columns, settings: Mapping[str, Any]) -> bytes:
    """Two lines: the names of the columns and the message."""
    whole = io.StringIO()
    delimiter = str(settings.get("delimiter") or ",")
    writer = csv.writer(whole, delimiter=delimiter, lineterminator="\r\n")
    listed = list(columns)
    writer.writerow([harmless(name) for name, _source in listed])
    writer.writerow([harmless(one_line(value_of(message, source))) for _name, source in listed])
    return whole.getvalue().encode(encoding_of(settings), "replace")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: a resident may write “=cmd…”.

    Signed numbers (latitudes, phone numbers) stay as they are: they can do nothing.
    """
    is_formula = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def xml_of(message: Message, columns: Columns, settings: Mapping[str, Any]) -> bytes:
    """One element for each column below `root_tag`."""
    root = ET.Element(str(settings.get("root_tag") or "message"))
    for name, source in columns:
        ET.SubElement(root, name).text = readable(value_of(message, source))
    encoding = encoding_of(settings).removesuffix("-sig")
    return bytes(ET.tostring(root, encoding="windows-1252" if encoding == "cp1252" else "utf-8"))


def encoding_of(settings: Mapping[str, Any]) -> str:
    """How files are written."""
    return str(settings.get("encoding") or "utf-8")


def layout_problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with how files are to be written."""
    found = []
    try:
        columns = columns_of(settings)
    except BadLayout as error:
        return [str(error)]
    if settings.get("format", "csv") not in ("csv", "xml"):
        found.append("“format” must be csv or xml.")
    if encoding_of(settings) not in ENCODINGS:
        found.append(f"“encoding” must be one of {', '.join(sorted(ENCODINGS))}.")
    if len(str(settings.get("delimiter") or ",")) != 1:
        found.append("“delimiter” must be one character.")
    tags = [str(settings.get("root_tag") or "message"), *(name for name, _source in columns)]
    if settings.get("format") == "xml":
        found += [
            f"“{tag}” is no name of an XML element." for tag in tags if not _TAG.fullmatch(tag)
        ]
    return found
