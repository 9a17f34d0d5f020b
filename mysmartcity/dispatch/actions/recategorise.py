"""Moving an issue to another category and finding anew who is responsible."""

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.handover import end_handover
from mysmartcity.dispatch.actions.route import route_issue
from mysmartcity.dispatch.actions.tell import was_sent
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.actions import Move, change_status, move_to_category
from mysmartcity.issues.models import Category, Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Person

_ABOUT_THE_CATEGORY = (
    QueueReason.NO_ROUTE,
    QueueReason.NO_CONNECTION,
    QueueReason.NEEDS_MAPPING,
    QueueReason.NEEDS_FACTS,
    QueueReason.DEAD_LETTER,
)


@transaction.atomic
def change_category(
    *, issue: Issue, category: Category, by: Person, words: str = ""
) -> Handover | None:
    """An issue is of another kind: who is responsible is found anew. None: a dispatcher must say who.

    Only while no body has it: not sent yet, refused, or passed on and not sent yet. Raises NotAllowed
    otherwise, and when the category can't be used.
    """
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if locked.status not in (Status.RECEIVED, Status.DECLINED, Status.NOT_FIXED):
        raise NotAllowed(_("A body works on this already. Only what nobody has can be moved."))
    held = Handover.objects.active().filter(issue=locked).select_related("body", "issue")
    for handover in held.order_by("pk"):
        _take_back(handover)
    move_to_category(issue=locked, category=category, by=by, words=words)
    QueueEntry.objects.unsettled().filter(issue=locked, reason__in=_ABOUT_THE_CATEGORY).update(
        settled_at=clock.now(), settled_by=by, outcome=f"moved to {category.code}"[:300]
    )
    if locked.status != Status.RECEIVED:
        change_status(issue=locked, move=Move(Status.RECEIVED, Actor.DISPATCHER, by=by))
    return route_issue(issue_id=locked.pk)


def _take_back(handover: Handover) -> None:
    """End a handover that its body does not have; its first message will not leave any more."""
    had_refused = handover.said == Status.DECLINED
    end_handover(handover=handover)
    is_in_hand = handover.deliveries.filter(
        kind=DeliveryKind.CREATE, state=DeliveryState.WAITING
    ).exists()
    # Asked after the end: no worker begins to send between the two. A refusal takes the end back.
    if is_in_hand or (was_sent(handover) and not had_refused):
        sentence = _("%(body)s has this already. Pass it on, or wait for their answer.")
        raise NotAllowed(sentence % {"body": handover.body.name})
