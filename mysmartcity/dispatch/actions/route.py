"""Finding who is responsible for a report, at once or by the sweep that finds what was lost."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.handover import hand_over
from mysmartcity.dispatch.actions.queue import queue_issue
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.rules import route
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.models import Issue, IssueArea
from mysmartcity.issues.status import Status
from mysmartcity.lib import clock

OVERDUE = timedelta(seconds=20)
"""Every report has a job of its own; the sweep only takes what such a job has missed."""


def with_a_body() -> QuerySet[Handover]:
    """Handovers that count. One whose first message was dropped unsent leaves its issue with nobody.

    That happens when an issue is hidden or merged before it went out, and shown again later.
    """
    dropped = Delivery.objects.filter(
        handover=OuterRef("pk"),
        kind=DeliveryKind.CREATE,
        state=DeliveryState.DONE,
        attempt_count=0,
    )
    return Handover.objects.exclude(Exists(dropped))


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
    if issue.status != Status.RECEIVED or with_a_body().filter(issue=issue).exists():
        return None
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
        ~Exists(with_a_body().filter(issue=OuterRef("pk"))),
        ~Exists(waiting),
        status=Status.RECEIVED,
        reported_at__lt=clock.now() - OVERDUE,
    )
    ids = list(lost.order_by("pk").values_list("pk", flat=True)[:limit])
    for issue_id in ids:
        route_issue(issue_id=issue_id)
    return len(ids)
