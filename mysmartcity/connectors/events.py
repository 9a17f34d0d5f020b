"""What happened in the exchange that background work follows. Plain values only."""

from dataclasses import dataclass

from mysmartcity.lib.events import Event


@dataclass(frozen=True)
class NewsAsked(Event):
    """An operator wants a system to be asked for news now."""

    connection_id: int


@dataclass(frozen=True)
class ComparisonAsked(Event):
    """An operator wants our view compared with a system's now."""

    connection_id: int
