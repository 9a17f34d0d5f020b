"""Bodies without an interface in the demo: by mail, and by phone when that is silent."""

import pytest
from django.conf import settings

from mysmartcity.connectors.models import Preference
from mysmartcity.connectors.registry import connector_for
from mysmartcity.demo.seeding import seed_call_centres
from tests import build

pytestmark = pytest.mark.django_db


def test_mail_first_then_a_call() -> None:
    for slug in ("city-power", "johannesburg-water"):
        build.body(slug=slug, name=slug)
    for _again in range(2):
        seed_call_centres(settings.REFERENCE_DATA, {})
        rows = Preference.objects.filter(body__slug="city-power")
        assert [(row.connection.system, row.position, row.after_hours) for row in rows] == [
            ("mail", 0, 4),
            ("call_centre", 1, 4),
        ]
    assert Preference.objects.count() == 4
    for row in Preference.objects.all():
        assert list(connector_for(row.connection).problems()) == []


def test_a_platform_without_these_bodies_gets_none() -> None:
    seed_call_centres(settings.REFERENCE_DATA, {})
    assert Preference.objects.count() == 0
