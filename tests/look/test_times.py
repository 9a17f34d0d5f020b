"""Moments in the words people use, at a frozen Friday afternoon in Cape Town."""

from datetime import UTC, datetime, timedelta

import pytest

from mysmartcity.lib import clock
from mysmartcity.look import times

NOW = datetime(2026, 5, 1, 14, 30, tzinfo=clock.CITY_ZONE)


def at(day: int, hour: int, minute: int = 0, *, month: int = 5, year: int = 2026) -> datetime:
    """A moment on the cities' clocks."""
    return datetime(year, month, day, hour, minute, tzinfo=clock.CITY_ZONE)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=59), "just now"),
        (NOW - timedelta(seconds=60), "1 minute ago"),
        (NOW - timedelta(minutes=59), "59 minutes ago"),
        (at(1, 13, 30), "today 13:30"),
        (at(1, 0), "today 00:00"),
        (at(1, 18), "today 18:00"),
        (at(30, 23, 59, month=4), "yesterday 23:59"),
        (at(29, 23, 59, month=4), "Wed 29 Apr"),
        (at(31, 12, year=2025, month=12), "31 Dec 2025"),
        (at(2, 9), "tomorrow 09:00"),
        (at(3, 9), "in 2 days"),
        (at(7, 9), "in 6 days"),
        (at(8, 9), "Fri 8 May"),
    ],
)
def test_when(moment: datetime, words: str):
    assert times.when_words(moment, now=NOW) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(1, 17), "due today 17:00"),
        (at(1, 9), "was due today 09:00"),
        (at(2, 17), "due tomorrow"),
        (at(3, 17), "due Sunday"),
        (at(7, 17), "due Thursday"),
        (at(8, 17), "due Fri 8 May"),
        (at(3, 9, year=2027), "due 3 May 2027"),
        (at(30, 23, month=4), "1 day late"),
        (at(28, 9, month=4), "3 days late"),
    ],
)
def test_due(moment: datetime, words: str):
    assert times.due_words(moment, now=NOW) == words


def test_a_late_evening_in_utc_is_the_next_day_in_the_city():
    assert times.when_words(datetime(2026, 4, 30, 22, 30, tzinfo=UTC), now=NOW) == "today 00:30"


def test_the_element_carries_the_exact_moment():
    shown = times.when(datetime(2026, 5, 1, 12, 10, tzinfo=UTC), now=NOW + timedelta(hours=2))
    assert shown == (
        '<time datetime="2026-05-01T14:10:00+02:00" title="Friday 1 May 2026, 14:10">'
        "today 14:10</time>"
    )


def test_the_clock_is_asked_when_no_moment_is_given():
    with clock.frozen(NOW):
        assert times.when_words(NOW - timedelta(minutes=5)) == "5 minutes ago"
        assert times.due_is_past(NOW - timedelta(seconds=1))
        assert not times.due_is_past(NOW)


def test_a_promise_in_a_mail_names_its_day():
    assert times.promised_words(at(8, 9), now=NOW) == "promised by Friday 8 May"
    assert times.promised_words(at(30, 9, month=4), now=NOW) == "was promised by Thursday 30 April"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        times.when_words(datetime(2026, 5, 1))
