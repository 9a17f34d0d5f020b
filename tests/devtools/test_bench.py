"""The bench fits the tables as they are: no migration tells its SQL about a new column."""

import random
from datetime import timedelta

import pytest

from bench import fill
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import Standing
from mysmartcity.lib import clock
from mysmartcity.places.models import Area
from mysmartcity.web import issue_page
from tests import build


@pytest.mark.django_db
def test_its_issues_are_whole() -> None:
    city = build.category().jurisdiction
    area = Area.objects.get(pk=city.area_id)
    place = fill.Place(city, build.CITY_POINT, [area.pk], "Foreshore")

    fill.write(issues=60, known=[place], chance=random.Random(1))

    assert Issue.objects.count() == 60
    assert Handover.objects.filter(is_current=True, is_shared=False).exists()
    newest = Issue.objects.public().newest().filter(status="fixed").first()
    assert newest.reported_at < clock.now() - timedelta(days=2)
    shown = issue_page.context(newest, Standing())
    assert [step["key"] for step in shown["steps"]][:2] == ["received", "sent"]
    assert shown["handover"]["body_reference"]


@pytest.mark.django_db
def test_its_places_lie_inside_the_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "PLACES_PER_METRO", 5)
    city = build.category().jurisdiction
    code = Area.objects.get(pk=city.area_id).municipality_code
    build.area(
        name="Foreshore", kind="suburb", municipality_code=code, box=(18.4, -33.95, 18.45, -33.9)
    )

    found = fill.places(random.Random(1))

    assert len(found) == 5
    assert {place.jurisdiction.pk for place in found} == {city.pk}
    assert all(city.area_id in place.area_ids for place in found)
