"""The queue for humans: putting issues before them, and settling what they dealt with."""

from django.db import transaction

from mysmartcity.dispatch.events import IssueQueued
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import ENDED, DeclineReason
from mysmartcity.lib import clock, events
from mysmartcity.people.models import Person


def settle_ended(*, issue_id: int) -> None:
    """An issue that ended needs no human any more, but for one that a body said is not theirs."""
    issue = Issue.objects.filter(pk=issue_id, status__in=ENDED).first()
    if issue is None:
        return
    entries = QueueEntry.objects.unsettled().filter(issue=issue)
    if issue.decline_reason == DeclineReason.NOT_OURS:
        entries = entries.exclude(reason=QueueReason.NO_ROUTE)
    entries.update(settled_at=clock.now(), outcome="the issue ended")


def queue_issue(
    *, issue: Issue, reason: QueueReason, words: str, delivery: Delivery | None = None
) -> QueueEntry:
    """Put an issue before a human. One open entry per reason; new words replace the old."""
    entry, is_new = QueueEntry.objects.get_or_create(
        issue=issue,
        reason=reason,
        settled_at=None,
        defaults={"words": words[:500], "delivery": delivery},
    )
    if is_new:
        events.publish(IssueQueued(issue_id=issue.pk, reason=str(reason)))
    elif delivery is not None or words != entry.words:
        entry.words, entry.delivery = words[:500], delivery or entry.delivery
        entry.save(update_fields=["words", "delivery"])
    return entry


@transaction.atomic
def settle_entry(*, entry: QueueEntry, by: Person, outcome: str) -> None:
    """A human dealt with it; what they did is kept."""
    QueueEntry.objects.filter(pk=entry.pk, settled_at=None).update(
        settled_at=clock.now(), settled_by=by, outcome=outcome[:300]
    )
