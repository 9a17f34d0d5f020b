"""What the city says of a request → our `Update` and `RemoteState`. Pure; the asking is elsewhere."""

import hashlib
from collections.abc import Mapping

from mysmartcity.connectors.contract import RemoteCategory, RemoteState, Update
from mysmartcity.connectors.systems.open311 import mapping
from mysmartcity.connectors.systems.open311.shapes import (
    Definition,
    RemoteRequest,
    RemoteUpdate,
    Service,
)
from mysmartcity.lib import clock


def update_of(one: RemoteUpdate, statuses: Mapping[str, str]) -> Update:
    """An entry of the updates extension; the city's finer word where the mapping knows it."""
    finer = one.external_status_code
    is_known = bool(mapping.read_status(_only(finer), statuses)) if finer else False
    own_id = digest(one.service_request_id, one.status, str(one.updated_at), one.description)
    return Update(
        event_id=f"update:{one.update_id or own_id}",
        body_reference=one.service_request_id,
        remote_status=finer if is_known else one.status,
        words="" if is_echo(one) else one.description,
        happened_at=one.updated_at or clock.now(),
        photos=one.media_urls,
    )


def state_as_update(one: RemoteRequest, statuses: Mapping[str, str]) -> Update:
    """A request's state as an event: the same state read again is the same event."""
    reference = one.service_request_id or ""
    status = status_word(one, statuses)
    moment = one.updated_at.isoformat() if one.updated_at else ""
    return Update(
        event_id=f"{reference}:{status}:{moment}:{digest(one.status_notes)[:8]}",
        body_reference=reference,
        remote_status=status,
        words=one.status_notes,
        happened_at=one.updated_at or one.requested_at or clock.now(),
        promised_at=one.expected_at,
    )


def state_of(reference: str, one: RemoteRequest | None, statuses: Mapping[str, str]) -> RemoteState:
    """How a reference stands; None is one that the city does not know."""
    if one is None:
        return RemoteState(reference, exists=False)
    return RemoteState(
        reference,
        exists=True,
        remote_status=status_word(one, statuses),
        remote_category=one.service_code,
        updated_at=one.updated_at,
    )


def category_of(service: Service, definition: Definition | None) -> RemoteCategory:
    """A service with what it asks; words that are only to be read are no question."""
    asked = definition.attributes if definition is not None else ()
    return RemoteCategory(
        code=service.service_code,
        name=service.service_name,
        group=", ".join(service.groups),
        questions=tuple(
            (one.code, one.description or one.code, one.is_required)
            for one in asked
            if one.is_variable
        ),
    )


def status_word(one: RemoteRequest, statuses: Mapping[str, str]) -> str:
    """The detailed status of the extensions where the mapping knows it, else the plain one."""
    detailed = str(one.extended.get("detailed_status") or "")
    is_known = detailed and mapping.read_status(_only(detailed), statuses)
    return detailed if is_known else one.status


def is_echo(one: RemoteUpdate) -> bool:
    """Whether it is something that we had posted: our reference is its last line."""
    last = one.description.rstrip().rpartition("\n")[2]
    return last.startswith("Reference: ")


def digest(*parts: str) -> str:
    """A short name for some words."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _only(word: str) -> RemoteUpdate:
    return RemoteUpdate(None, "", word, None, "")
