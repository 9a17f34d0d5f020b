"""Moving an issue to where its bodies together say that it stands, when that was said earlier."""

from django.utils.translation import gettext as _

from mysmartcity.dispatch.rules import parts_of
from mysmartcity.dispatch.together import all_ended
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import WITH_BODY, Actor, DeclineReason, Status, may_move

_WAS_AWAY = frozenset({Status.REPORTED_FIXED, Status.DECLINED, Status.SENT, Status.ACKNOWLEDGED})


def follow_bodies(*, issue: Issue) -> bool:
    """Take the step that a body's word could not take when it came; the issue's row is locked.

    That is so when its message was still on its way, when the issue was set aside, or when the others
    that had a part in it have none any more. False when nothing was left to do.
    """
    stands = Status(issue.status)
    held = parts_of(issue)
    parts = [part for _one, part in held]
    speaker, after = None, ""
    if all_ended(parts):
        if len({part.said for part in parts}) == 1:
            speaker, after = held[0][0], parts[0].said
    elif stands in _WAS_AWAY:
        still_open = [(one, part) for one, part in held if not part.has_ended and part.said]
        if still_open:
            speaker, after = still_open[0][0], still_open[0][1].said
    if speaker is None or after == stands or not may_move(stands, Status(after), Actor.BODY):
        return False
    if after in WITH_BODY and stands in WITH_BODY and _rung(after) < _rung(stands):
        return False
    move = Move(
        Status(after),
        Actor.BODY,
        actor_name=speaker.body.name,
        public_words=_("%(body)s had said so before.") % {"body": speaker.body.name},
        decline_reason=DeclineReason(speaker.decline_reason) if speaker.decline_reason else None,
    )
    change_status(issue=issue, move=move)
    return True


def _rung(status: str) -> int:
    return WITH_BODY.index(Status(status))
