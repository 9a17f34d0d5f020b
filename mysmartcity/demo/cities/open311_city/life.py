"""How a request moves along in the simulated city: a pure function of time, so that nothing is lost
when the process is killed, and every start tells the same story.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_ANSWER_SECONDS = 45.0
"""However slow the pace, the first answer comes within this time."""

_CLOSED = frozenset({"FIXED", "NO_FURTHER_ACTION", "NOT_COUNCILS_RESPONSIBILITY"})

_SEEN = (
    "We have your request. A clerk has looked at it and passed it to the depot.",
    "Thank you. Your request is with the depot for this area.",
)
_PLANNED = (
    "A team is booked for this job.",
    "The job is on the list of the next team in this area.",
)
_WAITING = "The team waits for parts. They are on order."
_STARTED = ("The team is on site.", "The team has started with the work.")
_DONE = (
    "The team has repaired it and cleaned up.",
    "The work is done. Thank you for telling us.",
)
_AGAIN = "We are sorry. We have opened the job again and will send a team to look."


@dataclass(frozen=True)
class Filed:
    """What a request's life depends on; `filed_at` and `reopened_at` in seconds since 1970."""

    request_id: str
    description: str
    filed_at: float
    reopened_at: Sequence[float] = ()


@dataclass(frozen=True)
class Event:
    """A step: `status` in the words of the updates extension, `at` in seconds since 1970."""

    event_id: str
    status: str
    at: float
    words: str

    @property
    def is_closed(self) -> bool:
        """Whether the plain specification calls this closed."""
        return self.status in _CLOSED


def events(request: Filed, *, pace: float, until: float) -> list[Event]:
    """Everything that has happened up to a moment, oldest first. `pace` is a whole life in seconds.

    Every request ends FIXED, and after "not fixed" goes round again, unless its description holds
    [hold], [decline] or [not ours]. One in six waits for parts on its way.
    """
    rounds = [request.filed_at, *request.reopened_at]
    found: list[Event] = []
    for number, start in enumerate(rounds):
        end = rounds[number + 1] if number + 1 < len(rounds) else float("inf")
        for step, (after, status, words) in enumerate(_round(request, number, pace)):
            moment = start + after
            if moment <= until and moment < end:
                event_id = f"{request.request_id}-{number}-{step}"
                found.append(Event(event_id, status, moment, words))
    return found


def _round(request: Filed, number: int, pace: float) -> list[tuple[float, str, str]]:
    """(seconds after the start, status, words) of one round."""
    dice = hashlib.sha256(f"{request.request_id}/{number}".encode()).digest()
    first = min(0.12 * pace, FIRST_ANSWER_SECONDS)
    seen = (first, "INVESTIGATING", _SEEN[dice[0] % 2])
    if number:
        seen = (0.0, "REOPEN", _AGAIN)
    planned = (max(0.3 * pace, first), "ACTION_SCHEDULED", _PLANNED[dice[1] % 2])
    waiting = (max(0.45 * pace, first), "ON_HOLD", _WAITING)
    tags = request.description.lower()
    if "[not ours]" in tags:
        words = "This belongs to another body, not to us."
        return [seen, (planned[0], "NOT_COUNCILS_RESPONSIBILITY", words)]
    if "[decline]" in tags:
        words = "We looked and found nothing to repair."
        return [seen, (planned[0], "NO_FURTHER_ACTION", words)]
    if "[hold]" in tags:
        return [seen, planned, waiting]
    steps = [seen, planned]
    if dice[2] % 6 == 0:
        steps.append(waiting)
    steps.append((max(0.6 * pace, first), "IN_PROGRESS", _STARTED[dice[3] % 2]))
    steps.append((max((0.85 + dice[4] / 1700) * pace, first), "FIXED", _DONE[dice[5] % 2]))
    return steps
