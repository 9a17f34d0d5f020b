"""Which connection carries a message: by the body's preferences, and by what works today.

Every message belongs to the lane of one connection from the moment it is queued, so that one slow
system never holds up what goes to another. What still waits may change lanes, what may have arrived not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.connection import is_resting
from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.queries import MAX_DEPTH
from mysmartcity.dispatch.events import DeliveryQueued
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.actions import comment_issue
from mysmartcity.issues.status import Actor
from mysmartcity.lib import clock, events
from mysmartcity.people.models import Body

Group = tuple[timedelta, list[Connection]]
"""Connections that are used together, and how long those before must have been away."""


@dataclass(frozen=True)
class Lane:
    """The connection that carries a message, and in which of its slots."""

    connection: Connection
    slot: int

    @property
    def is_open(self) -> bool:
        """Whether anything may go through it just now."""
        return self.connection.is_active and not is_resting(self.connection)


def slot_of(handover_id: int, connection: Connection) -> int:
    """What belongs to one handover goes through one slot, so in order."""
    return handover_id % connection.lanes


def ways_to(body: Body | None, category_code: str) -> list[Group]:
    """The groups of connections to a body for a category, the preferred first.

    A body without any is reached through the body above it. Without preferences its oldest connection
    carries everything; the others only bring news.
    """
    for _step in range(MAX_DEPTH):
        if body is None:
            return []
        rows = Preference.objects.filter(
            body=body, connection__in=Connection.objects.live()
        ).select_related("connection__body")
        own = list(rows.filter(category_code=category_code)) if category_code else []
        chosen = own or list(rows.filter(category_code=""))
        if chosen:
            by_position = groupby(sorted(chosen, key=_order), key=lambda row: row.position)
            return [_group(list(members)) for _position, members in by_position]
        connections = Connection.objects.of_body(body)
        if connections and connections[0].body_id == body.pk:
            return [(timedelta(), connections[:1])]
        body = body.parent
    return []


def _order(row: Preference) -> tuple[int, int]:
    return row.position, row.pk


def _group(rows: Sequence[Preference]) -> Group:
    return timedelta(hours=max(row.after_hours for row in rows)), [row.connection for row in rows]


def is_away(connection: Connection, *, at_least: timedelta) -> bool:
    """Whether a connection has failed, or was paused, for so long."""
    since = connection.failing_since
    if not connection.is_active:
        since = connection.paused_at or since or clock.now()
    return since is not None and since <= clock.now() - at_least


def usable(ways: Sequence[Group]) -> list[Connection]:
    """The first group whose forerunners are all away long enough and which is not away itself."""
    for number, (patience, connections) in enumerate(ways):
        before = [one for _patience, group in ways[:number] for one in group]
        is_turn = all(is_away(one, at_least=patience) for one in before)
        if is_turn and not all(is_away(one, at_least=timedelta()) for one in connections):
            return connections
    return ways[0][1] if ways else []


@transaction.atomic
def assign_lane(*, delivery_id: int) -> Lane | None:
    """The lane of a message, given now if it has none yet; None while no connection leads there."""
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__body__parent", "handover__issue__category")
        .get(pk=delivery_id)
    )
    if delivery.lane is None:
        carrier = _carrier(delivery)
        if not carrier:
            return None
        _put_on(delivery, carrier)
    found = Connection.objects.filter(pk=delivery.lane or 0).select_related("body").first()
    return Lane(found, slot_of(delivery.handover_id, found)) if found is not None else None


def _carrier(delivery: Delivery) -> list[Connection]:
    """What follows the first message goes where that went; else what works today."""
    handover = delivery.handover
    if delivery.kind != DeliveryKind.CREATE and handover.lane is not None:
        same = Connection.objects.live().filter(pk=handover.lane).select_related("body").first()
        if same is not None:
            return [same]
    return usable(ways_to(handover.body, handover.issue.category.code))


def _put_on(delivery: Delivery, carrier: Sequence[Connection]) -> None:
    """Onto the first connection; the further ones of the group get a copy of a first message."""
    lane = carrier[0].pk
    Delivery.objects.filter(pk=delivery.pk).update(lane=lane)
    delivery.lane = lane
    if delivery.kind != DeliveryKind.CREATE:
        return
    Handover.objects.filter(pk=delivery.handover_id).update(lane=lane)
    if delivery.content.get("is_copy"):
        return
    for also in carrier[1:]:
        copy, is_new = Delivery.objects.get_or_create(
            key=f"{delivery.key}-also-{also.pk}"[:80],
            defaults={
                "handover": delivery.handover,
                "kind": DeliveryKind.CREATE,
                "content": {**delivery.content, "is_copy": True},
                "lane": also.pk,
            },
        )
        if is_new:
            events.publish(DeliveryQueued(delivery_id=copy.pk, issue_id=delivery.handover.issue_id))


def switch_away() -> int:
    """Move what waits at connections that are away to those that come after them; gives how many."""
    away = Connection.objects.filter(Q(failing_since__isnull=False) | Q(is_active=False))
    moved = 0
    for connection in away.order_by("pk"):
        waiting = Delivery.objects.filter(
            lane=connection.pk,
            kind=DeliveryKind.CREATE,
            state=DeliveryState.WAITING,
            leased_until__isnull=True,
        ).exclude(content__has_key="is_copy")
        for delivery_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
            moved += _switch(delivery_id, connection)
    return moved


@transaction.atomic
def _switch(delivery_id: int, left: Connection) -> bool:
    """Another way for one message that certainly never went out."""
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__body__parent", "handover__issue__category")
        .filter(pk=delivery_id, state=DeliveryState.WAITING, leased_until__isnull=True)
        .filter(lane=left.pk)
        .first()
    )
    if delivery is None:
        return False
    carrier = usable(ways_to(delivery.handover.body, delivery.handover.issue.category.code))
    if not carrier or left.pk in [one.pk for one in carrier]:
        return False
    _put_on(delivery, carrier)
    now = clock.now()
    followers = delivery.handover.deliveries.filter(
        state=DeliveryState.WAITING, leased_until__isnull=True, lane=left.pk
    )
    followers.update(lane=carrier[0].pk)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=now, attempt_count=0)
    words = _("%(body)s's system does not answer. We are telling them another way.")
    comment_issue(
        issue=delivery.handover.issue,
        actor=Actor.PLATFORM,
        public_words=words % {"body": delivery.handover.body.name},
    )
    events.publish(DeliveryQueued(delivery_id=delivery.pk, issue_id=delivery.handover.issue_id))
    return True
