"""The outbox: putting messages to bodies into it, and sending dead letters again."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.queue import queue_issue, settle_ended
from mysmartcity.dispatch.events import DeliveryQueued
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, HandoverState, QueueReason
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock, events
from mysmartcity.people.models import Person


def queue_delivery(
    *, handover: Handover, kind: DeliveryKind, content: dict[str, Any], key: str
) -> Delivery:
    """Put a message into the outbox. The same key gives the same message, never a second one."""
    delivery, is_new = Delivery.objects.get_or_create(
        key=key, defaults={"handover": handover, "kind": kind, "content": content}
    )
    if is_new:
        events.publish(DeliveryQueued(delivery_id=delivery.pk, issue_id=handover.issue_id))
    return delivery


@transaction.atomic
def replay_delivery(*, delivery: Delivery, by: Person) -> None:
    """Staff send a dead letter again, after mending its cause. Raises NotAllowed for a living one."""
    changed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD).update(
        state=DeliveryState.WAITING, attempt_count=0, next_try_at=clock.now()
    )
    if not changed:
        raise NotAllowed(_("Only a message in the dead-letter list can be sent again."))
    Handover.objects.filter(pk=delivery.handover_id, state=HandoverState.FAILED).update(
        state=HandoverState.WAITING
    )
    QueueEntry.objects.unsettled().filter(delivery=delivery).update(
        settled_at=clock.now(), settled_by=by, outcome="sent again"
    )
    events.publish(DeliveryQueued(delivery_id=delivery.pk, issue_id=delivery.handover.issue_id))


@transaction.atomic
def send_back(*, issue_id: int, entry_id: int) -> None:
    """A resident says that it is not fixed: tell the body, and put it before a dispatcher."""
    entry = TimelineEntry.objects.get(pk=entry_id)
    issue = Issue.objects.get(pk=issue_id)
    handover = Handover.objects.filter(issue=issue, is_current=True).first()
    if handover is not None:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.NOT_FIXED,
            content={"words": entry.public_words, "photo": entry.photo_digest},
            key=f"{issue.reference}-entry-{entry_id}",
        )
    queue_issue(issue=issue, reason=QueueReason.NOT_FIXED, words=entry.public_words[:500])


@transaction.atomic
def tell_withdrawn(*, issue_id: int, entry_id: int) -> None:
    """The reporter took it back: tell the body, and settle what humans had of it."""
    handover = Handover.objects.filter(issue_id=issue_id, is_current=True).first()
    if handover is not None:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.WITHDRAWN,
            content={},
            key=f"{handover.issue.reference}-entry-{entry_id}",
        )
    settle_ended(issue_id=issue_id)
