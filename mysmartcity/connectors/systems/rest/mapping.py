"""Turns entries of answers into the values of the contract. Pure but for the clock."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mysmartcity.connectors.contract import Message, RemoteCategory, RemoteState, Sent, Update
from mysmartcity.connectors.systems.rest import dates, paths
from mysmartcity.connectors.systems.rest.shapes import (
    Answer,
    Categories,
    Definition,
    Item,
    LookUp,
)
from mysmartcity.lib import clock

_LABELLED = re.compile(r"reference:\s*([0-9A-Z]+-[0-9A-Z]+)", re.IGNORECASE)


def sent_of(answer: Answer, tree: Any) -> Sent:
    """What the answer to a message says; parts that it lacks are empty."""
    more = paths.texts(answer.more_references, tree)
    reference = paths.text(answer.reference, tree)
    return Sent(
        remote_reference=reference or None,
        token=paths.text(answer.token, tree) or None,
        remote_id=paths.text(answer.id, tree),
        more_references=tuple(one for one in more if one != reference),
    )


def is_complete(answer: Answer, sent: Sent) -> bool:
    """Whether the answer held what the definition promises: a reference or a token."""
    wants = bool(answer.reference or answer.token)
    return not wants or bool(sent.remote_reference or sent.token)


def update_of(definition: Definition, item: Item, entry: Any, *, asked: str = "") -> Update | None:
    """A piece of news; None for an entry that does not say whose news it is."""
    reference = paths.text(item.reference, entry) or asked
    if not reference:
        return None
    status, words = paths.text(item.status, entry), paths.text(item.words, entry)
    at = _moment(definition, item.at, entry)
    moment = at.isoformat() if at else ""
    # The same state read again must be the same event, so it is named by what it says.
    made = f"{reference}:{status}:{moment}:{_digest(words)}"
    more = paths.texts(item.more_references, entry)
    return Update(
        event_id=paths.text(item.id, entry) or made,
        body_reference=reference,
        remote_status=status,
        words=words,
        happened_at=at or clock.now(),
        photos=paths.texts(item.photos, entry),
        more_references=tuple(one for one in more if one != reference),
        also_called=tuple(one for one in paths.texts(item.also_called, entry) if one != reference),
        promised_at=_moment(definition, item.promised_at, entry),
    )


def state_of(definition: Definition, item: Item, entry: Any, *, asked: str) -> RemoteState:
    """How one reference stands."""
    return RemoteState(
        body_reference=asked,
        exists=True,
        remote_status=paths.text(item.status, entry),
        remote_category=paths.text(item.category, entry),
        updated_at=_moment(definition, item.at, entry),
    )


def find_ours(
    definition: Definition, look_up: LookUp, entries: Iterable[Any], message: Message
) -> Sent | None:
    """The oldest entry that carries our reference and is no other work of the same issue."""
    found: list[tuple[bool, datetime, str, Sent]] = []
    for entry in entries:
        reference = paths.text(look_up.reference, entry)
        if reference in message.other_references or not _is_ours(look_up, entry, message.reference):
            continue
        at = _moment(definition, look_up.at, entry)
        sent = Sent(remote_reference=reference or None, remote_id=paths.text(look_up.id, entry))
        found.append((at is None, at or clock.now(), reference, sent))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _is_ours(look_up: LookUp, entry: Any, reference: str) -> bool:
    text = paths.text(look_up.ours, entry)
    if look_up.match == "exact":
        return text.upper() == reference.upper()
    marks = _LABELLED.findall(text)
    return bool(marks) and str(marks[-1]).upper() == reference.upper()


def category_of(form: Categories, entry: Any) -> RemoteCategory | None:
    """A category; None for an entry without a code."""
    code = paths.text(form.code, entry)
    if not code:
        return None
    asked = paths.search(form.questions, entry)
    questions = tuple(filter(None, map(_question, asked if isinstance(asked, list) else [])))
    name = paths.text(form.name, entry) or code
    return RemoteCategory(code, name, paths.text(form.group, entry), questions)


def _question(one: Any) -> tuple[str, str, bool] | None:
    if isinstance(one, dict):
        one = [one.get("code"), one.get("text"), one.get("required")]
    if not isinstance(one, list) or len(one) < 2 or one[0] in (None, ""):
        return None
    return str(one[0]), str(one[1] or one[0]), bool(one[2]) if len(one) > 2 else False


def _moment(definition: Definition, path: str, entry: Any) -> datetime | None:
    value = paths.search(path, entry)
    return dates.read(value, definition.dates.formats, definition.dates.zone)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]
