"""Places by a typed name: typos, parts, cities, wards, points, and any text at all."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.models import AreaKind
from mysmartcity.places.search import Hit, search
from tests.places.files import dot, feature, load, square

METROS = [
    feature(square(18, -34), code="CPT", name="City of Cape Town"),
    feature(square(28, -27), code="JHB", name="City of Johannesburg"),
]
CAPE_SUBURBS = ["Khayelitsha", "Mitchells Plain", "Woodstock", "Newlands", "Bo-Kaap"]


@pytest.fixture(autouse=True)
def _two_cities(db: None, tmp_path: Path) -> None:
    names = {"CPT": ("Kaapstad", "iKapa")}
    load(tmp_path, "metros", AreaKind.MUNICIPALITY, METROS, extra_names=names)
    suburbs = [
        feature(square(18 + place / 8, -34, size=0.1), code=name, name=name)
        for place, name in enumerate(CAPE_SUBURBS)
    ]
    load(tmp_path, "suburbs-cpt", AreaKind.SUBURB, suburbs, municipality="CPT")
    others = [
        feature(dot(28.1 + place / 8, -26.5), code=name, name=name)
        for place, name in enumerate(["Sandton", "Newlands", "Randburg"])
    ]
    load(tmp_path, "places-jhb", AreaKind.PLACE, others, municipality="JHB")
    doubled = [feature(dot(18.3, -33.95), code="w", name="Woodstock")]
    load(tmp_path, "places-cpt", AreaKind.PLACE, doubled, municipality="CPT")
    for code, west in (("CPT", 18), ("JHB", 28)):
        wards = [
            feature(
                square(west, -34 if code == "CPT" else -27, size=0.1), code=f"{code}{no}", no=no
            )
            for no in (5, 57)
        ]
        spec = {"name_field": "no", "name_format": "Ward {}", "municipality": code}
        load(tmp_path, f"wards-{code.lower()}", AreaKind.WARD, wards, **spec)


def best(text: str, **where: object) -> str:
    """The first hit in words, or an empty text."""
    hits = search(text, **where)  # type: ignore[arg-type]
    return f"{hits[0].name}, {hits[0].detail}" if hits else ""


def test_it_works() -> None:
    hit = search("woodstock")[0]
    assert (hit.name, hit.kind, hit.detail) == ("Woodstock", "suburb", "Suburb in Cape Town")
    assert hit.slug == "woodstock-cpt"
    assert -34 < hit.lat < -33.9
    assert 18.25 < hit.lng < 18.35


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Kayelitsha", "Khayelitsha"),
        ("KHAYELITSHA", "Khayelitsha"),
        ("Mitchels plein", "Mitchells Plain"),
        ("plain", "Mitchells Plain"),
        ("Sandten", "Sandton"),
        ("wood", "Woodstock"),
        ("wo", "Woodstock"),
        ("bokaap", "Bo-Kaap"),
        ("12 Albert Road Woodstock", "Woodstock"),
        ("Kaapstad", "City of Cape Town"),
        ("cape town", "City of Cape Town"),
        ("cpt", "City of Cape Town"),
    ],
)
def test_typos_parts_and_other_names(typed: str, meant: str) -> None:
    assert search(typed)[0].name == meant


def test_the_city_typed_lived_in_or_near_decides_between_like_names() -> None:
    assert best("Newlands, Johannesburg") == "Newlands, Place in Johannesburg"
    assert best("newlands iKapa") == "Newlands, Suburb in Cape Town"
    assert best("newlands", municipality_code="JHB") == "Newlands, Place in Johannesburg"
    assert best("newlands", municipality_code="CPT") == "Newlands, Suburb in Cape Town"
    assert best("newlands", near=Point(-26.5, 28.2)) == "Newlands, Place in Johannesburg"


def test_a_wish_for_nearness_does_not_beat_the_name() -> None:
    assert best("sandton", municipality_code="CPT") == "Sandton, Place in Johannesburg"


@pytest.mark.parametrize("typed", ["ward 57", "Ward 57", "57", "wyk 57", "WARD57"])
def test_wards_by_number(typed: str) -> None:
    details = [(hit.name, hit.detail) for hit in search(typed)]
    assert details == [("Ward 57", "Ward in Cape Town"), ("Ward 57", "Ward in Johannesburg")]
    assert best(typed, municipality_code="JHB") == "Ward 57, Ward in Johannesburg"
    assert search("ward 57, johannesburg")[0].detail == "Ward in Johannesburg"


def test_a_typed_point() -> None:
    assert search("-33.95, 18.3") == [
        Hit("-33.95000, 18.30000", "point", "Woodstock, Cape Town", -33.95, 18.3, "", 100.0)
    ]
    assert search("-33.95 18.3")[0].kind == "point"
    assert search("95.0, 18.3") == search("-33.9, 190.5") == []


def test_one_place_is_offered_once_and_the_limit_holds() -> None:
    assert [hit.kind for hit in search("woodstock")] == ["suburb"]
    assert len(search("newlands", limit=1)) == 1
    assert search("newlands", limit=0) == []


@pytest.mark.parametrize("typed", ["", "  ", "zzqqxxyy", "—", "ტბილისი", "\x00", ","])
def test_nothing_alike_is_an_empty_list(typed: str) -> None:
    assert search(typed) == []


def test_a_new_import_is_found_at_once(tmp_path: Path) -> None:
    assert search("Muizenberg") == []
    new = [feature(square(18, -34, size=0.1), code="m", name="Muizenberg")]
    load(tmp_path, "more", AreaKind.SUBURB, new, municipality="CPT")
    # The test's transaction is never committed, so nobody tells this process.
    index_is_told()
    assert best("Muizenberg") == "Muizenberg, Suburb in Cape Town"


def index_is_told() -> None:
    """What a commit does after an import."""
    index.look_again()


@given(text=st.text(max_size=200), limit=st.integers(-1, 10))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_raises(text: str, limit: int) -> None:
    assert len(search(text, limit=limit)) <= max(0, limit) or limit < 1
