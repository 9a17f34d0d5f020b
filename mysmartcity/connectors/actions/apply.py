"""Applying what a body's system told us to the issue it is about. Everything told is kept.

Old news never overwrites newer news, an unknown status word is never guessed, and a step that the
ladder does not have is kept as words for staff.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.arrived import learn_reference
from mysmartcity.connectors.actions.connection import release_waiting
from mysmartcity.connectors.clean import public_words
from mysmartcity.connectors.codes import Meaning, meaning_of
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.registry import SYSTEMS, starting_statuses
from mysmartcity.dispatch.actions import note_body_status, queue_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status, may_move
from mysmartcity.lib import clock

NEEDS_MAPPING = "needs mapping"
NOT_OURS = "no handover"
_SECOND = timedelta(seconds=1)


@transaction.atomic
def apply_update(*, item_id: int) -> str:
    """Apply one item of the inbox and give its outcome. Running twice changes nothing."""
    item = (
        InboxItem.objects.select_for_update(of=("self",))
        .select_related("connection__body")
        .get(pk=item_id)
    )
    if item.applied_at is not None:
        return item.outcome
    handover = handover_of(item)
    if handover is None:
        return _keep(item, NOT_OURS, is_applied=False)
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
    if item.is_inside:
        # A call centre's robot gives the reference; its other words are for nobody.
        _learn(item, handover, issue)
        return _comment(item, handover, issue, outcome="kept for staff", is_public=False)
    meaning = _meaning(item)
    if meaning is None:
        words = _("%(body)s's system says “%(word)s”, and nobody has said what that means.")
        facts = {"body": item.connection.body.name, "word": item.remote_status}
        queue_issue(issue=issue, reason=QueueReason.NEEDS_MAPPING, words=words % facts)
        return _keep(item, NEEDS_MAPPING, is_applied=False)
    return _apply(item, handover, issue, meaning)


def handover_of(item: InboxItem) -> Handover | None:
    """The handover an item is about: named by the item, or the newest with its reference."""
    if item.handover is not None:
        return item.handover
    if not item.body_reference:
        return None
    same = Handover.objects.filter(
        body_id__in=body_ids_behind(item.connection), body_reference=item.body_reference
    )
    return same.select_related("body").order_by("-is_current", "-made_at", "-pk").first()


def _meaning(item: InboxItem) -> Meaning | None:
    """By the connection's mapping, or while that is empty by the words of the system's standard."""
    system = SYSTEMS.get(item.connection.system)
    statuses = item.connection.statuses or starting_statuses(item.connection)
    is_ours = system is not None and system.speaks_our_statuses
    return meaning_of(item.remote_status, statuses, is_ours=is_ours)


def _apply(item: InboxItem, handover: Handover, issue: Issue, meaning: Meaning) -> str:
    _learn(item, handover, issue)
    after = meaning.status
    if after is None:
        return _comment(item, handover, issue, outcome="words", is_public=True)
    if _is_old(item, handover, issue):
        return _comment(item, handover, issue, outcome="older than what we knew", is_public=True)
    has_ended = after in (Status.REPORTED_FIXED, Status.DECLINED)
    note_body_status(handover=handover, body_status=item.remote_status, has_ended=has_ended)
    if not handover.is_current:
        return _comment(item, handover, issue, outcome="not theirs any more", is_public=False)
    if issue.status == after:
        return _comment(item, handover, issue, outcome="nothing new", is_public=True)
    if not may_move(Status(issue.status), after, Actor.BODY):
        outcome = f"no step from {issue.status} to {after}"
        return _comment(item, handover, issue, outcome=outcome, is_public=False)
    words = public_words(item.words)
    move = Move(
        after,
        Actor.BODY,
        actor_name=handover.body.name,
        public_words=words,
        inside_words=_inside(item, words),
        happened_at=_when(item),
        decline_reason=meaning.decline_reason,
        hold_reason=words[:300] if after == Status.ON_HOLD else "",
    )
    change_status(issue=issue, move=move)
    return _keep(item, f"moved to {after}", is_applied=True)


def _learn(item: InboxItem, handover: Handover, issue: Issue) -> None:
    """The body's reference, where this is the first time that it is said."""
    if item.body_reference and not handover.body_reference:
        learn_reference(handover=handover, body_reference=item.body_reference)
        issue.refresh_from_db()


def _is_old(item: InboxItem, handover: Handover, issue: Issue) -> bool:
    """Whether we know something newer: from this body, or a resident's "not fixed" after it.

    City systems write whole seconds, so news of the same second counts as new.
    """
    newer = InboxItem.objects.filter(
        connection=item.connection,
        happened_at__gt=item.happened_at,
        applied_at__isnull=False,
        outcome__startswith="moved",
    )
    same = newer.filter(handover=handover)
    if handover.body_reference:
        same = same | newer.filter(body_reference=handover.body_reference)
    if same.exists():
        return True
    objection = issue.timeline.filter(after=Status.NOT_FIXED).order_by("-happened_at").first()
    return objection is not None and item.happened_at + _SECOND <= objection.happened_at


def _comment(
    item: InboxItem, handover: Handover, issue: Issue, *, outcome: str, is_public: bool
) -> str:
    """Keep the words without moving the issue; nothing is written where there are none."""
    words = public_words(item.words) if is_public else ""
    inside = _inside(item, words)
    if not is_public:
        inside = f"[{item.remote_status or '-'}: {outcome}]\n{item.words}".strip()
    if words or inside:
        comment_issue(
            issue=issue,
            actor=Actor.BODY,
            actor_name=handover.body.name,
            public_words=words,
            inside_words=inside,
            happened_at=_when(item),
        )
    return _keep(item, outcome, is_applied=True)


def _inside(item: InboxItem, words: str) -> str:
    """The raw words, when the public does not see all of them."""
    return item.words if item.words.strip() != words else ""


def _when(item: InboxItem) -> datetime:
    """When it happened, never in the future: a city's clock may run ahead."""
    return min(item.happened_at, clock.now())


def _keep(item: InboxItem, outcome: str, *, is_applied: bool) -> str:
    item.outcome = outcome[:100]
    item.applied_at = clock.now() if is_applied else None
    item.save(update_fields=["outcome", "applied_at"])
    return item.outcome


def apply_waiting(*, connection: Connection, with_unmapped: bool = False) -> int:
    """Apply every item not applied yet, in the order in which things happened; gives how many were.

    What waits for a mapping is tried again only `with_unmapped`.
    """
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
    handovers = [handover_of(item) for item in waiting.select_related("connection__body")]
    applied = apply_waiting(connection=connection, with_unmapped=True)
    release_waiting(connection=connection)
    still = connection.inbox.filter(applied_at__isnull=True, outcome=NEEDS_MAPPING)
    unsettled = {found.issue_id for item in still if (found := handover_of(item))}
    settled = {found.issue_id for found in handovers if found} - unsettled
    QueueEntry.objects.unsettled().filter(
        issue_id__in=settled, reason=QueueReason.NEEDS_MAPPING
    ).update(settled_at=clock.now(), outcome="the mapping was given")
    return applied
