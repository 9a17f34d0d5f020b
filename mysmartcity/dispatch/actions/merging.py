"""Many reports, one work item: an issue that is the same as another one follows that one, and back."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.follow import follow_bodies
from mysmartcity.dispatch.actions.queue import queue_issue, settle_ended
from mysmartcity.dispatch.actions.tell import IF_ABLE, tell_let_go
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import AWAITING_RESIDENT, OPEN, Actor, Status
from mysmartcity.people.models import Person


@transaction.atomic
def merge_issues(*, issue: Issue, into: Issue, by: Person, words: str = "") -> TimelineEntry:
    """An issue is the same as another: it follows that one, whose news its followers get from now on.

    What was not sent yet will not be; a body that has it is told, where its system can take that.
    Raises NotAllowed for circles, for chains, and when one of the two has ended.
    """
    twin, survivor = _locked_pair(issue, into)
    _check_may_merge(twin, survivor)
    public = _("It is the same as %(reference)s and follows that one.")
    public %= {"reference": survivor.reference}
    move = Move(
        Status.MERGED,
        Actor.DISPATCHER,
        by=by,
        public_words="\n".join(filter(None, (public, words))),
        merged_into=survivor,
    )
    entry = change_status(issue=twin, move=move)
    settle_ended(issue_id=twin.pk)
    for handover in _held(twin):
        same = _("It is the same as %(reference)s.") % {"reference": _name(survivor, handover)}
        tell_let_go(handover=handover, kind=DeliveryKind.WITHDRAWN, words=same, entry=entry)
    joined = _("%(reference)s is about the same and was joined to this.")
    comment_issue(
        issue=survivor,
        actor=Actor.DISPATCHER,
        by=by,
        public_words=joined % {"reference": twin.reference},
    )
    return entry


@transaction.atomic
def unmerge_issue(*, issue: Issue, by: Person, words: str = "") -> TimelineEntry:
    """It was not the same after all: it stands where it stood, or where its bodies say meanwhile.

    A body that was told to let go is told to go on; where it can't be, a dispatcher is.
    Raises NotAllowed when the issue is not merged.
    """
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if locked.status != Status.MERGED:
        raise NotAllowed(_("This issue was not joined to another one."))
    public = "\n".join(filter(None, (_("It was not the same after all."), words)))
    move = Move(Status(locked.status_before), Actor.DISPATCHER, by=by, public_words=public)
    entry = change_status(issue=locked, move=move)
    for handover in _held(locked):
        _take_back(locked, handover, entry)
    follow_bodies(issue=locked)
    return entry


def _locked_pair(issue: Issue, into: Issue) -> tuple[Issue, Issue]:
    """Both rows, locked in one order whoever asks, so that two merges at once never wait for ever."""
    rows = Issue.objects.select_for_update(of=("self",)).filter(pk__in=(issue.pk, into.pk))
    found = {row.pk: row for row in rows.order_by("pk")}
    return found[issue.pk], found[into.pk]


def _check_may_merge(twin: Issue, survivor: Issue) -> None:
    if twin.pk == survivor.pk:
        raise NotAllowed(_("An issue can't be joined to itself."))
    if twin.jurisdiction_id != survivor.jurisdiction_id:
        raise NotAllowed(_("The two issues belong to two municipalities."))
    if survivor.status not in OPEN | AWAITING_RESIDENT:
        raise NotAllowed(_("%(reference)s has ended, so none can follow it.") % {
            "reference": survivor.reference
        })  # fmt: skip
    if Issue.objects.filter(merged_into=twin, status=Status.MERGED).exists():
        raise NotAllowed(_("Others follow this one already. Join those to the other one first."))


def _held(issue: Issue) -> Iterable[Handover]:
    held = Handover.objects.active().filter(issue=issue).select_related("body", "issue")
    return held.order_by("pk")


def _name(survivor: Issue, handover: Handover) -> str:
    """The other issue as this body knows it, or by our own reference."""
    same_body = Handover.objects.filter(issue=survivor, body=handover.body)
    known = same_body.exclude(body_reference="").order_by("-is_current", "-pk").first()
    return f"{survivor.reference} ({known.body_reference})" if known else survivor.reference


def _take_back(issue: Issue, handover: Handover, entry: TimelineEntry) -> None:
    """What told the body to let go is stopped; where it has left already, the body is told anew."""
    told = handover.deliveries.filter(kind=DeliveryKind.WITHDRAWN)
    stopped = told.filter(state=DeliveryState.WAITING, lease_token="").update(
        state=DeliveryState.DONE, attempt_count=0, error=_("It was not the same after all.")
    )
    last: Delivery | None = told.order_by("-pk").first()
    if stopped or last is None or (last.state == DeliveryState.DONE and last.attempt_count == 0):
        return
    if last.content.get(IF_ABLE):
        again = _("It was not the same after all. Please go on with it.")
        tell_let_go(handover=handover, kind=DeliveryKind.COMMENT, words=again, entry=entry)
        ask = _("%(body)s was told to let go of this. Make sure that they go on with it.")
        queue_issue(issue=issue, reason=QueueReason.DRIFT, words=ask % {"body": handover.body.name})
