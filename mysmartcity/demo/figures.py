"""A week of figures for every connection of the demo: days and nights, outages, a slow system."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from mysmartcity.connectors.figures import BOUNDS
from mysmartcity.connectors.models import Connection, ExchangeFigure
from mysmartcity.lib import clock

DAYS: Final = 7
STEP: Final = timedelta(minutes=30)


class DemoFigures:
    """Makes the rows; the same seed gives the same week."""

    def __init__(self, chance: random.Random, now: datetime) -> None:
        self.random = chance
        self.now = now

    def of(self, connections: Sequence[Connection]) -> Iterator[ExchangeFigure]:
        """Every half hour of a week in both directions."""
        first = self.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        for number, connection in enumerate(connections):
            busy = self.random.choice((3, 8, 20, 45))
            for place in range(int((self.now - first) / STEP)):
                at = first + place * STEP
                for is_out in (True, False):
                    yield self._figure(connection, at, busy=busy, number=number, is_out=is_out)

    def _figure(
        self, connection: Connection, at: datetime, *, busy: int, number: int, is_out: bool
    ) -> ExchangeFigure:
        hour = at.astimezone(clock.CITY_ZONE).hour
        rhythm = 0.15 + max(0.0, math.sin((hour - 5) / 15 * math.pi))
        count = int(busy * rhythm * self.random.uniform(0.6, 1.3) * (1 if is_out else 1.6))
        errors = sum(self.random.random() < 0.004 for _one in range(count))
        age = self.now - at
        if connection.body.slug == "capetown-electricity" and age < timedelta(hours=3, minutes=10):
            count, errors = 0, self.random.randint(6, 14)
        if connection.body.slug == "johannesburg-water" and age < timedelta(hours=9):
            count, errors = 0, 0
        if number % 7 == 3 and timedelta(hours=14) < age < timedelta(hours=16):
            errors += self.random.randint(1, 5)
        slow = connection.body.slug == "ethekwini-water" and age < timedelta(hours=5)
        return ExchangeFigure(
            connection=connection,
            begins_at=at,
            is_out=is_out,
            ok_count=count,
            error_count=errors,
            buckets=self._buckets(count + errors, slow=slow),
        )

    def _buckets(self, count: int, *, slow: bool) -> list[int]:
        """Durations around 300 ms, or around 8 seconds."""
        buckets = [0] * (len(BOUNDS) + 1)
        for _one in range(count):
            took = self.random.lognormvariate(math.log(8000 if slow else 260), 0.6)
            buckets[next((n for n, most in enumerate(BOUNDS) if took <= most), len(BOUNDS))] += 1
        return buckets
