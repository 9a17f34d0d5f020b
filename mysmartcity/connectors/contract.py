"""What every connector promises: the shapes that go out and come in, and why a try may fail.

Systems import this module; it knows none of them. Everything here is a plain value, so that a system
never touches our tables: it gets a `Message` and gives back `Sent` or `Update`s.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from mysmartcity.dispatch.status import DeliveryKind, ErrorClass


class DeliveryFailed(Exception):
    """A try failed. `retry_after` is in seconds, where the other side asked for a pause."""

    def __init__(
        self, error_class: ErrorClass, sentence: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.error_class = error_class
        self.sentence = sentence
        self.retry_after = retry_after


@dataclass(frozen=True)
class Capabilities:
    """What a system can do, so that nobody is promised what it cannot."""

    photos: bool = False
    """Takes further photos after the first message."""
    comments: bool = False
    """Takes words on something it has: comments, "not fixed", "withdrawn"."""
    look_up: bool = False
    """Can be asked whether a message arrived."""
    push: bool = False
    """Tells us news by itself (mail, webhooks)."""
    close: bool = False
    """Takes "withdrawn" as an end of the work."""
    poll: bool = False
    """Can be asked for news."""
    needs_category_code: bool = False
    """A category without a code of the system's own must not be sent."""
    needs_reference: bool = False
    """What follows the first message needs the system's own reference."""


@dataclass(frozen=True)
class Answer:
    """A question and what the resident answered: codes for machines, words for people."""

    code: str
    question: str
    values: tuple[str, ...]
    words: tuple[str, ...]
    is_many: bool = False
    """Several may be chosen, so the values stay a list even where there is one."""


@dataclass(frozen=True)
class Reporter:
    """How to reach the resident; filled only where the connection's settings say `share_contact`."""

    name: str = ""
    email: str = ""
    phone: str = ""
    account_number: str = ""


@dataclass(frozen=True)
class Message:
    """One message to a body's system, complete: no connector reads anything else."""

    key: str
    """Names this message for good."""
    thread_key: str
    """The key of the first message about this issue to this body."""
    kind: DeliveryKind
    reference: str
    body_name: str
    category_code: str
    category_name: str
    remote_category: str
    description: str
    lat: float
    lng: float
    address: str
    place_name: str
    reported_at: datetime
    issue_url: str
    reply_token: str
    answers: tuple[Answer, ...] = ()
    photo_urls: tuple[str, ...] = ()
    photo_digests: tuple[str, ...] = ()
    words: str = ""
    """What a later message says: a comment, or what is not fixed."""
    body_reference: str = ""
    other_references: frozenset[str] = frozenset()
    """Other references of this body for the same issue: never mistaken for this message."""
    reporter: Reporter = field(default_factory=Reporter)


@dataclass(frozen=True)
class Sent:
    """A message arrived. A reference may come at once, later by token, or never."""

    remote_reference: str | None = None
    token: str | None = None
    remote_id: str = ""


@dataclass(frozen=True)
class Update:
    """Something a system says about an issue. `event_id` is the same whenever it is read again."""

    event_id: str
    body_reference: str
    remote_status: str
    words: str
    happened_at: datetime
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConnectionValues:
    """What a connector needs to know of its connection."""

    body_name: str
    settings: Mapping[str, Any]
    secret: str = field(repr=False)
    statuses: Mapping[str, str]
    allowed_hosts: Collection[str]


class Connector(ABC):
    """One system of one body. Made for each use, holds no state between messages."""

    lease_seconds: ClassVar[int] = 60
    """Longer than the longest try; whoever finds a lease expired must ask what became of it."""
    speaks_our_statuses: ClassVar[bool] = False
    """Updates carry our own status words already, so no mapping is needed."""

    starting_statuses: ClassVar[Mapping[str, str]] = {}
    """What a connection's mapping of statuses is while it is empty: the words of the standard."""

    def __init__(self, values: ConnectionValues) -> None:
        self.values = values

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this system, with these settings, can do."""

    @abstractmethod
    def send(self, message: Message) -> Sent:
        """Send one message. Raises DeliveryFailed, ambiguous whenever it may have arrived."""

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """What became of a message tried between two moments; None when it is not there.

        Raises DeliveryFailed when the system can't be asked now.
        """
        raise NotImplementedError

    def resolve_token(self, token: str) -> str | None:
        """The reference that a token stands for; None while there is none. Raises DeliveryFailed."""
        raise NotImplementedError

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """News since a moment. `references` are those we wait for. Raises DeliveryFailed."""
        raise NotImplementedError

    def photos_in_create(self, count: int) -> int:
        """How many of `count` photos the first message carries; the others follow one by one."""
        return count
