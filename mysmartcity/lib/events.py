"""How an action says that something happened: events go up, by the one table in config/reactions.py.

An event is a frozen dataclass in the past tense that carries ids and plain values only, never words of
people or contact details. `publish` runs inside the caller's transaction, and the reactions defer
background tasks in that same transaction: after a rollback nothing is left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """What every event is."""


Reaction = Callable[[Event], object]

_table: dict[type[Event], Sequence[Reaction]] = {}


class UnknownEvent(LookupError):
    """An event is missing from the reactions table; an empty list there says "nobody cares"."""


def set_reactions(table: Mapping[type[Event], Sequence[Reaction]]) -> None:
    """Install the reactions table; called once at start-up."""
    _table.clear()
    _table.update(table)


def publish(event: Event) -> None:
    """Tell everyone listed for this event. Raises UnknownEvent when it is not in the table."""
    if type(event) not in _table:
        raise UnknownEvent(type(event).__name__)
    for reaction in _table[type(event)]:
        reaction(event)
