"""What every connector promises: the shapes that go out and come in, and why a try may fail.

Systems import this module; it knows none of them. Everything here is a plain value, so that a system
never touches our tables: it gets a `Message` and gives back `Sent` or `Update`s.
"""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import quote, quote_plus

from mysmartcity.dispatch.status import DeliveryKind, ErrorClass


class DeliveryFailed(Exception):
    """A try failed. `retry_after` is in seconds, where the other side asked for a pause.

    `is_systemic`: the failure says that the system is away (no connection, 502, 503, its session
    can't be opened), not that it minds this message. It counts against the connection, not the message.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        sentence: str,
        *,
        retry_after: float | None = None,
        is_systemic: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.error_class = error_class
        self.sentence = sentence
        self.retry_after = retry_after
        self.is_systemic = is_systemic


class BadPush(Exception):
    """Something pushed to us can't be believed or read; the sentence is for the log, not the sender."""


def without_secrets(words: str, secrets: Iterable[str]) -> str:
    """The words with each secret cut out, plain or as forms and Basic sign-ins write it."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            dressed = (
                secret,
                quote(secret),
                quote_plus(secret),
                b64encode(secret.encode()).decode(),
            )
            for one in dressed:
                words = words.replace(one, "•••")
    return words


SHORTEST_SECRET = 4
"""What is shorter would be found in any sentence; it guards nothing anyway."""


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
    polls_each: bool = False
    """News costs a call for each reference: we ask for some at a time, rarer with age."""
    states: bool = False
    """Can be asked how given references stand, for reconciliation (`fetch_states`)."""
    windows: bool = False
    """Can be asked for the news of a period that has an end (`fetch_window`)."""
    lists_categories: bool = False
    """Can say which categories it has, with their questions (`list_categories`)."""
    by_hand: bool = False
    """Its client is a person: messages become calls for the dispatch desk (`brief`)."""
    names_ours: bool = False
    """Its news may name our reference alone (`Update.ours`), so it is asked before it gave us any."""
    needs_category_code: bool = False
    """A category without a code of the system's own must not be sent."""
    needs_reference: bool = False
    """What follows the first message needs the system's own reference."""
    needs_address: bool = False
    """Takes nothing without street, number and suburb: the resident is asked for them."""


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
    """How to reach the resident; only the fields that the connection's `share_contact` lists."""

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
    street: str = ""
    """Of `address`, where it could be told apart: "Main Road" of "12 Main Road, Woodstock"."""
    street_number: str = ""
    suburb: str = ""
    """From the point, or from `address`."""
    report_count: int = 1
    """How many residents stand behind it."""


@dataclass(frozen=True)
class Sent:
    """A message arrived. A reference may come at once, later by token, or never."""

    remote_reference: str | None = None
    token: str | None = None
    remote_id: str = ""
    more_references: tuple[str, ...] = ()
    """Further work items that the system made of the one message."""


@dataclass(frozen=True)
class Update:
    """Something a system says about an issue. `event_id` is the same whenever it is read again."""

    event_id: str
    body_reference: str
    remote_status: str
    words: str
    happened_at: datetime
    photos: tuple[str, ...] = ()
    more_references: tuple[str, ...] = ()
    """References that the system now uses for the same work: split, renamed, or joined to another."""
    promised_at: datetime | None = None
    """Until when the body says that it will be done."""
    ours: str = ""
    """What the system calls by our name: the `remote_id` that `Sent` gave, or our public reference."""


@dataclass(frozen=True)
class RemoteState:
    """How one reference stands at the other side now; `exists` False when it is not known there."""

    body_reference: str
    exists: bool
    remote_status: str = ""
    remote_category: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True)
class RemoteCategory:
    """A category as the system names it; `questions` are (code, text, is required)."""

    code: str
    name: str
    group: str = ""
    questions: tuple[tuple[str, str, bool], ...] = ()


class Memory(Protocol):
    """What a connector may keep between messages: sessions, tokens. Lost with the process, never stored."""

    def get(self, name: str) -> Any | None:
        """What was kept, while it is still good."""

    def put(self, name: str, value: Any, *, seconds: float) -> None:
        """Keep it for so long at most."""

    def forget(self, name: str) -> None:
        """It is not good any more (an expired session)."""


@dataclass(frozen=True)
class ConnectionValues:
    """What a connector needs to know of its connection."""

    body_name: str
    settings: Mapping[str, Any]
    secret: str = field(repr=False)
    """The only secret, or the main one: `secrets["key"]`."""
    statuses: Mapping[str, str]
    allowed_hosts: Collection[str]
    memory: Memory
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Every secret by the name that the system's README gives it."""

    def without_secrets(self, words: str) -> str:
        """Words of the other side without any secret of this connection: error pages like to repeat
        the whole request, and what fails is shown to staff and kept.
        """
        return without_secrets(words, (self.secret, *self.secrets.values()))


class Connector(ABC):
    """One system of one body. Made for each use, holds no state between messages but `values.memory`."""

    lease_seconds: ClassVar[int] = 60
    """Longer than the longest try; whoever finds a lease expired must ask what became of it."""
    speaks_our_statuses: ClassVar[bool] = False
    """Updates carry our own status words already, so no mapping is needed."""

    starting_statuses: ClassVar[Mapping[str, str]] = {}
    """What a connection's mapping of statuses is while it is empty: the words of the standard."""

    secret_names: ClassVar[tuple[str, ...]] = ("key",)
    """The names of the secrets that this system wants."""

    def __init__(self, values: ConnectionValues) -> None:
        self.values = values

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this system, with these settings, can do."""

    @property
    def address(self) -> str:
        """The https address of the system, whose certificate is watched; "" where there is none."""
        return ""

    def further_references(self) -> str:
        """What a further reference in news is here: `more`, a work item of its own; `renamed`, the new
        name of the one before; `also`, another name for the whole, of which nothing is said by itself.
        """
        return "more"

    def own_statuses(self) -> Mapping[str, str]:
        """What the mapping of statuses is while the connection has none."""
        return self.starting_statuses

    def problems(self) -> Sequence[str]:
        """What is wrong with the settings, as sentences for the operator; empty when usable."""
        return ()

    def missing(self, message: Message) -> Sequence[str]:
        """What this system needs and the message lacks, in words for staff ("the street number").

        Asked before the first message goes; it waits before a human until somebody adds the facts.
        """
        del message
        return ()

    @abstractmethod
    def send(self, message: Message) -> Sent:
        """Send one message. Raises DeliveryFailed, ambiguous whenever it may have arrived."""

    def brief(self, message: Message) -> str:
        """What a caller needs to have before them, line by line; only where `by_hand`."""
        raise NotImplementedError

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """What became of a message tried between two moments; None when it is not there.

        Raises DeliveryFailed when the system can't be asked now.
        """
        raise NotImplementedError

    def resolve_token(self, token: str) -> str | None:
        """The reference that a token stands for; None while there is none. Raises DeliveryFailed."""
        raise NotImplementedError

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """News since a moment. `references` are those we wait for (where `polls_each`, those whose
        turn it is). Raises DeliveryFailed.
        """
        raise NotImplementedError

    def fetch_window(
        self, *, since: datetime, until: datetime, references: Sequence[str]
    ) -> Iterable[Update]:
        """News between two moments; only where `windows`, after a long gap. Raises DeliveryFailed."""
        raise NotImplementedError

    def news_kept(self) -> Sequence[str]:
        """What `fetch_updates` gave is in the inbox for good: the system may now put it away.

        Gives sentences for the operator about what could not be read. Raises DeliveryFailed.
        """
        return ()

    def fetch_states(self, references: Sequence[str]) -> Iterable[RemoteState]:
        """How these references stand now: one for each, in any order. Raises DeliveryFailed."""
        raise NotImplementedError

    def list_categories(self) -> Iterable[RemoteCategory]:
        """What can be reported there. Raises DeliveryFailed."""
        raise NotImplementedError

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Iterable[Update]:
        """News that the system pushed; its signature was checked before. Raises BadPush."""
        raise NotImplementedError

    def check_push(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """A signature form of the system's own: gives the id of the push, raises BadPush when forged.

        None says "no form of my own": the Standard Webhooks form is checked then.
        """
        del headers, body, now
        return None

    def photos_in_create(self, count: int) -> int:
        """How many of `count` photos the first message carries; the others follow one by one."""
        return count
