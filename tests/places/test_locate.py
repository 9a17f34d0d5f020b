"""Which areas hold a point: borders, sea, overlaps, a newer version, and any point at all."""

import time
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.index import AreaIndex, Entry, FoundArea
from mysmartcity.places.locate import entries_at, locate, municipality_of
from mysmartcity.places.models import Area, AreaKind, Layer
from tests.places.files import feature, load, square


def names(point: Point) -> list[str]:
    return [area.name for area in locate(point)]


@pytest.fixture
def country(tmp_path: Path) -> None:
    """A province of 4 x 2 degrees, two metros side by side in its west, a coarse neighbour east."""
    province = shapely.geometry.mapping(shapely.box(18, -34, 22, -32))
    load(tmp_path, "provinces", AreaKind.PROVINCE, [feature(province, code="WC", name="West")])
    metros = [
        feature(square(18, -34), code="AAA", name="Alpha"),
        feature(square(19, -34), code="BBB", name="Beta"),
    ]
    load(tmp_path, "metros", AreaKind.MUNICIPALITY, metros)
    coarse = [
        feature(square(19.9, -34), code="ABC", name="Coarse"),
        feature(square(17.5, -34), code="AAA", name="Coarse Alpha"),
    ]
    load(tmp_path, "others", AreaKind.MUNICIPALITY, coarse, approximate=True)
    wards = [
        feature(square(18, -34, size=0.5), code="1", no=1, m="AAA"),
        feature(square(18.5, -34, size=0.6), code="2", no=2, m="AAA"),
        feature(square(19, -34, size=0.5), code="3", no=3, m="BBB"),
    ]
    fields = {"name_field": "no", "name_format": "Ward {}", "municipality_field": "m"}
    load(tmp_path, "wards", AreaKind.WARD, wards, **fields)
    suburbs = [
        feature(square(18.125, -33.875, size=0.125), code="small", name="Inner"),
        feature(square(18, -34, size=0.5), code="big", name="Outer"),
        feature(square(18.25, -33.875, size=0.125), code="next", name="Next"),
    ]
    load(tmp_path, "suburbs", AreaKind.SUBURB, suburbs, municipality="AAA")


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_it_works_from_large_to_small() -> None:
    assert names(Point(-33.8, 18.2)) == ["West", "Alpha", "Ward 1", "Outer", "Inner"]
    found = municipality_of(locate(Point(-33.8, 18.2)))
    assert found is not None
    assert (found.kind, found.slug, found.municipality_code) == ("municipality", "alpha", "AAA")
    assert municipality_of(()) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_point_on_a_border_belongs_to_the_smaller_code() -> None:
    # On the line of Alpha and Beta; Ward 2 of Alpha reaches over it, Ward 3 begins at it.
    assert names(Point(-33.7, 19.0)) == ["West", "Alpha", "Ward 2"]
    # On the line of Ward 1 and Ward 2.
    assert names(Point(-33.55, 18.5)) == ["West", "Alpha", "Ward 1", "Outer"]
    # On the line of Inner (small) and Next (next), inside Outer.
    assert names(Point(-33.8, 18.25)) == ["West", "Alpha", "Ward 1", "Outer", "Next"]
    # A corner of everything.
    assert names(Point(-34.0, 18.0)) == ["West", "Alpha", "Ward 1", "Outer"]


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_detailed_speaks_before_coarse_and_wards_follow_the_municipality() -> None:
    assert names(Point(-33.7, 19.95)) == ["West", "Beta"]  # the coarse neighbour overlaps here
    assert names(Point(-33.7, 20.5)) == ["West", "Coarse"]
    assert names(Point(-33.7, 19.05)) == ["West", "Beta", "Ward 3"]  # Ward 2 of Alpha overlaps
    assert names(Point(-33.7, 17.6)) == []  # only in the coarse twin of Alpha


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_the_shore_belongs_to_the_metro_and_the_sea_to_nobody() -> None:
    pier = Point(-34.0020, 18.55)  # 222 m out
    assert names(pier) == ["West", "Alpha"]
    assert names(Point(-34.0035, 18.55)) == []  # 389 m out
    assert names(Point(-34.0020, 20.5)) == []  # before a coarse outline nothing is known so exactly
    assert names(Point(-31.5, 18.5)) == []
    assert names(Point(-32.5, 18.5)) == ["West"]
    assert names(Point(90, 180)) == names(Point(-90, -180)) == names(Point(0, 0)) == []


@pytest.mark.django_db
def test_nothing_imported_is_no_failure() -> None:
    assert locate(Point(-33.9, 18.4)) == ()


@pytest.mark.django_db
def test_a_new_version_is_seen_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    load(tmp_path, "m", AreaKind.MUNICIPALITY, [feature(square(18, -34), code="A", name="Before")])
    assert names(Point(-33.5, 18.5)) == ["Before"]
    # As another process would: this one is not told.
    Area.objects.update(name="After")
    Layer.objects.update(version=2)
    moment[0] += index.CHECK_SECONDS - 0.1
    assert names(Point(-33.5, 18.5)) == ["Before"]
    moment[0] += 0.2
    assert names(Point(-33.5, 18.5)) == ["After"]


@pytest.mark.django_db
def test_between_two_looks_the_database_is_not_asked(
    tmp_path: Path, django_assert_num_queries: object
) -> None:
    load(tmp_path, "m", AreaKind.MUNICIPALITY, [feature(square(18, -34), code="A", name="A")])
    locate(Point(-33.5, 18.5))
    with django_assert_num_queries(0):  # type: ignore[operator]
        locate(Point(-33.5, 18.5))
        locate(Point(-40.0, 18.5))


# --- Any areas, any point -------------------------------------------------------------------------

KINDS = [AreaKind.PROVINCE, AreaKind.MUNICIPALITY, AreaKind.WARD, AreaKind.SUBURB]
# Whole and half degrees, so that points fall on borders and corners all the time.
HALVES = st.integers(-4, 4).map(lambda number: number / 2)


def made_index(boxes: list[tuple[AreaKind, float, float, float, bool, str]]) -> AreaIndex:
    entries = []
    for number, (kind, west, south, size, is_approximate, municipality) in enumerate(
        boxes, start=1
    ):
        shape = shapely.box(west, south, west + size, south + size)
        code = f"{municipality}" if kind == AreaKind.MUNICIPALITY else f"c{number}"
        area = FoundArea(number, kind, code, f"s{number}", code, municipality, is_approximate)
        middle = Point(south + size / 2, west + size / 2)
        entries.append(Entry(area, (), middle, None, shape, size * size))  # type: ignore[arg-type]
    return AreaIndex(entries)


BOXES = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        HALVES,
        HALVES,
        st.sampled_from([0.5, 1.0, 2.0]),
        st.booleans(),
        st.sampled_from(["A", "B", "C"]),
    ),
    max_size=12,
)


@given(boxes=BOXES, lat=HALVES, lng=HALVES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_point_has_one_municipality_and_agrees_with_brute_force(
    boxes: list[tuple[AreaKind, float, float, float, bool, str]], lat: float, lng: float
) -> None:
    areas = made_index(boxes)
    found = entries_at(areas, Point(lat, lng))
    kinds = [entry.area.kind for entry in found]
    for kind in (AreaKind.PROVINCE, AreaKind.MUNICIPALITY, AreaKind.WARD):
        assert kinds.count(kind) <= 1
    assert kinds == sorted(kinds, key=KINDS.index)
    place = shapely.Point(lng, lat)
    held = [entry for entry in areas.entries if entry.shape.covers(place)]
    municipalities = [entry for entry in held if entry.area.kind == AreaKind.MUNICIPALITY]
    its_own = next((one for one in found if one.area.kind == AreaKind.MUNICIPALITY), None)
    first = min(
        municipalities,
        key=lambda one: (
            one.area.is_approximate,
            not one.shape.contains_properly(place),
            one.area.code,
            one.area.id,
        ),
        default=None,
    )
    assert its_own is first
    for entry in found:
        if entry.area.kind != AreaKind.PROVINCE:
            assert entry in held
    for entry in held:  # what lies properly inside a suburb of the right municipality is never lost
        same = (
            its_own is not None and entry.area.municipality_code == its_own.area.municipality_code
        )
        if entry.area.kind == AreaKind.SUBURB and same and entry.shape.contains_properly(place):
            assert entry in found


@given(lat=st.floats(-90, 90), lng=st.floats(-180, 180))
@settings(max_examples=100, deadline=None)
def test_no_point_on_earth_raises(lat: float, lng: float) -> None:
    areas = made_index([(AreaKind.MUNICIPALITY, 18.0, -34.0, 1.0, False, "A")])
    assert len(entries_at(areas, Point(lat, lng))) <= 1
