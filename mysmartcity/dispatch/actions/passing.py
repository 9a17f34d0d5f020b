"""Passing an issue on: "not ours, it is theirs". Clocks, followers, photos and history stay with it."""

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.follow import follow_bodies
from mysmartcity.dispatch.actions.handover import end_handover, hand_over, share_out
from mysmartcity.dispatch.actions.queue import queue_issue
from mysmartcity.dispatch.actions.tell import tell_let_go, was_sent
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.rules import Route, body_named, check_may_pass_on, check_may_share
from mysmartcity.dispatch.status import DeliveryKind, QueueReason
from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import WITH_BODY, Actor, DeclineReason, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Body, Person


@transaction.atomic
def pass_on(
    *,
    issue: Issue,
    body: Body,
    by: Person | None,
    words: str = "",
    handover: Handover | None = None,
    insists: bool = False,
) -> Handover:
    """Give what one body has to another one: `handover`, or what leads where none is named.

    Raises NotAllowed when that body has it already, when the issue has ended, and when that body said
    before that it is not theirs, unless somebody (`by`) insists.
    """
    locked = _locked(issue)
    source = _fresh(locked, handover)
    check_may_pass_on(issue=locked, body=body, insists=insists and by is not None)
    if source is None:
        return _first(locked, body, by, words)
    was_refused = source.decline_reason == DeclineReason.NOT_OURS
    was_shared = source.is_shared
    found = Route(body, _("It was passed on by %(body)s.") % {"body": source.body.name}, 0)
    end_handover(handover=source)
    # Asked after the end, which drops what waits: a body that refused, or never got it, needs no word.
    is_told = was_sent(source) and source.said != Status.DECLINED
    if was_shared:
        given = share_out(issue=locked, found=found, passed_from=source)
    else:
        given = hand_over(issue=locked, found=found, passed_from=source)
    if given is None:  # pragma: no cover - refused above
        raise NotAllowed(_("%(body)s has this issue already.") % {"body": body.name})
    public = _passing_words(source, body, was_refused=was_refused, words=words)
    entry = _say(locked, by, public, goes_back=not was_shared)
    if is_told:
        let_go = _("It was passed on to %(body)s.") % {"body": body.name}
        tell_let_go(handover=source, kind=DeliveryKind.WITHDRAWN, words=let_go, entry=entry)
    _settle(locked, body, by)
    if was_sent(given):
        _lead_already(locked, given)
    return given


def assign_body(*, issue: Issue, body: Body, by: Person, insists: bool = False) -> Handover:
    """A dispatcher says who is responsible: the same path as passing on. Raises NotAllowed."""
    return pass_on(issue=issue, body=body, by=by, insists=insists)


@transaction.atomic
def share_issue(*, issue: Issue, body: Body, by: Person, words: str = "") -> Handover:
    """Give one more body a part of an issue. Raises NotAllowed when it has it, or the issue has ended."""
    locked = _locked(issue)
    check_may_share(issue=locked, body=body)
    given = share_out(issue=locked, found=Route(body, _("A dispatcher chose it."), 0))
    if given is None:
        raise NotAllowed(_("%(body)s has this issue already.") % {"body": body.name})
    public = _("%(body)s has a part in this too.") % {"body": body.name}
    _comment(locked, by, "\n".join(filter(None, (public, words))))
    return given


@transaction.atomic
def end_part(*, handover: Handover, by: Person, words: str = "") -> None:
    """A body has no part in an issue any more. Raises NotAllowed for the one that leads: pass that on."""
    issue = _locked(handover.issue)
    part = Handover.objects.active().filter(pk=handover.pk, is_shared=True).first()
    if part is None:
        raise NotAllowed(_("Only a body that has a part beside another one can be let go."))
    end_handover(handover=part)
    is_told = was_sent(part) and part.said != Status.DECLINED
    public = _("%(body)s has no part in this any more.") % {"body": part.body.name}
    entry = _comment(issue, by, "\n".join(filter(None, (public, words))))
    if is_told:
        tell_let_go(handover=part, kind=DeliveryKind.WITHDRAWN, words=public, entry=entry)
    follow_bodies(issue=issue)


def propose_body(*, handover: Handover, words: str) -> QueueEntry:
    """A body said that it is not theirs: a dispatcher says whose it is. Never done by itself.

    Where the words name one body that we know here, that one is proposed.
    """
    issue, speaker = handover.issue, handover.body
    named = body_named(words=words, jurisdiction=issue.jurisdiction, besides=speaker)
    if named is not None:
        sentence = _("%(body)s says that it is not theirs but %(other)s's. Give it to %(other)s?")
        facts = {"body": speaker.name, "other": named.name}
        return queue_issue(issue=issue, reason=QueueReason.NO_ROUTE, words=sentence % facts)
    sentence = _("%(body)s says that it is not theirs. Whose is it?") % {"body": speaker.name}
    return queue_issue(issue=issue, reason=QueueReason.NO_ROUTE, words=sentence)


def _locked(issue: Issue) -> Issue:
    found: Issue = (
        Issue.objects.select_for_update(of=("self",))
        .select_related("category", "jurisdiction")
        .get(pk=issue.pk)
    )
    return found


def _fresh(issue: Issue, handover: Handover | None) -> Handover | None:
    """What is passed on, as it is now under the lock."""
    held = Handover.objects.active().filter(issue=issue).select_related("body", "issue")
    if handover is None:
        return held.filter(is_current=True).first()
    found: Handover | None = held.filter(pk=handover.pk).first()
    if found is None:
        raise NotAllowed(_("%(body)s does not have this any more.") % {"body": handover.body.name})
    return found


def _first(issue: Issue, body: Body, by: Person | None, words: str) -> Handover:
    """Nobody had it."""
    given = hand_over(issue=issue, found=Route(body, _("A dispatcher chose it."), 0))
    if words:
        _comment(issue, by, words)
    _settle(issue, body, by)
    return given


def _passing_words(source: Handover, body: Body, *, was_refused: bool, words: str) -> str:
    if was_refused:
        says = _("%(body)s said that it is not theirs. It was passed on to %(other)s.")
    else:
        says = _("It was passed on from %(body)s to %(other)s.")
    facts = {"body": source.body.name, "other": body.name}
    return "\n".join(filter(None, (says % facts, words)))


def _say(issue: Issue, by: Person | None, words: str, *, goes_back: bool) -> TimelineEntry:
    """The timeline says who passed it to whom, and it stands where it stood before a body had it."""
    if not goes_back or issue.status not in (*WITH_BODY, Status.DECLINED):
        return _comment(issue, by, words)
    move = Move(Status.RECEIVED, _actor(by), by=by, public_words=words)
    return change_status(issue=issue, move=move)


def _comment(issue: Issue, by: Person | None, words: str) -> TimelineEntry:
    return comment_issue(issue=issue, actor=_actor(by), by=by, public_words=words)


def _actor(by: Person | None) -> Actor:
    return Actor.DISPATCHER if by is not None else Actor.PLATFORM


def _settle(issue: Issue, body: Body, by: Person | None) -> None:
    QueueEntry.objects.unsettled().filter(
        issue=issue, reason__in=(QueueReason.NO_ROUTE, QueueReason.NO_CONNECTION)
    ).update(settled_at=clock.now(), settled_by=by, outcome=f"given to {body.name}"[:300])


def _lead_already(issue: Issue, given: Handover) -> None:
    """The body had a part in it, so no first message will say that it arrived."""
    words = _("%(body)s has it already and leads now.") % {"body": given.body.name}
    for after, actor in ((Status.SENT, Actor.PLATFORM), (Status.ACKNOWLEDGED, Actor.BODY)):
        is_due = after == Status.SENT or given.body_reference
        before = Status.RECEIVED if after == Status.SENT else Status.SENT
        if is_due and issue.status == before:
            name = given.body.name if actor == Actor.BODY else ""
            move = Move(after, actor, actor_name=name, public_words=words if not name else "")
            change_status(issue=issue, move=move)
    follow_bodies(issue=issue)
