"""What new codes would have made of real past messages, and which words still wait for a meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mysmartcity.connectors.codes import Meaning, meaning_of
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, QueueReason


@dataclass(frozen=True)
class Preview:
    """One past message: what the codes in force say of it, and what the new ones would say."""

    kind: str
    word: str
    reference: str
    at: datetime
    now: str
    then: str

    @property
    def changes(self) -> bool:
        """Whether the codes on trial change it."""
        return self.now != self.then


@dataclass(frozen=True)
class Unmapped:
    """A word that nobody has given a meaning; `kind` is status or category."""

    connection: Connection
    kind: str
    word: str
    count: int
    since: datetime
    examples: list[str]


def preview_codes(
    connection: Connection,
    statuses: Mapping[str, str],
    category_codes: Mapping[str, str],
    limit: int = 50,
) -> list[Preview]:
    """The newest messages in both directions, each with its meaning before and after."""
    items = connection.inbox.exclude(remote_status="").order_by("-happened_at")[:limit]
    rows = [
        _row(
            "status",
            one.remote_status,
            _word(meaning_of(one.remote_status, connection.statuses)),
            _word(meaning_of(one.remote_status, statuses)),
            (one.body_reference, one.happened_at),
        )
        for one in items
    ]
    sent = Delivery.objects.filter(lane=connection.pk, kind=DeliveryKind.CREATE)
    for delivery in sent.select_related("handover__issue__category").order_by("-pk")[:limit]:
        issue = delivery.handover.issue
        code = issue.category.code
        before, after = connection.category_codes.get(code, ""), category_codes.get(code, "")
        where = (issue.reference, delivery.made_at)
        rows.append(_row("category", code, before, after, where))
    return rows


def _row(kind: str, word: str, before: str, after: str, where: tuple[str, datetime]) -> Preview:
    return Preview(kind, word, where[0], where[1], before, after)


def _word(meaning: Meaning | None) -> str:
    if meaning is None:
        return ""
    if meaning.status is None:
        return "comment"
    reason = f":{meaning.decline_reason}" if meaning.decline_reason else ""
    return f"{meaning.status}{reason}"


def unmapped(connection: Connection | None = None) -> list[Unmapped]:
    """Words that wait for a meaning, most first; of one connection or of all."""
    items = InboxItem.objects.filter(applied_at__isnull=True, outcome="needs mapping")
    waiting = QueueEntry.objects.unsettled().filter(
        reason=QueueReason.NEEDS_MAPPING, delivery__isnull=False
    )
    if connection is not None:
        items = items.filter(connection=connection)
        waiting = waiting.filter(delivery__lane=connection.pk)
    found: dict[tuple[int, str, str], list[tuple[datetime, str]]] = {}
    for item in items.order_by("received_at")[:1000]:
        key = (item.connection_id, "status", item.remote_status)
        found.setdefault(key, []).append((item.received_at, item.body_reference))
    for entry in waiting.select_related("issue__category", "delivery")[:1000]:
        key = (entry.delivery.lane or 0, "category", entry.issue.category.code)
        found.setdefault(key, []).append((entry.opened_at, entry.issue.reference))
    its = Connection.objects.select_related("body").in_bulk([key[0] for key in found])
    rows = [
        Unmapped(its[pk], kind, word, len(seen), min(at for at, _x in seen), _examples(seen))
        for (pk, kind, word), seen in found.items()
        if pk in its
    ]
    return sorted(rows, key=lambda row: -row.count)


def _examples(seen: list[tuple[datetime, str]]) -> list[str]:
    return list(dict.fromkeys(reference for _at, reference in seen if reference))[:3]
