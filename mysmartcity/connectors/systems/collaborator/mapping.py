"""Translates between our words and the fields F1 … F37 of Collaborator's service request. Pure.

The fields and statuses are those of the public client of Cape Agulhas (README.md). "Assigned" and later
states are known only together with the municipality's own number (F14): any other combination is told as a
word of its own that no mapping knows, so that it waits for staff and is never guessed.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mysmartcity.connectors.contract import Message, RemoteState, Sent, Update

STARTING_STATUSES: Final[Mapping[str, str]] = {
    "initial": "acknowledged",
    "initial without reference": "acknowledged",
    "registered": "acknowledged",
    "registered without reference": "acknowledged",
    "assigned": "scheduled",
    "completed": "reported_fixed",
    "finalised": "reported_fixed",
}

LONGEST_WORDS: Final = 2000
_REFERENCE = re.compile(r"reference:\s*([0-9A-Z]+-[0-9A-Z]+)", re.IGNORECASE)


def fields_of(message: Message, *, demarcation_code: str) -> dict[str, str]:
    """The fields of a create."""
    first, _, last = message.reporter.name.partition(" ")
    return {
        "F1": message.remote_category,
        "F2": first,
        "F3": last,
        "F4": message.reporter.phone,
        "F5": message.reporter.email,
        "F6": message.reporter.account_number,
        "F7": message.street,
        "F8": message.street_number,
        "F9": message.suburb,
        "F10": words_of(message),
        "F11": f"{message.lat:.6f}, {message.lng:.6f}",
        "F12": requested_at(message),
        "F20": demarcation_code,
        "F37": "Yes",
    }


def requested_at(message: Message) -> str:
    """Our moment of the report; a lost create is looked up by it."""
    return message.reported_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def words_of(message: Message) -> str:
    """The resident's words, answers and photos; our reference is the last line."""
    words = message.description.strip()
    if len(words) > LONGEST_WORDS:
        words = words[: LONGEST_WORDS - 1].rstrip() + "…"
    lines = [words]
    lines += [f"{one.question} {', '.join(one.words)}" for one in message.answers]
    lines += [f"Photo: {url}" for url in message.photo_urls]
    lines += ["", f"Progress and photos: {message.issue_url}", f"Reference: {message.reference}"]
    return "\n".join(lines)


def status_of(record: Mapping[str, Any]) -> str:
    """The status as one word: with the municipality's own number the plain one."""
    status = _text(record.get("F15"))
    return status if not status or _text(record.get("F14")) else f"{status} without reference"


def update_of(record: Mapping[str, Any], number: str, *, now: datetime) -> Update:
    """A record's state as news. It carries no moment, so the same state is the same news."""
    status = status_of(record)
    return Update(
        event_id=f"{number}:{status}::{hashlib.sha256(b'').hexdigest()[:8]}",
        body_reference=number,
        remote_status=status,
        # F18 is a letter to the resident by name: not for the public. F14 is no reference of ours to
        # keep: a work item by that number would never end, and what is asked by it is another object.
        words="",
        happened_at=now,
    )


def state_of(record: Mapping[str, Any], number: str) -> RemoteState:
    """How one object stands."""
    return RemoteState(
        number,
        exists=True,
        remote_status=status_of(record),
        remote_category=_text(record.get("F1")),
    )


def find_ours(records: Iterable[Mapping[str, Any]], message: Message) -> Sent | None:
    """The object with the lowest number that carries our reference."""
    found = []
    for record in records:
        number = _text(record.get("obj_id"))
        marks = _REFERENCE.findall(_text(record.get("F10")))
        is_ours = bool(marks) and str(marks[-1]).upper() == message.reference.upper()
        if number and is_ours and number not in message.other_references:
            found.append(number)
    if not found:
        return None
    return Sent(remote_reference=min(found, key=lambda one: (len(one), one)))


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
