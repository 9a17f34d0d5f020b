"""Moving an issue on its ladder, and adding words to it. Each act writes one timeline entry."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mysmartcity.issues import rules
from mysmartcity.issues.actions.counts import move_count
from mysmartcity.issues.events import IssueCommented, IssueStatusChanged
from mysmartcity.issues.models import Issue, Photo, TimelineEntry
from mysmartcity.issues.status import SET_ASIDE, Actor, DeclineReason, FixedBy, Status
from mysmartcity.lib import clock, events, text
from mysmartcity.lib.photos import StoredPhoto
from mysmartcity.people.models import Person

SILENCE = timedelta(days=7)
"""So long residents may object after a body reported an issue as fixed."""


@dataclass(frozen=True)
class Move:
    """A step on the ladder: where to, by whom, and the words for the public and for inside."""

    after: Status
    actor: Actor
    actor_name: str = ""
    by: Person | None = None
    public_words: str = ""
    inside_words: str = ""
    happened_at: datetime | None = None
    fixed_by: FixedBy | None = None
    decline_reason: DeclineReason | None = None
    hold_until: datetime | None = None
    hold_reason: str = ""
    merged_into: Issue | None = None
    photo: StoredPhoto | None = None


def _locked(issue: Issue) -> Issue:
    """The row as it is now, ours until the transaction ends."""
    found: Issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    return found


@transaction.atomic
def change_status(*, issue: Issue, move: Move) -> TimelineEntry:
    """Move an issue one step. Raises NotAllowed when the table has no such step for this actor."""
    locked = _locked(issue)
    rules.check_move(locked, move.after, move.actor)
    _check_back(locked, move)
    before, now = locked.status, clock.now()
    locked.status_before = before if move.after in SET_ASIDE else ""
    locked.status = move.after
    locked.status_at = locked.updated_at = now
    locked.fixed_by = (move.fixed_by or FixedBy.RESIDENT) if move.after == Status.FIXED else ""
    reason = move.decline_reason or DeclineReason.OTHER
    locked.decline_reason = reason if move.after == Status.DECLINED else ""
    on_hold = move.after == Status.ON_HOLD
    locked.hold_until = move.hold_until if on_hold else None
    locked.hold_reason = move.hold_reason[:300] if on_hold else ""
    locked.merged_into = move.merged_into if move.after == Status.MERGED else None
    locked.save()
    for name in _CHANGED:
        setattr(issue, name, getattr(locked, name))
    move_count(issue=locked, before=before, after=move.after)
    entry = _entry(locked, move, before=before, now=now)
    events.publish(
        IssueStatusChanged(
            issue_id=locked.pk,
            entry_id=entry.pk,
            before=before,
            after=move.after.value,
            actor=move.actor.value,
        )
    )
    return entry


_CHANGED = (
    "status",
    "status_before",
    "status_at",
    "updated_at",
    "fixed_by",
    "decline_reason",
    "hold_until",
    "hold_reason",
    "merged_into",
)


def _check_back(issue: Issue, move: Move) -> None:
    """What was set aside goes back to where it stood, and nowhere else."""
    goes_back = issue.status in SET_ASIDE and move.after not in SET_ASIDE
    if goes_back and issue.status_before and move.after != issue.status_before:
        raise rules.NotAllowed(f"It stood at {issue.status_before} and can only go back there.")


def _entry(issue: Issue, move: Move, *, before: str, now: datetime) -> TimelineEntry:
    if move.photo is not None:
        Photo.objects.get_or_create(
            issue=issue,
            digest=move.photo.digest,
            defaults={
                "width": move.photo.width,
                "height": move.photo.height,
                "position": Photo.objects.filter(issue=issue).count(),
            },
        )
    return TimelineEntry.objects.create(
        issue=issue,
        happened_at=move.happened_at or now,
        recorded_at=now,
        actor=move.actor,
        actor_name=text.one_line(move.actor_name)[:120],
        by=move.by,
        before=before,
        after=move.after,
        public_words=text.readable(move.public_words),
        inside_words=text.readable(move.inside_words),
        photo_digest=move.photo.digest if move.photo else "",
    )


@transaction.atomic
def comment_issue(
    *,
    issue: Issue,
    actor: Actor,
    actor_name: str = "",
    by: Person | None = None,
    public_words: str = "",
    inside_words: str = "",
    happened_at: datetime | None = None,
) -> TimelineEntry:
    """Add words to an issue without moving it. Only public words make it `updated` and are told."""
    now = clock.now()
    entry = TimelineEntry.objects.create(
        issue=issue,
        happened_at=happened_at or now,
        recorded_at=now,
        actor=actor,
        actor_name=text.one_line(actor_name)[:120],
        by=by,
        kind="comment",
        public_words=text.readable(public_words),
        inside_words=text.readable(inside_words),
    )
    if entry.public_words:
        Issue.objects.filter(pk=issue.pk).update(updated_at=now)
        events.publish(IssueCommented(issue_id=issue.pk, entry_id=entry.pk, actor=str(actor)))
    return entry


def confirm_fixed(*, issue: Issue, standing: rules.Standing) -> TimelineEntry:
    """A resident sees that it is fixed. Raises NotAllowed."""
    rules.check_may_confirm(issue, standing)
    move = Move(Status.FIXED, standing.actor, by=standing.person, fixed_by=FixedBy.RESIDENT)
    return change_status(issue=issue, move=move)


def dispute_fix(
    *, issue: Issue, standing: rules.Standing, words: str = "", photo: StoredPhoto | None = None
) -> TimelineEntry:
    """A resident says that it is not fixed; it goes back to the body and to dispatch."""
    rules.check_may_confirm(issue, standing)
    move = Move(
        Status.NOT_FIXED,
        standing.actor,
        by=standing.person,
        public_words=words[: rules.MAX_DESCRIPTION],
        photo=photo,
    )
    return change_status(issue=issue, move=move)


@transaction.atomic
def withdraw_issue(*, issue: Issue, standing: rules.Standing, words: str = "") -> TimelineEntry:
    """The reporter takes the report back. Raises NotAllowed."""
    # Under the lock that joining takes too: who joined a moment ago stands behind it.
    rules.check_may_withdraw(_locked(issue), standing)
    move = Move(
        Status.WITHDRAWN,
        standing.actor,
        by=standing.person,
        public_words=words[: rules.MAX_DESCRIPTION],
    )
    return change_status(issue=issue, move=move)


def confirm_by_silence(*, limit: int = 500) -> int:
    """Issues that a body reported as fixed 7 days ago and nobody contested become fixed by silence."""
    due = Issue.objects.filter(
        status=Status.REPORTED_FIXED, status_at__lt=clock.now() - SILENCE
    ).order_by("status_at")[:limit]
    confirmed = 0
    for issue in due:
        try:
            move = Move(Status.FIXED, Actor.PLATFORM, fixed_by=FixedBy.SILENCE)
            change_status(issue=issue, move=move)
            confirmed += 1
        except rules.NotAllowed:
            # Somebody moved it between our look and our lock; their word counts.
            continue
    return confirmed
