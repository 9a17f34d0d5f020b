"""Single values in the spellings met in real servers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.open311.values import (
    identifier,
    moment,
    number,
    place,
    text,
    truth,
)
from mysmartcity.lib.clock import CITY_ZONE

TEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Ten in the morning in Johannesburg."""


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00Z", "2026-11-23t08:00:00z",
        "2026-11-23T10:00:00+0200", "2026-11-23T10:00:00 02:00", "2026-11-23T10:00:00 +02:00",
        "2026-11-23 10:00:00", "2026-11-23 10:00:00.0", "2026-11-23T10:00:00.000000",
        "2026-11-23T10:00", "2026-11-23 08:00:00 UTC", "2026-11-23 10:00:00 SAST",
        "2026/11/23 10:00:00", "20261123T100000", "20261123100000", "23/11/2026 10:00",
        "23.11.2026 10:00:00", "11/23/2026 10:00:00", "11/23/2026 10:00:00 AM",
        "Mon, 23 Nov 2026 10:00:00 +0200", "23 Nov 2026 08:00:00 GMT", 1795420800, "1795420800",
        "1795420800000", "/Date(1795420800000)/", ["2026-11-23T10:00:00+02:00"],
        "  2026-11-23T10:00:00+02:00 \n",
    ],
)  # fmt: skip
def test_one_moment_in_many_spellings(written: object) -> None:
    assert moment(written, zone=CITY_ZONE) == TEN


def test_parts_that_matter() -> None:
    assert moment("2012-05-22 23:57:23.97", zone=UTC) == datetime(
        2012, 5, 22, 23, 57, 23, 970000, UTC
    )
    assert moment("05/04/2026 01:00", zone=UTC) == datetime(2026, 4, 5, 1, tzinfo=UTC)
    assert moment("05/04/2026 1:00 pm", zone=UTC) == datetime(2026, 5, 4, 13, tzinfo=UTC)
    assert moment("2026-11-23", zone=CITY_ZONE) == datetime(2026, 11, 22, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        None, "", [], {}, True, "soon", "0000-00-00T00:00:00", "2026-13-01", "2026-02-30T10:00:00Z",
        "99/99/2026", "25:00", "7", "-1", "x" * 5000, "2026-11-23T10:00:00+99:00", "Mon, 99 Foo 2026",
        "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", float("nan"),
    ],
)  # fmt: skip
def test_what_is_no_moment(written: object) -> None:
    assert moment(written, zone=CITY_ZONE) is None


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarter: timezone(timedelta(minutes=15 * quarter))),
    st.sampled_from(["T", " ", "t"]),
)
def test_every_iso_moment_comes_back(when: datetime, zone: timezone, between: str) -> None:
    aware = when.replace(tzinfo=zone)
    assert moment(aware.isoformat(sep=between), zone=CITY_ZONE) == aware
    assert moment(when.isoformat(sep=between), zone=zone) == aware


@given(st.text(max_size=40) | st.floats() | st.integers() | st.lists(st.text(max_size=5)))
def test_no_value_breaks_a_reader(value: object) -> None:
    found = moment(value, zone=CITY_ZONE)
    assert found is None or found.tzinfo is UTC
    assert text(value) == text([value])
    assert identifier(value) != ""
    number(value)
    truth(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (" a ", "a"), (True, "true"), (3.0, "3"), (2.5, "2.5"), ([["x"]], "x"), ([], "")],
)
def test_text(value: object, shown: str) -> None:
    assert text(value) == shown


@pytest.mark.parametrize("value", ["", " ", "null", "None", None, [], [None]])
def test_no_id(value: object) -> None:
    assert identifier(value) is None


def test_yes_and_no() -> None:
    assert all(truth(value) for value in (True, "True", "true", "TRUE", 1, "1", "yes"))
    assert not any(truth(value) for value in (False, "False", "no", None, "", 0, "maybe"))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_places_come_back(lat: float, lng: float) -> None:
    expected = (None, None) if lat == lng == 0 else (lat, lng)
    assert place(lat, lng) == expected
    assert place(repr(lat), [repr(lng)]) == expected


@pytest.mark.parametrize(
    ("lat", "lng"),
    [("0.0", "0.0"), (91, 0), (0, 181), ("nan", 1), ("inf", 1), ("x", 1), (None, 1), ("1,2,3", 1)],
)
def test_no_place(lat: object, lng: object) -> None:
    assert place(lat, lng) == (None, None)
