"""What goes over this wire, as plain frozen values, and the one way in which an exchange fails."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Meaning = Literal["transient", "throttled", "auth", "permanent", "ambiguous", "session", "absent"]
"""The error classes of the outbox, and two of this system's own: its session is over, and it does not
know the reference. Neither leaves this folder."""


class CityError(Exception):
    """An exchange did not end well. The text is one sentence for staff, without secrets.

    `is_systemic`: it says that the system is away, not that it minds this message. `ends_session`: it
    may be the page of a portal that wants us to sign in. `is_denied`: 401 or 403.
    """

    def __init__(
        self,
        sentence: str,
        *,
        means: Meaning,
        is_systemic: bool = False,
        ends_session: bool = False,
        is_denied: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.means = means
        self.is_systemic = is_systemic
        self.ends_session = ends_session
        self.is_denied = is_denied
        self.retry_after = retry_after


@dataclass(frozen=True)
class RequestType:
    """A grouping of services; `code` has four digits."""

    code: str
    name: str


@dataclass(frozen=True)
class RequestSubtype:
    """One service of a type."""

    type_code: str
    code: str
    name: str


@dataclass(frozen=True)
class Created:
    """The answer to a create."""

    reference: str
    category: str


@dataclass(frozen=True)
class RemoteRequest:
    """A service request as the city tells it; `type_code` and `subtype_code` may be ""."""

    reference: str
    type_code: str
    subtype_code: str
    description: str
    status: str
    message: str
    created_at: datetime | None
