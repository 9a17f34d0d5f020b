"""A point in words, and outlines for a map without tiles."""

import json
from pathlib import Path

import pytest

from mysmartcity.lib.geo import Box, Point
from mysmartcity.places import shapes
from mysmartcity.places.describe import describe
from mysmartcity.places.models import Area, AreaKind
from tests.places.files import dot, feature, load, square


@pytest.fixture(autouse=True)
def _city(db: None, tmp_path: Path) -> None:
    province = [feature(square(17, -35, size=4), code="WC", name="Western Cape")]
    load(tmp_path, "provinces", AreaKind.PROVINCE, province)
    metro = [feature(square(18, -34), code="CPT", name="City of Cape Town")]
    load(tmp_path, "metros", AreaKind.MUNICIPALITY, metro)
    ward = [feature(square(18.5, -34, size=0.5), code="w", name="Ward 57")]
    load(tmp_path, "wards", AreaKind.WARD, ward, municipality="CPT")
    suburbs = [
        feature(square(18, -34, size=0.05), code="small", name="Woodstock"),
        feature(square(18.2, -34, size=0.3), code="town", name="Big Town"),
        feature(square(18, -33.2, size=0.05), code="same", name="Cape Town"),
    ]
    load(tmp_path, "suburbs", AreaKind.SUBURB, suburbs, municipality="CPT")
    places = [
        feature(dot(18.25, -33.95), code="p", name="Protea Glen"),
        feature(dot(18.6, -33.95), code="q", name="Lookout"),
        feature(dot(19.001, -33.5), code="r", name="Over the border"),
    ]
    load(tmp_path, "places", AreaKind.PLACE, places, municipality="CPT")
    Area.objects.filter(code="r").update(municipality_code="OTHER")


@pytest.mark.parametrize(
    ("lat", "lng", "words"),
    [
        (-33.98, 18.02, "Woodstock, Cape Town"),
        (-33.95, 18.26, "near Protea Glen, Cape Town"),  # inside a suburb as large as a town
        (-33.80, 18.30, "Big Town, Cape Town"),
        (-33.95, 18.61, "near Lookout, Cape Town"),
        (-33.80, 18.80, "Ward 57, Cape Town"),
        (-33.18, 18.02, "Cape Town"),
        (-33.50, 18.999, "Ward 57, Cape Town"),
        (-34.50, 18.00, "Western Cape"),
        (-40.00, 10.00, ""),
    ],
)
def test_describe(lat: float, lng: float, words: str) -> None:
    assert describe(Point(lat, lng)) == words


def test_an_outline_is_small_geojson_and_made_once() -> None:
    metro = Area.objects.get(code="CPT")
    drawn = shapes.outline(metro.pk)
    assert drawn is not None
    assert json.loads(json.dumps(drawn))["geometry"]["type"] == "Polygon"
    assert drawn["properties"]["slug"] == "cape-town"
    assert shapes.outline(metro.pk, tolerance=0.0011) is drawn
    assert shapes.outline(Area.objects.get(code="p").pk) is None
    assert shapes.outline(0) is None


def test_outlines_in_a_box_are_limited_the_largest_first() -> None:
    box = Box(-34, 18, -33.9, 18.4)
    found = [one["properties"]["name"] for one in shapes.outlines_in(box)]
    assert found == ["Big Town", "Woodstock"]
    assert len(shapes.outlines_in(box, limit=1)) == 1
    assert shapes.outlines_in(box, municipality_code="JHB") == []
    assert shapes.box_of(Area.objects.get(code="CPT").pk) == Box(-34, 18, -33, 19)
    assert shapes.box_of(0) is None
