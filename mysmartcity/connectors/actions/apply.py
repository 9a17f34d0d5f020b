"""Applying what a body's system told us to the issues it is about. Everything told is kept.

Here: each item once, to every handover that it is about, in one transaction. What one piece of news
does to one handover is in `news.py`, whose it is in `whose.py`.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.connection import release_waiting
from mysmartcity.connectors.actions.news import keep_inside, tell_news
from mysmartcity.connectors.meanings import understood
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.status import Mode
from mysmartcity.connectors.whose import handovers_of
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock

NEEDS_MAPPING = "needs mapping"
NOT_OURS = "no handover"


@transaction.atomic
def apply_update(*, item_id: int) -> str:
    """Apply one item of the inbox and give its outcome. Running twice changes nothing.

    Several handovers may share its reference: all of them get it, or none does. Outcomes that differ
    stand beside each other. A connection in shadow mode changes nothing.
    """
    item = (
        InboxItem.objects.select_for_update(of=("self",))
        .select_related("connection__body__parent")
        .get(pk=item_id)
    )
    if item.applied_at is not None or item.connection.mode == Mode.SHADOW:
        return item.outcome
    handovers = _locked(handovers_of(item))
    if not handovers:
        return _keep(item, NOT_OURS, is_applied=False)
    if item.is_inside:
        # A call centre's robot gives the reference; its other words are for nobody.
        outcomes = [keep_inside(item, handover) for handover in handovers]
        return _keep(item, _together(outcomes), is_applied=True)
    meaning = understood(item.connection, item.remote_status)
    if meaning is None:
        return _wait_for_mapping(item, handovers)
    item.codes_version = item.connection.codes_version
    outcomes = [tell_news(item, handover, meaning) for handover in handovers]
    return _keep(item, _together(outcomes), is_applied=True)


def _locked(handovers: list[Handover]) -> list[Handover]:
    """The handovers as they are under the lock of their issues, which are locked in one order."""
    ids = [one.pk for one in handovers]
    issue_ids = {one.issue_id for one in handovers}
    issues = {
        issue.pk: issue
        for issue in Issue.objects.select_for_update(of=("self",))
        .filter(pk__in=issue_ids)
        .select_related("jurisdiction")
        .order_by("pk")
    }
    fresh = list(Handover.objects.filter(pk__in=ids).select_related("body").order_by("pk"))
    for one in fresh:
        one.issue = issues[one.issue_id]
    return fresh


def _together(outcomes: list[str]) -> str:
    return "; ".join(dict.fromkeys(outcomes))


def _wait_for_mapping(item: InboxItem, handovers: list[Handover]) -> str:
    words = _("%(body)s's system says “%(word)s”, and nobody has said what that means.")
    facts = {"body": item.connection.body.name, "word": item.remote_status}
    for handover in handovers:
        queue_issue(issue=handover.issue, reason=QueueReason.NEEDS_MAPPING, words=words % facts)
    return _keep(item, NEEDS_MAPPING, is_applied=False)


def _keep(item: InboxItem, outcome: str, *, is_applied: bool) -> str:
    item.outcome = outcome[:100]
    item.applied_at = clock.now() if is_applied else None
    item.save(update_fields=["outcome", "applied_at", "codes_version"])
    return item.outcome


def apply_waiting(*, connection: Connection, with_unmapped: bool = False) -> int:
    """Apply every item not applied yet, in the order in which things happened; gives how many were.

    What waits for a mapping is tried again only `with_unmapped`. Nothing of a connection in shadow mode.
    """
    if connection.mode == Mode.SHADOW:
        return 0
    waiting = connection.inbox.filter(applied_at__isnull=True).order_by("happened_at", "pk")
    if not with_unmapped:
        waiting = waiting.exclude(outcome=NEEDS_MAPPING)
    applied = 0
    for item_id in list(waiting.values_list("pk", flat=True)):
        outcome = apply_update(item_id=item_id)
        applied += outcome not in (NEEDS_MAPPING, NOT_OURS)
    return applied


def replay_unmapped(*, connection: Connection) -> int:
    """A mapping was given: what waited for it is applied, and messages without a code go now.

    Gives the number of items applied.
    """
    waiting = connection.inbox.filter(applied_at__isnull=True, outcome=NEEDS_MAPPING)
    waited = _issue_ids(waiting)
    applied = apply_waiting(connection=connection, with_unmapped=True)
    release_waiting(connection=connection)
    still = connection.inbox.filter(applied_at__isnull=True, outcome=NEEDS_MAPPING)
    settled = waited - _issue_ids(still)
    QueueEntry.objects.unsettled().filter(
        issue_id__in=settled, reason=QueueReason.NEEDS_MAPPING
    ).update(settled_at=clock.now(), outcome="the mapping was given")
    return applied


def _issue_ids(items: QuerySet[InboxItem]) -> set[int]:
    """The issues that some items are about."""
    behind = items.select_related("connection__body__parent", "handover")
    return {one.issue_id for item in behind for one in handovers_of(item)}
