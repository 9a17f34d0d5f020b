"""What a dispatcher adds so that a message gets through: its address, or that it was told another way."""

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.events import DeliveryQueued
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.rules import check_may_dispatch
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.actions import add_address, comment_issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor
from mysmartcity.lib import clock, events
from mysmartcity.lib.text import one_line
from mysmartcity.people.models import Person


@transaction.atomic
def give_address(*, entry: QueueEntry, street: str, number: str, suburb: str, by: Person) -> int:
    """Give an issue the address that its body's system asks for, and let what waited for it go.

    Gives how many messages go now: each by the lane that it has already. Should the system lack more,
    it is put before a human anew. Raises NotAllowed when somebody has settled it, or for no address.
    """
    check_may_dispatch(by)
    locked = (
        QueueEntry.objects.unsettled()
        .filter(pk=entry.pk, reason=QueueReason.NEEDS_FACTS)
        .select_for_update(of=("self",))
        .select_related("issue")
        .first()
    )
    if locked is None:
        raise NotAllowed(_("It was settled meanwhile."))
    add_address(issue=locked.issue, street=street, number=number, suburb=suburb, by=by)
    locked.settled_at, locked.settled_by = clock.now(), by
    locked.outcome = "the address was added"
    locked.save(update_fields=["settled_at", "settled_by", "outcome"])
    return _release(issue_id=locked.issue_id)


def _release(*, issue_id: int) -> int:
    """Every first message of an issue that waits, each to a body of its own. One in hand goes anyway."""
    waiting = Delivery.objects.filter(
        handover__issue_id=issue_id,
        kind=DeliveryKind.CREATE,
        state=DeliveryState.WAITING,
        leased_until__isnull=True,
    )
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=pks, leased_until__isnull=True).update(
        next_try_at=clock.now(), error=""
    )
    for pk in pks:
        events.publish(DeliveryQueued(delivery_id=pk, issue_id=issue_id))
    return len(pks)


@transaction.atomic
def told_another_way(*, delivery: Delivery, by: Person, how: str) -> None:
    """A dead letter that its body knows now, because somebody phoned or wrote: it is done.

    Not for a first message: that one needs the body's reference, so it is sent again or given to
    another body. Raises NotAllowed for those, for what is no dead letter (any more), and without a word
    on how they were told.
    """
    check_may_dispatch(by)
    words = one_line(how)[:500]
    if not words:
        raise NotAllowed(_("Write how they were told, so that a colleague knows."))
    locked = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__issue", "handover__body")
        .filter(pk=delivery.pk, state=DeliveryState.DEAD)
        .first()
    )
    if locked is None:
        raise NotAllowed(_("This message was dealt with meanwhile."))
    if locked.kind == DeliveryKind.CREATE:
        raise NotAllowed(_("A first message needs their reference: send it again."))
    locked.state, locked.done_at = DeliveryState.DONE, clock.now()
    locked.save(update_fields=["state", "done_at"])
    QueueEntry.objects.unsettled().filter(delivery=locked).update(
        settled_at=locked.done_at, settled_by=by, outcome="told another way"
    )
    said = _("The desk told %(body)s another way: %(how)s")
    comment_issue(
        issue=locked.handover.issue,
        actor=Actor.DISPATCHER,
        by=by,
        inside_words=said % {"body": locked.handover.body.name, "how": words},
    )
