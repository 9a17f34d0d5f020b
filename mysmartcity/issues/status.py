"""The ladder an issue climbs: every status, every allowed step with its reason, and the groups.

This is the only place that lists statuses. The diagram in docs/reference/statuses.md is generated from
it and the database holds the same list as a constraint. Imports nothing of ours.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where an issue stands."""

    RECEIVED = "received"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    REPORTED_FIXED = "reported_fixed"
    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"


class Actor(StrEnum):
    """Who moves an issue."""

    RESIDENT = "resident"
    BODY = "body"
    DISPATCHER = "dispatcher"
    PLATFORM = "platform"


class FixedBy(StrEnum):
    """How we know that it is fixed; never shown as the same thing."""

    RESIDENT = "resident"
    SILENCE = "silence"


class DeclineReason(StrEnum):
    """Why a body will not do it. A free sentence may go beside it, never instead of it."""

    NOT_OURS = "not_ours"
    NOT_FOUND = "not_found"
    PRIVATE_PROPERTY = "private_property"
    NO_FAULT = "no_fault"
    DUPLICATE = "duplicate"
    NO_BUDGET = "no_budget"
    OTHER = "other"


@dataclass(frozen=True)
class Step:
    """One allowed step of the ladder."""

    before: Status
    after: Status
    actors: frozenset[Actor]
    reason: str


S, A = Status, Actor
_BODY = frozenset({A.BODY, A.DISPATCHER})
_DESK = frozenset({A.DISPATCHER, A.PLATFORM})
_RESIDENT = frozenset({A.RESIDENT, A.DISPATCHER})

WITH_BODY = (S.SENT, S.ACKNOWLEDGED, S.SCHEDULED, S.IN_PROGRESS, S.ON_HOLD)
"""The body has it and has not said that it is done, in the order of the ladder."""

OPEN = frozenset({S.RECEIVED, *WITH_BODY, S.NOT_FIXED})
"""Somebody still has to do something."""

AWAITING_RESIDENT = frozenset({S.REPORTED_FIXED})
"""The body says it is done and we ask whether that is true."""

ENDED = frozenset({S.FIXED, S.DECLINED, S.MERGED, S.WITHDRAWN})
"""Nobody has to do anything."""

LISTED = frozenset({*OPEN, *AWAITING_RESIDENT, S.FIXED, S.DECLINED})
"""What lists and the map show when nothing else is asked for."""

PUBLIC = frozenset(set(S) - {S.HIDDEN})
"""May be seen by everyone."""

SET_ASIDE = frozenset({S.MERGED, S.HIDDEN})
"""Remember where the issue stood, so that it can be put back there."""


def _from_body_hands() -> list[Step]:
    """A body may move between its own stages in any order: systems skip and go back."""
    reasons = {
        S.ACKNOWLEDGED: "The body gave its reference.",
        S.SCHEDULED: "The body planned the work.",
        S.IN_PROGRESS: "The body started the work.",
        S.ON_HOLD: "The body stopped the work for a while and says why.",
        S.REPORTED_FIXED: "The body says it is fixed; a resident decides.",
        S.DECLINED: "The body will not do it and gives a reason.",
    }
    return [
        Step(before, after, _BODY, reason)
        for before in (*WITH_BODY, S.NOT_FIXED)
        for after, reason in reasons.items()
        if before != after
    ]


def _taken_up_again() -> list[Step]:
    """A body reopens what it had ended: its systems call that open, planned, started or waiting."""
    reasons = {
        S.REPORTED_FIXED: "The body took its word back.",
        S.FIXED: "The body found that it is not done, and has it again.",
        S.DECLINED: "The body changed its mind.",
    }
    return [
        Step(before, after, _BODY, reason)
        for before, reason in reasons.items()
        for after in (S.ACKNOWLEDGED, S.SCHEDULED, S.IN_PROGRESS, S.ON_HOLD)
    ]


def _passed_on() -> list[Step]:
    """Another body gets it: it stands where it stood before the first one had it."""
    return [
        Step(before, S.RECEIVED, _DESK, "It was passed on to another body.")
        for before in (*WITH_BODY, S.NOT_FIXED, S.DECLINED)
    ]


def _set_aside() -> list[Step]:
    """Hidden and merged issues can be put back; nothing is sent again by that."""
    stages = (S.RECEIVED, *WITH_BODY, S.NOT_FIXED, S.REPORTED_FIXED)
    merged = [
        step
        for stage in stages
        for step in (
            Step(stage, S.MERGED, _DESK, "It is the same as another issue and follows that one."),
            Step(S.MERGED, stage, _DESK, "It was not the same after all."),
        )
    ]
    hidden = [
        step
        for stage in (*stages, S.FIXED, S.DECLINED, S.WITHDRAWN)
        for step in (
            Step(stage, S.HIDDEN, _DESK, "It breaks the house rules or shows private things."),
            Step(S.HIDDEN, stage, _DESK, "It may be seen after all."),
        )
    ]
    return merged + hidden


STEPS: tuple[Step, ...] = (
    Step(S.RECEIVED, S.SENT, _DESK, "It reached the body's system or mailbox."),
    Step(S.RECEIVED, S.DECLINED, _DESK, "Nobody can act on it; the dispatcher says why."),
    *_from_body_hands(),
    Step(
        S.REPORTED_FIXED, S.FIXED, _RESIDENT | {A.PLATFORM}, "Confirmed, or no objection in 7 days."
    ),
    Step(S.REPORTED_FIXED, S.NOT_FIXED, _RESIDENT, "A resident says that it is not fixed."),
    Step(S.FIXED, S.NOT_FIXED, _RESIDENT, "It broke again, or silence was wrong."),
    Step(S.NOT_FIXED, S.SENT, _DESK, "It went back to the body."),
    Step(S.NOT_FIXED, S.FIXED, _RESIDENT, "A resident sees that it is fixed now."),
    Step(S.DECLINED, S.NOT_FIXED, _DESK, "A dispatcher contests the refusal."),
    Step(S.DECLINED, S.REPORTED_FIXED, _BODY, "The body changed its mind and did it."),
    Step(S.REPORTED_FIXED, S.DECLINED, _BODY, "The body took its word back and will not do it."),
    *_taken_up_again(),
    *_passed_on(),
    *(
        Step(stage, S.WITHDRAWN, _RESIDENT, "The reporter takes it back.")
        for stage in (S.RECEIVED, *WITH_BODY, S.NOT_FIXED)
    ),
    *_set_aside(),
)

_TABLE = {(step.before, step.after): step for step in STEPS}
if len(_TABLE) != len(STEPS):
    raise RuntimeError("a step stands twice in the table")


def step(before: Status, after: Status) -> Step | None:
    """The allowed step between two statuses; None when there is none."""
    return _TABLE.get((before, after))


def may_move(before: Status, after: Status, actor: Actor) -> bool:
    """Whether this actor may move an issue from one status to another."""
    found = step(before, after)
    return found is not None and actor in found.actors


def diagram() -> str:
    """The table as a Mermaid state diagram; the ways into and out of `hidden` are left out."""
    lines = ["stateDiagram-v2", "    [*] --> received"]
    lines += [
        f"    {one.before} --> {one.after}: {one.reason}"
        for one in STEPS
        if S.HIDDEN not in (one.before, one.after)
    ]
    return "\n".join(lines)
