"""When a published promise falls due: hours, or working days with South African public holidays."""

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

import holidays

from mysmartcity.lib.clock import CITY_ZONE

END_OF_WORK = time(17, 0)
"""A promise in working days is kept until the offices close on its last day."""


class Level(Protocol):
    """What a category says about its promise."""

    level_hours: int | None
    level_working_days: int | None


@lru_cache(maxsize=8)
def _public_holidays(year: int) -> frozenset[object]:
    """The public holidays of a year, with the Monday after a Sunday (Public Holidays Act 36 of 1994)."""
    return frozenset(holidays.country_holidays("ZA", years=year))


def is_working_day(day: datetime) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < 5 and day.date() not in _public_holidays(day.year)


def due_at(start: datetime, level: Level) -> datetime | None:
    """When what was promised falls due for a report made at `start` (aware); None without a promise.

    Working days count from the day after the report.
    """
    if level.level_hours is not None:
        return start + timedelta(hours=level.level_hours)
    if level.level_working_days is None:
        return None
    day = start.astimezone(CITY_ZONE)
    left = level.level_working_days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return datetime.combine(day.date(), END_OF_WORK, CITY_ZONE)
