"""The outbox: putting messages to bodies into it, and sending dead letters again."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.events import DeliveryQueued
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, HandoverState
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
