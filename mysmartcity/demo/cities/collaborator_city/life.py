"""How an object moves along: a pure function of time, so that every start tells the same story."""

from dataclasses import dataclass

FIRST_SECONDS = 45.0
"""However slow the pace, it is registered within this time."""


@dataclass(frozen=True)
class Stand:
    """How an object stands: the status (F15), and the municipality's own number (F14), if it has one."""

    status: str
    own_number: str


def stand(number: int, words: str, *, age: float, pace: float, is_backwards: bool = False) -> Stand:
    """After `age` seconds of a life of `pace`. [hold] in the words stays assigned, [odd] is assigned
    without a number of the municipality's own: a state that nobody described.
    """
    own = str(370_000 + number)
    tags = words.lower()
    if age < min(0.12 * pace, FIRST_SECONDS):
        return Stand("Initial", "")
    if age < 0.35 * pace:
        return Stand("Registered", "")
    if "[odd]" in tags:
        return Stand("Assigned", "")
    if age < 0.8 * pace or "[hold]" in tags or is_backwards:
        return Stand("Assigned", own)
    return Stand("Completed" if age < pace else "Finalised", own)
