"""The boundary files of this project: all are taken, in time, and known places lie where they should."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoDbBlocker

from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.actions import import_layer
from mysmartcity.places.layers import read_layers
from mysmartcity.places.locate import locate, municipality_of
from mysmartcity.places.models import Area
from mysmartcity.places.search import search

LISTING = Path(settings.REFERENCE_DATA) / "boundaries" / "layers.yaml"

pytestmark = pytest.mark.skipif(not LISTING.exists(), reason="data/boundaries is not here")


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[float]:
    """All layers, once for this file, rolled back afterwards; gives the seconds it took."""
    with django_db_blocker.unblock(), transaction.atomic():
        began = time.perf_counter()
        for one in read_layers(LISTING):
            import_layer(file=one.file, layer=one.layer)
        yield time.perf_counter() - began
        transaction.set_rollback(True)


@pytest.mark.usefixtures("imported")
def test_every_file_is_taken_quickly(imported: float) -> None:
    index.look_again()
    assert imported < 10
    assert Area.objects.current().of_kind("ward").of_municipality("CPT").count() == 116
    assert Area.objects.current().of_kind("municipality").count() == 213


@pytest.mark.parametrize(
    ("place", "lat", "lng", "code"),
    [
        ("Cape Town City Hall", -33.9249, 18.4241, "CPT"),
        ("Robben Island", -33.8069, 18.3712, "CPT"),
        ("Khayelitsha", -34.0400, 18.6800, "CPT"),
        ("Sandton City", -26.1076, 28.0567, "JHB"),
        ("Vilakazi Street, Soweto", -26.2386, 27.9083, "JHB"),
        ("Church Square, Pretoria", -25.7463, 28.1881, "TSH"),
        ("Germiston station", -26.2178, 28.1672, "EKU"),
        ("Durban beachfront", -29.8530, 31.0390, "ETH"),
        ("In the surf before it", -29.8530, 31.0410, "ETH"),
        ("Stellenbosch", -33.9321, 18.8602, "WC024"),
        ("Maseru, Lesotho", -29.3100, 27.6000, None),
        ("False Bay", -34.2000, 18.6500, None),
        ("Atlantic Ocean", -34.5000, 17.5000, None),
    ],
)
@pytest.mark.usefixtures("imported")
def test_known_places(place: str, lat: float, lng: float, code: str | None) -> None:
    found = municipality_of(locate(Point(lat, lng)))
    assert (found.municipality_code if found else None) == code, place


@pytest.mark.usefixtures("imported")
def test_the_open_sea_is_nothing_at_all() -> None:
    assert locate(Point(-34.5, 17.5)) == ()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Kayelitsha", "Khayelitsha"),
        ("Mitchels plein", "Mitchells Plain"),
        ("Sandten", "Sandton"),
        ("soweto", "Soweto"),
        ("umhlanga", "Umhlanga"),
        ("Kaapstad", "City of Cape Town"),
        ("Durban", "Durban"),
        ("thekwini", "eThekwini"),
        ("joburg", "Johannesburg"),
    ],
)
@pytest.mark.usefixtures("imported")
def test_known_names(typed: str, name: str) -> None:
    assert search(typed)[0].name == name
