"""What the tests of the pages share: a city, plain static files, and a client that keeps its cookies."""

from pathlib import Path

import pytest
from django.test import Client
from zeal.constants import initialize_app_registry
from zeal.patch import patch

from mysmartcity.issues.models import Jurisdiction
from tests import build


@pytest.fixture(scope="session", autouse=True)
def _watch_queries() -> None:
    """django-zeal looks on inside `zeal_context()` only, but must be in place before."""
    initialize_app_registry()
    patch()


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path: Path) -> None:
    """No collectstatic before a test, photos in a folder of the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "photos": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "photos")},
        },
    }


@pytest.fixture
def city(db) -> Jurisdiction:
    """A city with potholes, bare wires and a tap at home."""
    del db
    where = build.jurisdiction()
    pothole = build.category(of=where, keywords="hole in the road, slaggat, umgodi")
    build.question(of=pothole, code="size", text="How big is it?")
    build.category(
        of=where,
        code="live-wires",
        name="Exposed live wires",
        group="power",
        keywords="cable, kabel",
        emergency="Keep everybody away and call.",
        emergency_numbers="112, 10177",
    )
    build.category(
        of=where,
        code="no-water",
        name="No water at my home",
        group="water",
        keywords="tap, amanzi",
        privacy="coarse",
        level_hours=24,
        level_source="Service charter 2026",
    )
    build.responsibility(of=where, by=build.body(name="Roads and Stormwater"))
    return where


@pytest.fixture
def resident() -> Client:
    """A browser that checks CSRF as a real one must."""
    return Client(enforce_csrf_checks=True)
