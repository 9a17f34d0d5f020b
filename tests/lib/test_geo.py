"""Points and boxes from text that people and machines send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.lib import geo
from mysmartcity.lib.geo import BadPoint, Point

lats = st.floats(-85, 85)
lngs = st.floats(-179, 179)


@pytest.mark.parametrize(
    ("lat", "lng"),
    [("91", "0"), ("nan", "0"), ("0", "inf"), ("x", "0"), ("1_0", "0"), ("", "0"), ("0", "181")],
)
def test_what_is_no_place_is_refused(lat: str, lng: str) -> None:
    with pytest.raises(BadPoint):
        geo.read_point(lat, lng)


@pytest.mark.parametrize("text", ["", "1,2,3", "2,1,1,3", "a,b,c,d", "1,2,3,nan", "1,2,3,4,5"])
def test_a_bad_box_is_refused(text: str) -> None:
    with pytest.raises(BadPoint):
        geo.read_box(text)


def test_a_box_reads_west_south_east_north() -> None:
    box = geo.read_box("18.3,-34.4,18.9,-33.5")
    assert (box.west, box.south, box.east, box.north) == (18.3, -34.4, 18.9, -33.5)


def test_distance_from_cape_town_to_johannesburg() -> None:
    metres = geo.distance(Point(-33.9249, 18.4241), Point(-26.2041, 28.0473))
    assert metres == pytest.approx(1_262_000, rel=0.01)


@given(lats, lngs, st.floats(1, 5000))
def test_the_box_around_a_point_holds_the_circle(lat: float, lng: float, metres: float) -> None:
    box = geo.box_around(Point(lat, lng), metres)
    assert geo.distance(Point(lat, lng), Point(box.north, lng)) >= metres * 0.999
    assert box.south < lat < box.north


@given(lats, lngs)
def test_the_coarse_point_is_near_but_says_no_more_than_its_cell(lat: float, lng: float) -> None:
    point = Point(lat, lng)
    public = geo.coarse(point)
    assert geo.distance(point, public) < 400
    assert geo.coarse(public) == public


@given(lats, lngs)
def test_a_cell_fits_a_bigint(lat: float, lng: float) -> None:
    number = geo.cell(Point(lat, lng), 9)
    assert 0 < number < 2**63
    assert 0 < geo.parent_cell(number, 7) < number
