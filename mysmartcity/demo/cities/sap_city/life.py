"""How a notification moves along: a pure function of time, so that every start tells the same story."""

from dataclasses import dataclass

FIRST_SECONDS = 45.0
"""However slow the pace, it is in process within this time."""

PHASES = {
    "1": "Outstanding",
    "2": "Postponed",
    "3": "In process",
    "4": "Completed",
    "5": "Deletion flag",
}


@dataclass(frozen=True)
class Stand:
    """The processing phase, and since when (seconds since 1970)."""

    phase: str
    since: float


def stand(
    words: str, *, made_at: float, now: float, pace: float, is_backwards: bool = False
) -> Stand:
    """How a notification stands. [hold] in the words is postponed, [odd] gets a phase of its own."""
    tags, age = words.lower(), now - made_at
    first = min(0.3 * pace, FIRST_SECONDS)
    if age < first:
        return Stand("1", made_at)
    if age < pace:
        return Stand("2" if "[hold]" in tags else "3", made_at + first)
    if is_backwards:
        return Stand("3", made_at + pace + 0.01)
    if "[hold]" in tags:
        return Stand("2", made_at + first)
    return Stand("5" if "[odd]" in tags else "4", made_at + pace)
