"""One city's Open311 endpoint: what it can and cannot, by its settings.

Settings: `endpoint`; `jurisdiction_id`, `format` (json or xml), `zone`, `zoneless_dates`;
`has_updates` (the servicerequestupdates extension, both ways); `many_media` (takes several
`media_url`); `same_codes` or `attribute_codes` (which answers go as attributes, the others go into
the description); `updates_once` (takes each update_id once; yes unless said otherwise);
`reopen_status`, `withdrawn_status`, `comment_status`; `has_push` (it pushes lists of
servicerequestupdates to us, signed). The connection's secret is the API key; `push` signs pushes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from mysmartcity.connectors.contract import (
    BadPush,
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    Sent,
    Update,
)
from mysmartcity.connectors.systems.open311 import mapping, readers
from mysmartcity.connectors.systems.open311.client import Open311Client
from mysmartcity.connectors.systems.open311.documents import Unreadable
from mysmartcity.connectors.systems.open311.shapes import (
    Open311Error,
    RemoteRequest,
    RemoteUpdate,
)
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock

BATCH = 50
"""So many ids in one question: several servers cut longer lists (Chicago, Boston, Bonn)."""

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
            needs_category_code=True,
            needs_reference=True,
        )

    @property
    def address(self) -> str:
        """The endpoint."""
        return str(self.values.settings.get("endpoint", ""))

    def photos_in_create(self, count: int) -> int:
        """One, unless several are taken; without the extension the rest are links in the words."""
        settings = self.values.settings
        return count if settings.get("many_media") or not settings.get("has_updates") else 1

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
        listed = _ask(lambda: list(client.all_requests(start=since, end=until)))
        others = [one for one in listed if one.service_request_id not in message.other_references]
        found = mapping.find_by_reference(others, reference=message.reference)
        if found is None:
            return None
        return Sent(remote_reference=found.service_request_id)

    def resolve_token(self, token: str) -> str | None:
        """Ask what a token has become."""
        client = self._client()
        return _ask(lambda: client.token(token))

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """The updates extension where there is one, else the state of each request we wait for."""
        client = self._client()
        if self.values.settings.get("has_updates"):
            told = _ask(lambda: client.updates(start=since, end=clock.now()))
            return [_update_of(one, self._statuses()) for one in told]
        found: list[Update] = []
        for start in range(0, len(references), BATCH):
            batch = references[start : start + BATCH]
            listed = _ask(lambda ids=batch: client.requests(ids=ids))  # type: ignore[misc]
            found += [_state_of(one, self._statuses()) for one in listed if one.service_request_id]
        return found

    def fetch_window(
        self, *, since: datetime, until: datetime, references: Sequence[str]
    ) -> Iterable[Update]:
        """The updates of a period, with the extension."""
        client = self._client()
        told = _ask(lambda: client.updates(start=since, end=until))
        return [_update_of(one, self._statuses()) for one in told]

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Iterable[Update]:
        """A list of servicerequestupdates, in JSON (or XML) as the extension gives them."""
        try:
            told = readers.read_pushed(body, zone=self._zone())
        except Unreadable as error:
            raise BadPush(f"It holds no list of updates: {error}") from error
        return [_update_of(one, self._statuses()) for one in told]

    # --- Out --------------------------------------------------------------------------------------

    def _client(self) -> Open311Client:
        settings = self.values.settings
        if not settings.get("endpoint"):
            sentence = f"The connection to {self.values.body_name} has no endpoint."
            raise DeliveryFailed(ErrorClass.AUTH, sentence)
        return Open311Client(
            endpoint=str(settings["endpoint"]),
            api_key=self.values.secret,
            jurisdiction_id=settings.get("jurisdiction_id") or None,
            format="xml" if settings.get("format") == "xml" else "json",
            allowed_hosts=self.values.allowed_hosts,
            zone=self._zone(),
            zoneless_dates=bool(settings.get("zoneless_dates")),
        )

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.values.settings.get("zone") or clock.CITY_ZONE.key))

    def _create(self, message: Message) -> Sent:
        in_media = self.photos_in_create(len(message.photo_urls))
        if not self.values.settings.get("many_media"):
            in_media = min(1, in_media)
        arguments = mapping.create_arguments(
            {
                "reference": message.reference,
                "category_code": message.remote_category,
                "description": self._words(message, message.photo_urls[in_media:]),
                "lat": message.lat,
                "lng": message.lng,
                "address": message.address or message.place_name,
                "answers": self._attributes(message),
                "photo_urls": message.photo_urls[:in_media],
                "tracking_url": message.issue_url,
                "reporter": {
                    "first_name": message.reporter.name,
                    "email": message.reporter.email,
                    "phone": message.reporter.phone,
                },
            }
        )
        client = self._client()
        made = _ask(lambda: client.create(**vars(arguments)))
        return Sent(remote_reference=made.service_request_id, token=made.token)

    def _words(self, message: Message, more_photos: Sequence[str]) -> str:
        """The resident's words, the answers that the city has no attribute for, further photos."""
        parts = [message.description]
        codes = self._attribute_codes(message)
        parts += [
            f"{one.question} {', '.join(one.words)}"
            for one in message.answers
            if one.code not in codes
        ]
        if not self.values.settings.get("has_updates"):
            parts += [f"Photo: {url}" for url in more_photos]
        return "\n".join(part for part in parts if part)

    def _attribute_codes(self, message: Message) -> Mapping[str, str]:
        """Our question codes → the city's, for those it knows."""
        codes: dict[str, str] = dict(self.values.settings.get("attribute_codes") or {})
        if self.values.settings.get("same_codes"):
            codes = {**{one.code: one.code for one in message.answers}, **codes}
        return codes

    def _attributes(self, message: Message) -> dict[str, str | Sequence[str]]:
        codes = self._attribute_codes(message)
        return {
            codes[one.code]: list(one.values) if one.is_many else one.values[0]
            for one in message.answers
            if one.code in codes
        }

    def _add(self, message: Message) -> Sent:
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
        for one in _ask(lambda: client.updates(start=since, end=until)):
            is_ours = one.service_request_id == message.body_reference and _is_echo(one)
            if one.update_id == ours or (is_ours and message.words in one.description):
                return Sent(remote_id=one.update_id or ours)
        return None

    def _statuses(self) -> Mapping[str, str]:
        return self.values.statuses or self.starting_statuses


def _update_of(one: RemoteUpdate, statuses: Mapping[str, str]) -> Update:
    happened_at = one.updated_at or clock.now()
    finer = one.external_status_code
    is_known = bool(mapping.read_status(_only(finer), statuses)) if finer else False
    status = finer if is_known else one.status
    own_id = _digest(one.service_request_id, one.status, str(one.updated_at), one.description)
    return Update(
        event_id=f"update:{one.update_id or own_id}",
        body_reference=one.service_request_id,
        remote_status=status,
        words="" if _is_echo(one) else one.description,
        happened_at=happened_at,
        photos=one.media_urls,
    )


def _state_of(one: RemoteRequest, statuses: Mapping[str, str]) -> Update:
    """A request's state as an event: the same state read again is the same event."""
    reference = one.service_request_id or ""
    detailed = str(one.extended.get("detailed_status") or "")
    is_known = detailed and mapping.read_status(_only(detailed), statuses)
    status = detailed if is_known else one.status
    moment = one.updated_at.isoformat() if one.updated_at else ""
    return Update(
        event_id=f"{reference}:{status}:{moment}:{_digest(one.status_notes)[:8]}",
        body_reference=reference,
        remote_status=status,
        words=one.status_notes,
        happened_at=one.updated_at or one.requested_at or clock.now(),
    )


def update_id(key: str) -> str:
    """Our id of a later message. Hashed: our keys hold row numbers, which never leave the house."""
    return f"msc-{_digest(key)[:24]}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _only(word: str) -> RemoteUpdate:
    return RemoteUpdate(None, "", word, None, "")


def _is_echo(one: RemoteUpdate) -> bool:
    """Whether it is something that we had posted: our reference is its last line."""
    last = one.description.rstrip().rpartition("\n")[2]
    return last.startswith("Reference: ")


def _ask(question: Callable[[], T]) -> T:
    """Ask the client; its errors become those of the contract."""
    try:
        return question()
    except Open311Error as error:
        raise DeliveryFailed(
            ErrorClass(error.error_class), error.sentence, retry_after=error.retry_after
        ) from error
