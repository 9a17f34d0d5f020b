"""Fixed windows that count each address or key for itself."""

from datetime import UTC, datetime, timedelta

import pytest

from mysmartcity.lib import clock, limits

NOON = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)


def once(who: str = "a") -> None:
    limits.count("thing", who=who, allowed=2, seconds=60)


def test_the_limit_names_the_seconds_left_and_recovers() -> None:
    with clock.frozen(NOON):
        once()
        once()
        with pytest.raises(limits.TooOften) as refused:
            once()
        assert refused.value.retry_after == 30
        once("b")
    with clock.frozen(NOON + timedelta(seconds=30)):
        once()


def test_no_limit_is_no_limit() -> None:
    for _number in range(9):
        limits.count("thing", who="a", allowed=0, seconds=60)


def test_ten_thousand_other_entries_push_no_count_out() -> None:
    with clock.frozen(NOON):
        once()
        once()
        for number in range(10_000):
            limits.count("other", who=str(number), allowed=1, seconds=60)
        with pytest.raises(limits.TooOften):
            once()
