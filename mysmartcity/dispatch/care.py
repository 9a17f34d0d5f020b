"""Looking after what lies before humans: taking it on, saying that it is in hand, sending many again.

Every function here is an action; what they settle for good is in `actions`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions import queue_issue, replay_delivery
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.rules import check_may_dispatch
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Person

MAX_REPLAYED: Final = 500
"""So many at once: a mistake with more than that should be noticed before the rest goes."""


@dataclass(frozen=True)
class Replayed:
    """How many messages go again, and how many did not lie dead any more."""

    sent_count: int
    refused_count: int


def entry_of(*, delivery: Delivery) -> QueueEntry:
    """The open queue entry of a message that waits for a human; opened again where it was settled."""
    is_uncertain = delivery.state == DeliveryState.UNCERTAIN
    reason = QueueReason.UNCERTAIN if is_uncertain else QueueReason.DEAD_LETTER
    issue = delivery.handover.issue
    found = QueueEntry.objects.unsettled().filter(issue=issue, reason=reason).first()
    if found is not None:
        return found  # type: ignore[no-any-return]
    return queue_issue(issue=issue, reason=reason, words=delivery.error, delivery=delivery)


@transaction.atomic
def take_on(*, entry: QueueEntry, by: Person) -> None:
    """Somebody looks after it now. Raises NotAllowed when a colleague does, or it is settled."""
    check_may_dispatch(by)
    mine = Q(owner__isnull=True) | Q(owner=by)
    if not QueueEntry.objects.unsettled().filter(mine, pk=entry.pk).update(owner=by):
        entry.refresh_from_db()
        raise NotAllowed(_refusal(entry))


def _refusal(entry: QueueEntry) -> str:
    if entry.settled_at is not None or entry.owner is None:
        return _("It was settled meanwhile.")
    return _("%(name)s has taken it on already.") % {"name": entry.owner}


@transaction.atomic
def give_back(*, entry: QueueEntry, by: Person) -> None:
    """Nobody looks after it any more, so that a colleague may. Whoever works the desk may do this."""
    check_may_dispatch(by)
    QueueEntry.objects.unsettled().filter(pk=entry.pk).update(owner=None)


@transaction.atomic
def acknowledge(
    *, entry: QueueEntry, by: Person, note: str, quiet_until: datetime | None = None
) -> None:
    """Known and in hand: a note says what is being done, and it keeps quiet until a moment.

    Raises NotAllowed without a note, for a moment that has gone by, and when it is settled.
    """
    check_may_dispatch(by)
    now = clock.now()
    if not note.strip():
        raise NotAllowed(_("Write what is being done, so that a colleague knows."))
    if quiet_until is not None and quiet_until <= now:
        raise NotAllowed(_("“Quiet until” must be in the future."))
    changed = QueueEntry.objects.unsettled().filter(pk=entry.pk)
    facts = {"acknowledged_at": now, "note": note.strip()[:500], "quiet_until": quiet_until}
    if not changed.update(**facts):
        raise NotAllowed(_("It was settled meanwhile."))
    changed.filter(owner__isnull=True).update(owner=by)


def replay_many(*, delivery_ids: Collection[int], by: Person) -> Replayed:
    """Send many dead letters again, each in a transaction of its own; at most MAX_REPLAYED.

    One that is alive again meanwhile is counted, not an error. Raises NotAllowed for too many.
    """
    check_may_dispatch(by)
    if len(delivery_ids) > MAX_REPLAYED:
        words = _("At most %(most)s at once. Narrow the search down first.")
        raise NotAllowed(words % {"most": MAX_REPLAYED})
    refused = 0
    found = Delivery.objects.filter(pk__in=delivery_ids).select_related("handover")
    for delivery in found.order_by("pk"):
        try:
            replay_delivery(delivery=delivery, by=by)
        except NotAllowed:
            refused += 1
    return Replayed(len(found) - refused, refused)
