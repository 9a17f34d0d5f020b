"""The metros' reference data: loads twice alike, refuses what does not fit, and is whole."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from mysmartcity.dispatch.models import Responsibility
from mysmartcity.dispatch.reference_data import BadReferenceData, load
from mysmartcity.dispatch.rules import route
from mysmartcity.issues.models import Category, Jurisdiction, Question
from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.locate import locate
from tests import build

pytestmark = pytest.mark.django_db

FILES = {
    "bodies.yaml": {
        "bodies": [
            {"slug": "city", "name": "City", "kind": "municipality"},
            {"slug": "roads", "name": "Roads", "kind": "department", "parent": "city"},
        ]
    },
    "jurisdictions.yaml": {
        "jurisdictions": [
            {
                "slug": "capetown",
                "name": "Cape Town",
                "prefix": "CPT",
                "body": "city",
                "municipality": "CPT",
                "point": [-33.9, 18.4],
            }
        ]
    },
    "categories.yaml": {
        "categories": [
            {
                "code": "pothole",
                "name": "Pothole",
                "group": "roads",
                "questions": [{"code": "size", "text": "How big?", "datatype": "number"}],
            },
            {"code": "robot", "name": "Robot out", "group": "traffic"},
        ]
    },
    "metros/capetown.yaml": {
        "categories": {
            "pothole": {"service_level": {"hours": 24, "source": "a newspaper"}},
            "robot": {"offered": False},
        },
        "responsibility": [{"body": "roads", "groups": ["roads", "traffic"], "reason": "Theirs."}],
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build.area(name="Cape Town", code="CPT", municipality_code="CPT")
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump(content))
    return tmp_path


def test_it_works_and_twice_is_once(folder: Path) -> None:
    assert load(folder) == load(folder)
    pothole = Category.objects.get(code="pothole")
    assert (pothole.level_hours, pothole.level_source) == (24, "a newspaper")
    assert not Category.objects.get(code="robot").is_active
    assert Question.objects.count() == 1
    assert Responsibility.objects.count() == 2


def test_a_name_that_is_unknown_is_refused_and_nothing_stays(folder: Path) -> None:
    metro = dict(FILES["metros/capetown.yaml"])
    rule = {"body": "roads", "reason": "x", "area": {"kind": "suburb", "names": ["Atlantis?"]}}
    metro["responsibility"] = [rule]
    (folder / "metros/capetown.yaml").write_text(yaml.safe_dump(metro))
    with pytest.raises(BadReferenceData, match="Atlantis"):
        load(folder)
    assert not Jurisdiction.objects.exists()


def test_rules_made_by_hand_stay(folder: Path) -> None:
    load(folder)
    city = Jurisdiction.objects.get()
    build.responsibility(of=city, by=build.body())
    load(folder)
    assert Responsibility.objects.exclude(source__startswith="data/").count() == 1


def test_a_shared_rule_says_so(folder: Path) -> None:
    metro = dict(FILES["metros/capetown.yaml"])
    part = {"body": "city", "groups": ["roads"], "reason": "Beside.", "shared": True}
    metro["responsibility"] = [*metro["responsibility"], part]
    (folder / "metros/capetown.yaml").write_text(yaml.safe_dump(metro))
    load(folder)
    shared = Responsibility.objects.values_list("body__slug", "is_shared").order_by("pk")
    assert list(shared) == [("roads", False), ("roads", False), ("city", True)]


@pytest.mark.slow
def test_the_real_metros() -> None:
    call_command("places", "import-all", str(settings.REFERENCE_DATA / "boundaries/layers.yaml"))
    index.look_again()
    counts = load(settings.REFERENCE_DATA)
    assert counts["jurisdictions"] == 5
    assert Category.objects.values("code").distinct().count() >= 60
    for city in Jurisdiction.objects.all():
        here = [area.id for area in locate(Point(city.lat, city.lng))]
        assert city.area_id in here
        for category in city.categories.filter(is_active=True):
            assert route(jurisdiction=city, category=category, area_ids=here) is not None
    soweto = [area.id for area in locate(Point(-26.2678, 27.8585))]
    johannesburg = Jurisdiction.objects.get(slug="johannesburg")
    no_power = Category.objects.get(jurisdiction=johannesburg, code="power-out-area")
    found = route(jurisdiction=johannesburg, category=no_power, area_ids=soweto)
    assert found is not None
    assert found.body.slug == "eskom"
