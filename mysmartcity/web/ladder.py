"""The rungs of an issue's ladder as the look draws them, from where it stands and what happened.

Which steps are allowed is decided in issues.status; here only what people see of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from mysmartcity.issues.status import OPEN, Status
from mysmartcity.look.statuses import status_key, status_label

S = Status
Step = dict[str, Any]

_WORK: Final = (S.SCHEDULED, S.IN_PROGRESS, S.ON_HOLD)
_RUNGS: Final = ((S.RECEIVED,), (S.SENT,), (S.ACKNOWLEDGED,), _WORK, (S.REPORTED_FIXED,))
_ENDS: Final = (S.DECLINED, S.MERGED, S.WITHDRAWN)


@dataclass(frozen=True)
class Standing:
    """What the ladder needs to know. `reached`: when each status was first reached, or None in lists."""

    status: Status
    fixed_by: str = ""
    body: str = ""
    promised_at: datetime | None = None
    reached: Mapping[str, datetime] | None = None
    note: str = ""


def steps(at: Standing) -> list[Step]:
    """Every rung in order, the one it stands on marked `current` (or `problem`)."""
    if at.status in _ENDS:
        return [*_climbed(at), _step(at, at.status, _end_state(at.status))]
    here = _rung_of(at.status)
    rungs = [_rung(at, index, here) for index in range(len(_RUNGS))]
    if at.status == S.NOT_FIXED:
        rungs.append(_step(at, S.NOT_FIXED, "problem"))
    return [*rungs, _last(at)]


def _rung_of(status: Status) -> int:
    """How many rungs are behind or under the issue's feet."""
    for index, members in enumerate(_RUNGS):
        if status in members:
            return index
    return len(_RUNGS)


def _rung(at: Standing, index: int, here: int) -> Step:
    members = _RUNGS[index]
    if index == here:
        return _step(at, at.status, "current")
    shown = _newest(at, members)
    if index > here:
        return _step(at, members[0] if members != _WORK else S.IN_PROGRESS, "todo")
    if at.reached is not None and shown is None:
        return _step(at, members[0] if members != _WORK else S.IN_PROGRESS, "skipped")
    return _step(at, shown or members[0], "done")


def _newest(at: Standing, members: tuple[Status, ...]) -> Status | None:
    """The stage of a rung that was reached last; None when none was."""
    held = [status for status in members if status in (at.reached or {})]
    return max(held, key=lambda status: (at.reached or {})[status], default=None)


def _climbed(at: Standing) -> list[Step]:
    """The rungs that an ended issue had reached; in lists, where we don't know, the first one."""
    if at.reached is None:
        return [_step(at, S.RECEIVED, "done")]
    found = [_newest(at, members) for members in _RUNGS]
    return [_step(at, status, "done") for status in found if status is not None]


def _end_state(status: Status) -> str:
    return "problem" if status == S.DECLINED else "current"


def _last(at: Standing) -> Step:
    if at.status == S.FIXED:
        return _step(at, S.FIXED, "done")
    return {"key": "fixed_confirmed", "label": _("Confirmed by a resident"), "state": "todo"}


def _step(at: Standing, status: Status, state: str) -> Step:
    key = status_key(status, fixed_by=at.fixed_by)
    step: Step = {"key": key, "label": status_label(key, body=at.body), "state": state}
    if state not in ("todo", "skipped"):
        step["at"] = (at.reached or {}).get(status)
    if state in ("current", "problem"):
        step["note"] = at.note
        if at.promised_at is not None and at.status in OPEN:
            step["due_at"] = at.promised_at
    if at.body and status not in (S.RECEIVED, S.REPORTED_FIXED, S.NOT_FIXED, S.FIXED, *_ENDS):
        step["who"] = at.body if state not in ("todo", "skipped") else ""
    return step
