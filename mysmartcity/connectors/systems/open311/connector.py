"""One city's Open311 endpoint: what it can and cannot, by its settings (README.md in this folder)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from mysmartcity.connectors.contract import (
    BadPush,
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    RemoteCategory,
    RemoteState,
    Sent,
    Update,
)
from mysmartcity.connectors.systems.open311 import mapping, outgoing, readers, settings, told
from mysmartcity.connectors.systems.open311.client import Open311Client
from mysmartcity.connectors.systems.open311.documents import Unreadable
from mysmartcity.connectors.systems.open311.exchange import Form
from mysmartcity.connectors.systems.open311.shapes import Open311Error, RemoteRequest
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock

BATCH = 50
"""So many ids in one question: several servers cut longer lists (Chicago, Boston, Bonn)."""

A_DAY = timedelta(days=1)
"""So far ahead news is asked for: nothing is there unless a clock is fast, or an end cut to its day."""

WRONG_ZONE = timedelta(hours=3)
"""So far back a message is looked for: a city that tells UTC for its own time is two hours off."""

T = TypeVar("T")

_SAYS = {
    DeliveryKind.COMMENT: ("comment_status", "OPEN", ""),
    DeliveryKind.PHOTO: ("comment_status", "OPEN", "Another photo."),
    DeliveryKind.NOT_FIXED: ("reopen_status", "REOPEN", "Not fixed, says a resident."),
    DeliveryKind.WITHDRAWN: ("withdrawn_status", "CANCELLED", "The resident took it back."),
}
"""For each later message: the setting with the status to give, its usual value, the first words."""


class Open311Connector(Connector):
    """Gives requests to an Open311 server and reads how they stand."""

    # Twice the longest exchange (15 s): a killed worker's message is looked up soon after.
    lease_seconds: ClassVar[int] = 30
    starting_statuses: ClassVar[Mapping[str, str]] = {
        word: f"{ours}:{mapping.STARTING_DECLINE_REASONS[word]}"
        if word in mapping.STARTING_DECLINE_REASONS
        else ours
        for word, ours in mapping.STARTING_STATUSES.items()
    }

    @property
    def capabilities(self) -> Capabilities:
        """With the updates extension it takes words and photos later, without it never."""
        has_updates = bool(self.values.settings.get("has_updates"))
        return Capabilities(
            photos=has_updates,
            comments=has_updates,
            look_up=True,
            close=has_updates,
            push=bool(self.values.settings.get("has_push")),
            poll=True,
            windows=has_updates,
            states=True,
            lists_categories=True,
            needs_category_code=True,
            needs_reference=True,
        )

    @property
    def address(self) -> str:
        """The endpoint, where it has a certificate to watch."""
        endpoint = str(self.values.settings.get("endpoint") or "")
        return endpoint if endpoint.startswith("https://") else ""

    def problems(self) -> Sequence[str]:
        """What the operator must put right before anything can go."""
        return settings.problems(self.values.settings, allowed_hosts=self.values.allowed_hosts)

    def photos_in_create(self, count: int) -> int:
        """One, unless several are taken; without the extension the rest are links in the words."""
        given = self.values.settings
        return count if given.get("many_media") or not given.get("has_updates") else min(1, count)

    def send(self, message: Message) -> Sent:
        """A create, or an update to what the city has."""
        if message.kind == DeliveryKind.CREATE:
            return self._create(message)
        return self._add(message)

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """Our reference stands in every description; a later message is known by its id or words."""
        if message.kind != DeliveryKind.CREATE:
            return self._look_up_addition(message, since=since, until=until)
        client = self._client()
        extra = self._extra()
        for start, end in _windows(since, until):
            pages = client.all_requests(start=start, end=end, extra=extra)
            listed = _ask(lambda all_pages=pages: list(all_pages))  # type: ignore[misc]
            others = [
                one for one in listed if one.service_request_id not in message.other_references
            ]
            found = mapping.find_by_reference(others, reference=message.reference)
            if found is not None:
                return Sent(remote_reference=found.service_request_id)
        return None

    def resolve_token(self, token: str) -> str | None:
        """Ask what a token has become."""
        client = self._client()
        return _ask(lambda: client.token(token))

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """The updates extension where there is one, else the state of each request we wait for."""
        client = self._client()
        if self.values.settings.get("has_updates"):
            news = _ask(lambda: client.updates(start=since, end=clock.now() + A_DAY))
            return [told.update_of(one, self._statuses()) for one in news]
        return [
            told.state_as_update(one, self._statuses()) for one in self._listed(client, references)
        ]

    def fetch_window(
        self, *, since: datetime, until: datetime, references: Sequence[str]
    ) -> Iterable[Update]:
        """The updates of a period, with the extension."""
        client = self._client()
        news = _ask(lambda: client.updates(start=since, end=until))
        return [told.update_of(one, self._statuses()) for one in news]

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Iterable[Update]:
        """A list of servicerequestupdates, in JSON (or XML) as the extension gives them."""
        try:
            news = readers.read_pushed(body, zone=self._zone())
        except Unreadable as error:
            raise BadPush(f"It holds no list of updates: {error}") from error
        return [told.update_of(one, self._statuses()) for one in news]

    def fetch_states(self, references: Sequence[str]) -> Iterable[RemoteState]:
        """How they stand; one that a list leaves out is asked for alone before it counts as gone."""
        client = self._client()
        found = {one.service_request_id: one for one in self._listed(client, references)}
        for reference in references:
            one = found.get(reference) or _ask(lambda name=reference: client.request(name))  # type: ignore[misc]
            yield told.state_of(reference, one, self._statuses())

    def list_categories(self) -> Iterable[RemoteCategory]:
        """Its services, each with the questions of its definition where it has one."""
        client = self._client()
        for service in _ask(client.services):
            definition = None
            if service.has_definition:
                definition = _ask(lambda code=service.service_code: client.definition(code))  # type: ignore[misc]
            yield told.category_of(service, definition)

    def _listed(self, client: Open311Client, references: Sequence[str]) -> Iterator[RemoteRequest]:
        """Those of the references that the city lists; some servers ignore what they were asked."""
        extra = self._extra()
        for start in range(0, len(references), BATCH):
            batch = references[start : start + BATCH]
            listed = _ask(lambda ids=batch: client.requests(ids=ids, extra=extra))  # type: ignore[misc]
            yield from (one for one in listed if one.service_request_id in batch)

    def _extra(self) -> Form:
        """`extensions` asks for the finer status; `all_statuses` for what is closed too, where a server
        lists only what is open unless it is told otherwise.
        """
        wanted = {"extensions": ("extensions", "true"), "all_statuses": ("status", "open,closed")}
        chosen = [pair for name, pair in wanted.items() if self.values.settings.get(name)]
        return dict(chosen)

    # --- Out --------------------------------------------------------------------------------------

    def _client(self) -> Open311Client:
        given = self.values.settings
        wrong = self.problems()
        if wrong:
            raise DeliveryFailed(ErrorClass.AUTH, f"{self.values.body_name}: {wrong[0]}")
        return Open311Client(
            endpoint=str(given["endpoint"]),
            api_key=self.values.secret,
            jurisdiction_id=given.get("jurisdiction_id") or None,
            format="xml" if given.get("format") == "xml" else "json",
            allowed_hosts=self.values.allowed_hosts,
            zone=self._zone(),
            zoneless_dates=bool(given.get("zoneless_dates")),
        )

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.values.settings.get("zone") or clock.CITY_ZONE.key))

    def _create(self, message: Message) -> Sent:
        in_media = self.photos_in_create(len(message.photo_urls))
        if not self.values.settings.get("many_media"):
            in_media = min(1, in_media)
        arguments = outgoing.arguments_of(message, self.values.settings, in_media=in_media)
        client = self._client()
        made = _ask(lambda: client.create(**vars(arguments)))
        return Sent(remote_reference=made.service_request_id, token=made.token)

    def _add(self, message: Message) -> Sent:
        if not self.values.settings.get("has_updates"):
            sentence = f"{message.body_name}'s system takes nothing after the first message."
            raise DeliveryFailed(ErrorClass.PERMANENT, sentence)
        setting, usual, opening = _SAYS[message.kind]
        words = "\n".join(filter(None, (opening, message.words)))
        client = self._client()
        given = _ask(
            lambda: client.post_update(
                service_request_id=message.body_reference,
                update_id=update_id(message.key),
                status=str(self.values.settings.get(setting) or usual),
                updated_at=clock.now(),
                description=mapping.describe(words, reference=message.reference, tracking_url=""),
                media_urls=message.photo_urls,
            )
        )
        return Sent(remote_id=given or update_id(message.key))

    def _look_up_addition(
        self, message: Message, *, since: datetime, until: datetime
    ) -> Sent | None:
        """A server that takes each update_id once may simply be told again."""
        if self.values.settings.get("updates_once", True):
            return None
        client = self._client()
        ours = update_id(message.key)
        start, end = since - WRONG_ZONE, until + A_DAY
        for one in _ask(lambda: client.updates(start=start, end=end)):
            is_ours = one.service_request_id == message.body_reference and told.is_echo(one)
            if one.update_id == ours or (is_ours and message.words in one.description):
                return Sent(remote_id=one.update_id or ours)
        return None

    def _statuses(self) -> Mapping[str, str]:
        return self.values.statuses or self.starting_statuses


def update_id(key: str) -> str:
    """Our id of a later message. Hashed: our keys hold row numbers, which never leave the house."""
    return f"msc-{told.digest(key)[:24]}"


def _windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Where a message is looked for: at its time, then where a wrong clock would have put it."""
    yield since, until
    yield until, until + A_DAY
    yield since - WRONG_ZONE, since


def _ask(question: Callable[[], T]) -> T:
    """Ask the client; its errors become those of the contract."""
    try:
        return question()
    except Open311Error as error:
        raise DeliveryFailed(
            ErrorClass(error.error_class),
            error.sentence,
            retry_after=error.retry_after,
            is_systemic=error.is_systemic,
        ) from error
