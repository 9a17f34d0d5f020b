"""Translates between our words and the city's. Pure: no network, no database.

Codes, statuses and what the operator chose come in as plain values.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from mysmartcity.connectors.contract import Message, Reporter, Update
from mysmartcity.connectors.systems.capetown.client import moment
from mysmartcity.connectors.systems.capetown.shapes import RemoteRequest
from mysmartcity.lib.text import one_line

LAT_RANGE: Final = (-34.35, -33.47)
LNG_RANGE: Final = (18.3, 19.0)
"""The box of the contract."""

PHONE: Final = re.compile(r"(\+27|0)\d{9}")
LONGEST_NAME = 40
LONGEST_MESSAGE = 4000
"""The contract gives no limit; longer ones were never seen."""

STARTING_STATUSES: Final[Mapping[str, str]] = {
    # The two that were seen. "Closed" is what the city says: a resident still has to agree.
    "in progress": "in_progress",
    "closed": "reported_fixed",
}

_CODE: Final = re.compile(r"([1-9]\d{3})\s*/\s*([1-9]\d{3})")
_REFERENCE: Final = re.compile(r"Reference:\s*[0-9A-Z]+-[0-9A-Z]+", re.IGNORECASE)
_ENTRY: Final = re.compile(
    r"(?<!\d)(\d{2}\.\d{2}\.\d{4})\s+(\d{2}:\d{2}:\d{2})(?=\s+(?:[A-Z]{3,4}\s+)?\S[^\n()]{0,80}\()"
)
"""Where an entry of the log begins: `28.11.2014 11:20:13 Gareth Dohne (SC_GD1) The carcass …`."""


@dataclass(frozen=True)
class Entry:
    """One entry of the log, its head with the name included; `at` None where it has no date."""

    text: str
    at: datetime | None


def codes_of(remote_category: str) -> tuple[int, int] | None:
    """(type, subtype) of "1001/1002"; None for anything else."""
    found = _CODE.fullmatch(remote_category.strip())
    return (int(found[1]), int(found[2])) if found else None


def is_in_the_box(message: Message) -> bool:
    """Whether the city's system takes this place at all."""
    return (
        LAT_RANGE[0] <= message.lat <= LAT_RANGE[1] and LNG_RANGE[0] <= message.lng <= LNG_RANGE[1]
    )


def phone_of(written: str) -> str:
    """A number as the city takes it (+27 or 0, then nine digits); "" for one that can't be told."""
    tidy = re.sub(r"\(0\)", "", written) if written.strip().startswith(("+", "00")) else written
    tidy = re.sub(r"[\s().\-/]", "", tidy)
    tidy = re.sub(r"^00?27(?=\d{9}$)", "+27", tidy)
    tidy = re.sub(r"^27(?=\d{9}$)", "+27", tidy)
    return tidy if PHONE.fullmatch(tidy) else ""


@dataclass(frozen=True)
class Choices:
    """What the operator decided: our own number, how the resident is told, what stands for an unknown
    street, number or suburb."""

    telephone: str = ""
    comm: str = "NONE"
    unknown: Mapping[str, str] | None = None

    def address(self, message: Message) -> dict[str, str]:
        """The three required parts of an address; "" for one that nobody knows."""
        known = {
            "suburb": message.suburb,
            "street": message.street,
            "street_number": message.street_number,
        }
        instead = self.unknown or {}
        return {
            name: one_line(value) or one_line(instead.get(name, ""))
            for name, value in known.items()
        }


def fields_of(message: Message, *, codes: tuple[int, int], choices: Choices) -> dict[str, Any]:
    """The JSON of a create, in the order of the contract; optional ones only where there is something."""
    reporter = message.reporter
    phone = phone_of(reporter.phone)
    first, last = _names(reporter)
    fields: dict[str, Any] = {
        "type": codes[0],
        "subtype": codes[1],
        "message": words_of(message),
        "address": one_line(message.address),
        "latitude": round(message.lat, 6),
        "longitude": round(message.lng, 6),
        "email": reporter.email,
        "telephone": phone or choices.telephone,
        "comm": _comm(choices.comm, has_phone=bool(phone), has_email=bool(reporter.email)),
        **choices.address(message),
        "firstName": first,
        "lastName": last,
    }
    optional = ("address", "email", "firstName", "lastName")
    return {name: value for name, value in fields.items() if value or name not in optional}


def words_of(message: Message) -> str:
    """The resident's words, the answers, photos as links, our page, and our reference as last line.

    Only the resident's words are shortened; what the city needs to find us again always stays.
    """
    facts = [f"{one.question} {', '.join(one.words)}" for one in message.answers]
    if message.report_count > 1:
        facts.append(f"{message.report_count} residents reported this.")
    facts += [f"Photo: {url}" for url in message.photo_urls]
    tail = f"Progress and photos: {message.issue_url}\nReference: {message.reference}"
    room = LONGEST_MESSAGE - len(tail) - 4
    middle = "\n".join(facts)[: room // 2]
    words = message.description.strip() or message.category_name
    if len(words) > room - len(middle):
        words = f"{words[: room - len(middle) - 1].rstrip()}…"
    return "\n\n".join(part for part in (words, middle, tail) if part)


def _names(reporter: Reporter) -> tuple[str, str]:
    first, _space, last = one_line(reporter.name).partition(" ")
    return first[:LONGEST_NAME], last.strip()[:LONGEST_NAME]


def _comm(wanted: str, *, has_phone: bool, has_email: bool) -> str:
    """The city writes only to residents who shared that address; never to our own number."""
    allowed = {"EMAIL": has_email, "SMS": has_phone}
    return wanted if allowed.get(wanted) else "NONE"


# --- Back -----------------------------------------------------------------------------------------


def log_of(message: str) -> list[Entry]:
    """The entries of the log behind the resident's words, oldest first.

    It begins after our reference: what a resident writes to look like a log is not told as the
    city's words. Where our reference is gone (shortened there), it begins at the first entry with a head.
    """
    text = message.replace("\r\n", "\n").replace("\r", "\n")
    marks = list(_REFERENCE.finditer(text))
    rest = text[marks[-1].end() :] if marks else text
    heads = list(_ENTRY.finditer(rest))
    first = heads[0].start() if heads else len(rest)
    entries = []
    if marks and rest[:first].strip():
        entries.append(Entry(rest[:first].strip(), None))
    for head, after in pairwise([*heads, None]):
        end = after.start() if after else len(rest)
        if head is not None:
            entries.append(Entry(rest[head.start() : end].strip(), moment(head[1], head[2])))
    return entries


def updates_of(remote: RemoteRequest, *, since: datetime, now: datetime) -> list[Update]:
    """What a request's state tells, the same events whenever it is read again.

    Each entry of the log is told once, the newest together with the status. The status also stands by
    itself, without words: it may change without an entry.
    """
    entries = log_of(remote.message)
    newest = next((one.at for one in reversed(entries) if one.at), remote.created_at)
    # A status seen with a log that has not grown since we last asked has changed since then.
    at = min(newest, now) if newest is not None and newest >= since else now
    found, so_far = [], ""
    for number, entry in enumerate(entries, start=1):
        so_far = _digest(so_far, entry.text)
        is_newest = number == len(entries)
        found.append(
            Update(
                event_id=f"{remote.reference}:log:{so_far}",
                body_reference=remote.reference,
                remote_status=remote.status if is_newest else "",
                words=entry.text,
                happened_at=at if is_newest else min(entry.at or at, at),
            )
        )
    state = f"{remote.reference}:{_digest(remote.status)[:8]}:{_digest(so_far)}"
    return [*found, Update(state, remote.reference, remote.status, "", at)]


def changed_at(remote: RemoteRequest) -> datetime | None:
    """When the log last grew, or when it was made."""
    dated = [one.at for one in log_of(remote.message) if one.at]
    return dated[-1] if dated else remote.created_at


def category_of(remote: RemoteRequest) -> str:
    """ "1001/1002", or "" where the city leaves one of them out."""
    return (
        "/".join((remote.type_code, remote.subtype_code))
        if (remote.type_code and remote.subtype_code)
        else ""
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
