"""Finding who is responsible for a report, at once or by the sweep that finds what was lost."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.handover import hand_over
from mysmartcity.dispatch.actions.queue import queue_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.rules import Route, route
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.models import Issue, IssueArea
from mysmartcity.issues.status import Status
from mysmartcity.lib import clock

OVERDUE = timedelta(seconds=20)
"""Every report has a job of its own; the sweep only takes what such a job has missed."""


@transaction.atomic
def route_issue(*, issue_id: int) -> Handover | None:
    """Find the responsible body and hand the issue over; without an answer it goes to the queue.

    Running twice changes nothing: an issue that some body has, or is being sent to, is left alone.
    """
    issue = (
        Issue.objects.select_for_update(of=("self",))
        .select_related("category", "jurisdiction")
        .get(pk=issue_id)
    )
    held = Handover.objects.filter(issue=issue)
    if issue.status != Status.RECEIVED or held.with_a_body().filter(is_current=True).exists():
        return None
    dropped = held.filter(is_current=True).select_related("body", "passed_from").first()
    if dropped is not None and dropped.passed_from is not None:
        # A dispatcher had chosen this body; the rules would give it back to the one before.
        again = Route(dropped.body, dropped.rule_reason, 0)
        return hand_over(issue=issue, found=again, passed_from=dropped.passed_from)
    areas = IssueArea.objects.filter(issue=issue).values_list("area_id", flat=True)
    found = route(jurisdiction=issue.jurisdiction, category=issue.category, area_ids=list(areas))
    if found is None:
        words = _("No rule says who is responsible for “%(category)s” here.")
        queue_issue(
            issue=issue,
            reason=QueueReason.NO_ROUTE,
            words=words % {"category": issue.category.name},
        )
        return None
    return hand_over(issue=issue, found=found)


def route_overdue(*, limit: int = 500) -> int:
    """Route reports that nobody has: their own job was lost with a worker or a database."""
    waiting = QueueEntry.objects.unsettled().filter(issue=OuterRef("pk"))
    lost = Issue.objects.filter(
        ~Exists(Handover.objects.with_a_body().filter(issue=OuterRef("pk"), is_current=True)),
        ~Exists(waiting),
        status=Status.RECEIVED,
        reported_at__lt=clock.now() - OVERDUE,
    )
    ids = list(lost.order_by("pk").values_list("pk", flat=True)[:limit])
    for issue_id in ids:
        route_issue(issue_id=issue_id)
    return len(ids)
