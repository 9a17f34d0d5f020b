"""How the exchange went over time: counts and durations in steps of five minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mysmartcity.connectors.models import Connection, ExchangeFigure

STEP: Final = timedelta(minutes=5)
BOUNDS: Final = (50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200)
"""Upper bounds of the buckets of durations, in milliseconds; the last bucket has none."""


@dataclass(frozen=True)
class Bar:
    """Five minutes of one direction; `p95_ms` is None where nothing was called."""

    begins_at: datetime
    is_out: bool
    ok_count: int
    error_count: int
    p95_ms: int | None


def figures_of(connection: Connection, *, since: datetime) -> list[Bar]:
    """Every bar of a connection since a moment, oldest first."""
    found = ExchangeFigure.objects.filter(connection=connection, begins_at__gte=since)
    return [
        Bar(one.begins_at, one.is_out, one.ok_count, one.error_count, p95_of(one.buckets))
        for one in found.order_by("begins_at", "is_out")
    ]


def p95_of(buckets: list[int]) -> int | None:
    """The upper bound of the bucket in which the 95th of a hundred calls lies."""
    total, seen = sum(buckets), 0
    for place, count in enumerate(buckets):
        seen += count
        if total and seen >= 0.95 * total:
            return BOUNDS[min(place, len(BOUNDS) - 1)]
    return None
