"""The only place that asks what time it is, so that tests can stop the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Africa/Johannesburg")
"""All five metros share South African Standard Time (UTC+2, no summer time)."""

_frozen: list[datetime] = []


def now() -> datetime:
    """The present moment, aware, in UTC; the innermost `frozen()` moment in a test."""
    return _frozen[-1] if _frozen else datetime.now(UTC)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at an aware `moment` for a test."""
    _frozen.append(moment)
    try:
        yield
    finally:
        _frozen.pop()
