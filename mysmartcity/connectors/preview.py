"""What codes do: tried on real past messages before they come into force, and what waits for a code.

Reads only; giving codes is `actions.give_codes`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import NEEDS_MAPPING
from mysmartcity.connectors.actions.shadow import SHADOW_UNMAPPED
from mysmartcity.connectors.codes import COMMENT, Meaning
from mysmartcity.connectors.meanings import category_code, understood
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason

LOOKED_THROUGH: Final = 2000
OF_EACH: Final = 3
"""So many messages of one word are shown, so that a frequent word does not hide a rare one."""


@dataclass(frozen=True)
class Preview:
    """One past message, by the codes in force and by those on trial.

    `kind` is `status` (something told us) or `category` (something sent). `word` is their status word,
    or our category's code. `now` and `then` are what it means: a status of ours (`declined:not_ours`),
    `comment`, their code, or the words "waits for a mapping".
    """

    kind: str
    word: str
    reference: str
    at: datetime
    now: str
    then: str
    text: str = ""

    @property
    def changes(self) -> bool:
        """Whether the codes on trial change it."""
        return self.now != self.then


@dataclass(frozen=True)
class Unmapped:
    """One word or category that waits for a code. `examples` are references and their words."""

    connection: Connection
    kind: str
    word: str
    count: int
    since: datetime
    examples: tuple[str, ...]


def preview_codes(
    connection: Connection,
    statuses: Mapping[str, Any],
    category_codes: Mapping[str, Any],
    *,
    limit: int = 50,
) -> list[Preview]:
    """What the given codes would make of real past messages: what changes first, then the newest."""
    shown = [
        *_told(connection, statuses),
        *_sent(connection, category_codes),
    ]
    shown.sort(key=lambda one: one.at, reverse=True)
    shown.sort(key=lambda one: not one.changes)
    return shown[:limit]


def _told(connection: Connection, statuses: Mapping[str, Any]) -> Iterable[Preview]:
    newest = connection.inbox.order_by("-pk").only(
        "remote_status", "body_reference", "event_id", "happened_at", "words"
    )[:LOOKED_THROUGH]
    for item in _few_of_each(newest, lambda one: str(one.remote_status)):
        yield Preview(
            kind="status",
            word=item.remote_status,
            reference=item.body_reference or item.event_id,
            at=item.happened_at,
            now=_shown(understood(connection, item.remote_status)),
            then=_shown(understood(connection, item.remote_status, statuses=statuses)),
            text=item.words[:200],
        )


def _sent(connection: Connection, category_codes: Mapping[str, Any]) -> Iterable[Preview]:
    newest = (
        Delivery.objects.filter(_carried_by(connection), kind=DeliveryKind.CREATE)
        .select_related("handover__issue__category")
        .order_by("-pk")[:LOOKED_THROUGH]
    )
    for delivery in _few_of_each(newest, lambda one: str(one.handover.issue.category.code)):
        issue = delivery.handover.issue
        code = issue.category.code
        waits = _("waits for a mapping")
        yield Preview(
            kind="category",
            word=code,
            reference=issue.reference,
            at=delivery.made_at,
            now=category_code(connection, code) or waits,
            then=category_code(connection, code, category_codes=category_codes) or waits,
            text=issue.category.name,
        )


def _carried_by(connection: Connection) -> Q:
    """Its own messages, and those of its bodies that have no connection yet."""
    behind = Q(lane__isnull=True, handover__body_id__in=body_ids_behind(connection))
    return Q(lane=connection.pk) | behind


def _few_of_each(rows: Iterable[Any], word_of: Callable[[Any], str]) -> Iterable[Any]:
    counts: dict[str, int] = {}
    for row in rows:
        word = word_of(row)
        counts[word] = counts.get(word, 0) + 1
        if counts[word] <= OF_EACH:
            yield row


def _shown(meaning: Meaning | None) -> str:
    if meaning is None:
        return _("waits for a mapping")
    if meaning.status is None:
        return COMMENT
    reason = f":{meaning.decline_reason}" if meaning.decline_reason else ""
    return f"{meaning.status}{reason}"


# --- What waits for a code ------------------------------------------------------------------------


def unmapped(
    connection: Connection | None = None, *, behind: Collection[int] | None = None
) -> list[Unmapped]:
    """Everything that waits for a code, the longest waiting first: of one connection, or of all.

    `behind` are the ids of the bodies behind the connection, where the caller knows them already.
    """
    if connection is not None and behind is None:
        behind = body_ids_behind(connection)
    return sorted(
        [*_unmapped_words(connection), *_unmapped_categories(connection, behind or ())],
        key=lambda one: one.since,
    )


def _unmapped_words(connection: Connection | None) -> Iterable[Unmapped]:
    is_waiting = Q(applied_at__isnull=True, outcome=NEEDS_MAPPING)
    is_shadowed = Q(connection__mode=Mode.SHADOW, outcome=SHADOW_UNMAPPED)
    may_be_shadowed = connection is None or connection.mode == Mode.SHADOW
    for condition in (is_waiting, is_shadowed) if may_be_shadowed else (is_waiting,):
        items = (
            InboxItem.objects.filter(condition)
            .select_related("connection__body")
            .defer("connection__secrets")
        )
        if connection is not None:
            items = items.filter(connection=connection)
        found = items.order_by("connection", "remote_status", "received_at")
        for (_pk, word), group in groupby(
            found, lambda one: (one.connection_id, one.remote_status)
        ):
            rows = list(group)
            yield Unmapped(
                connection=rows[0].connection,
                kind="status",
                word=word,
                count=len(rows),
                since=rows[0].received_at,
                examples=_examples((one.body_reference, one.words) for one in rows),
            )


def _unmapped_categories(
    connection: Connection | None, behind: Collection[int]
) -> Iterable[Unmapped]:
    """Messages that were parked because the system has no code for their category."""
    entries = (
        QueueEntry.objects.unsettled()
        .filter(reason=QueueReason.NEEDS_MAPPING, delivery__state=DeliveryState.WAITING)
        .select_related("delivery__handover__body__parent", "issue__category")
        .order_by("opened_at")
    )
    if connection is not None:
        homeless = Q(delivery__lane__isnull=True, delivery__handover__body_id__in=behind)
        entries = entries.filter(Q(delivery__lane=connection.pk) | homeless)
    groups: dict[tuple[int, str], list[Any]] = {}
    owners: dict[int, Connection] = {} if connection is None else {connection.pk: connection}
    for entry in entries:
        owner = connection or _owner_of(entry.delivery, owners)
        if owner is not None:
            owners[owner.pk] = owner
            groups.setdefault((owner.pk, entry.issue.category.code), []).append(entry)
    for (pk, code), rows in groups.items():
        yield Unmapped(
            connection=owners[pk],
            kind="category",
            word=code,
            count=len(rows),
            since=rows[0].opened_at,
            examples=_examples((one.issue.reference, one.issue.description) for one in rows),
        )


def _owner_of(delivery: Delivery, known: Mapping[int, Connection]) -> Connection | None:
    """The connection that carries a message, or would."""
    found: Connection | None
    if delivery.lane is None:
        found = Connection.objects.for_body(delivery.handover.body)
    else:
        found = known.get(delivery.lane) or (
            Connection.objects.filter(pk=delivery.lane).select_related("body").first()
        )
    return found


def _examples(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Up to three, each once: "C-12: The team was there"."""
    words = [": ".join(filter(None, (name, " ".join(text.split())[:120]))) for name, text in pairs]
    return tuple(dict.fromkeys(word for word in words if word))[:3]
