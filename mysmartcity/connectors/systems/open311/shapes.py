"""What goes over the Open311 wire, as plain frozen values; and the ways an exchange can fail.

No reading, no writing: `readers.py` makes these out of replies, `client.py` hands them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mysmartcity.connectors.contract import without_secrets

ErrorClass = Literal["transient", "throttled", "auth", "permanent", "ambiguous"]
"""What the outbox does next: try again, try later, wait for staff, give up, or look first."""


@dataclass(frozen=True)
class Service:
    """A kind of problem that the city takes. `has_definition` says that questions belong to it."""

    service_code: str
    service_name: str
    description: str
    has_definition: bool
    type: str
    keywords: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """A question of a service. `is_variable` False means: words to read, nothing to answer."""

    code: str
    description: str
    datatype: str
    datatype_description: str
    is_variable: bool
    is_required: bool
    order: int
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Definition:
    """The questions of one service, in their order."""

    service_code: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class RemoteRequest:
    """A service request as the city tells it. Text is "" when absent, `status` in its own case.

    `service_request_id` is None where a server leaves it out (some do while a token is pending).
    """

    service_request_id: str | None
    status: str
    status_notes: str = ""
    service_code: str = ""
    service_name: str = ""
    description: str = ""
    agency_responsible: str = ""
    requested_at: datetime | None = None
    updated_at: datetime | None = None
    expected_at: datetime | None = None
    address: str = ""
    lat: float | None = None
    lng: float | None = None
    media_urls: tuple[str, ...] = ()
    extended: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoteUpdate:
    """One entry of `servicerequestupdates`. `update_id` is None where a server leaves it out."""

    update_id: str | None
    service_request_id: str
    status: str
    updated_at: datetime | None
    description: str
    media_urls: tuple[str, ...] = ()
    external_status_code: str = ""


@dataclass(frozen=True)
class Created:
    """The answer to a create: an id, or a token to ask again with, or (blackbox) neither."""

    service_request_id: str | None
    token: str | None
    notice: str = ""


class Open311Error(Exception):
    """An exchange did not end well. The text is one sentence for staff, without secrets.

    `error_class` says what may be done next, `codes` are those of the reply's error list, and
    `retry_after` is in seconds where the server gave a time. `is_systemic`: the server is away; it does
    not mind what was sent.
    """

    def __init__(
        self,
        sentence: str,
        *,
        error_class: ErrorClass,
        status: int | None = None,
        codes: tuple[str, ...] = (),
        retry_after: float | None = None,
        is_systemic: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.error_class = error_class
        self.status = status
        self.codes = codes
        self.retry_after = retry_after
        self.is_systemic = is_systemic

    def hide(self, secret: str) -> None:
        """Cut a secret out of the sentence: error pages like to repeat what they were sent."""
        self.sentence = without_secrets(self.sentence, [secret])
        self.args = (self.sentence,)


class Refused(Open311Error):
    """The other side answered, and the answer is no."""


class NoAnswer(Open311Error):
    """No whole reply came."""


class Garbled(Open311Error):
    """A reply came that can't be read as what was asked for."""
