"""Translates between our words and Open311's. Pure: no network, no database.

Codes and statuses are data that comes in as plain dicts (a connection's settings); the tables here
are only what a new connection starts from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

from mysmartcity.connectors.systems.open311.shapes import RemoteRequest, RemoteUpdate
from mysmartcity.lib.text import fold

LONGEST_DESCRIPTION = 4000
"""Characters, as the specification says; our reference always stays inside."""

STATUSES_VERSION = 1
STARTING_STATUSES: Final[Mapping[str, str]] = {
    # GeoReport v2. "closed" is what the body says: a resident still has to agree.
    "open": "acknowledged",
    "closed": "reported_fixed",
    # FixMyStreet's extension.
    "for_triage": "acknowledged",
    "investigating": "in_progress",
    "action_scheduled": "scheduled",
    "planned": "scheduled",
    "in_progress": "in_progress",
    "on_hold": "on_hold",
    "internal_referral": "acknowledged",
    "reopen": "in_progress",
    "fixed": "reported_fixed",
    "no_further_action": "declined",
    "not_councils_responsibility": "declined",
    "duplicate": "declined",
    "cancelled": "declined",
    # CitySDK's detailed_status.
    "received": "acknowledged",
    "in_process": "in_progress",
    "processed": "reported_fixed",
    "archived": "reported_fixed",
    "rejected": "declined",
}
"""Remote status → our status key."""

STARTING_DECLINE_REASONS: Final[Mapping[str, str]] = {
    "not_councils_responsibility": "not_ours",
    "duplicate": "duplicate",
}
"""Remote status → our reason for `declined`; "other" where it says nothing."""


class Reporter(TypedDict, total=False):
    """Who reported; only what that person agreed to pass on."""

    first_name: str
    last_name: str
    email: str
    phone: str


class IssuePayload(TypedDict):
    """An issue as the outbox keeps it. `category_code` is already the city's service code."""

    reference: str
    category_code: str
    description: str
    lat: float | None
    lng: float | None
    address: str
    answers: Mapping[str, str | Sequence[str]]
    photo_urls: Sequence[str]
    tracking_url: str
    reporter: NotRequired[Reporter]


@dataclass(frozen=True)
class CreateArguments:
    """What `Open311Client.create` takes; pass it with `create(**vars(arguments))`."""

    service_code: str
    lat: float | None
    lng: float | None
    address: str
    description: str
    attributes: Mapping[str, str | Sequence[str]]
    media_urls: Sequence[str]
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""


def create_arguments(payload: IssuePayload) -> CreateArguments:
    """Our issue as a create; the reference is the last line of the description."""
    reporter = payload.get("reporter") or Reporter()
    return CreateArguments(
        service_code=payload["category_code"],
        lat=payload["lat"],
        lng=payload["lng"],
        address=payload["address"],
        description=describe(
            payload["description"],
            reference=payload["reference"],
            tracking_url=payload["tracking_url"],
        ),
        attributes=dict(payload["answers"]),
        media_urls=list(payload["photo_urls"]),
        first_name=reporter.get("first_name", ""),
        last_name=reporter.get("last_name", ""),
        email=reporter.get("email", ""),
        phone=reporter.get("phone", ""),
    )


def describe(words: str, *, reference: str, tracking_url: str) -> str:
    """The resident's words, our page, and `Reference: CPT-7K3M9Q` as the last line.

    At most 4,000 characters: only the words are shortened, with an ellipsis.
    """
    tail = f"Reference: {reference}"
    if tracking_url:
        tail = f"Progress and photos: {tracking_url}\n{tail}"
    room = LONGEST_DESCRIPTION - len(tail) - 2
    body = words.strip()
    if len(body) > room:
        body = f"{body[: room - 1].rstrip()}…"
    return f"{body}\n\n{tail}" if body else tail


def find_by_reference(requests: Iterable[RemoteRequest], *, reference: str) -> RemoteRequest | None:
    """The city's request that carries our reference; the oldest if there are several.

    This is how an ambiguous create is looked up. Servers fold lines and change the case of letters,
    so the reference is read after its label wherever that stands.
    """
    found = [one for one in requests if _own_reference(one.description) == reference.upper()]
    dated = [one for one in found if one.requested_at is not None]
    if dated:
        return min(dated, key=lambda one: (one.requested_at, one.service_request_id or ""))
    return found[0] if found else None


def read_status(remote: RemoteRequest | RemoteUpdate, statuses: Mapping[str, str]) -> str | None:
    """Our status key for what the city says; None means that staff must add it to the mapping.

    The finest word that the mapping knows wins: the city's own code, then the detailed status of
    the extensions, then the plain status. Case, spaces, dashes and underscores don't matter.
    """
    known = {_bare(name): ours for name, ours in statuses.items()}
    for word in _status_words(remote):
        if word and (ours := known.get(_bare(word))):
            return ours
    return None


def read_decline_reason(remote: RemoteRequest | RemoteUpdate, reasons: Mapping[str, str]) -> str:
    """Our reason for a `declined`, "other" where the city's status names none."""
    known = {_bare(name): ours for name, ours in reasons.items()}
    found = (known.get(_bare(word)) for word in _status_words(remote) if word)
    return next((reason for reason in found if reason), "other")


def _status_words(remote: RemoteRequest | RemoteUpdate) -> tuple[str, ...]:
    if isinstance(remote, RemoteUpdate):
        return (remote.external_status_code, remote.status)
    detailed: Any = remote.extended.get("detailed_status", "")
    return (detailed if isinstance(detailed, str) else "", remote.status)


def _bare(word: str) -> str:
    """Letters and digits only: In Progress, IN_PROGRESS, in-progress and inProgress are one word."""
    return fold(word).replace(" ", "")


def _own_reference(description: str) -> str:
    """The reference after the last label: that line is ours, whatever a resident quotes above."""
    marks = re.findall(r"reference:\s*([0-9A-Z]+-[0-9A-Z]+)", description, re.IGNORECASE)
    return str(marks[-1]).upper() if marks else ""
