"""How the demo's bodies get their connections: by data, for any system."""

from pathlib import Path
from typing import Any

import pytest

from devtools.demo_cities import CITIES, Cities
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import connector_for
from mysmartcity.demo.seeding import seed_connections
from mysmartcity.people.models import Body
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(tmp_path: Path, settings: Any) -> dict[str, Any]:
    cities = Cities(tmp_path, public_url="http://127.0.0.1:8000")
    settings.EXCHANGE_DIR = str(cities.exchange)
    settings.OUTBOUND_ALLOWED_HOSTS = cities.settings()["OUTBOUND_ALLOWED_HOSTS"].split(",")
    systems: dict[str, Any] = cities.plan()["systems"]
    return systems


def department(of: str) -> Body:
    """A department of a city, with a rule that names it."""
    top = build.body(slug=of)
    below = build.body(name=f"Roads of {of}")
    Body.objects.filter(pk=below.pk).update(parent=top)
    where = build.jurisdiction(slug=f"in-{of}"[:40], prefix=of[-3:].upper(), name=of)
    build.category(of=where)
    build.responsibility(of=where, by=below)
    return below


def test_every_department_is_connected_as_the_plan_says(plan: dict[str, Any]) -> None:
    bodies = {slug: department(slug) for slug in (*[city.body for city in CITIES], "elsewhere")}
    for _ in range(2):
        assert seed_connections(plan, {}) == len(bodies)
    found = {slug: Connection.objects.get(body=body) for slug, body in bodies.items()}
    systems = ["capetown", "open311", "open311", "collaborator", "rest", "files", "mail"]
    assert [one.system for one in found.values()] == systems
    city = found["city-of-cape-town"]
    assert set(city.secrets) == {"private_key", "public_key"}
    assert city.category_codes["pothole"] == "1030/1001"
    assert found["ethekwini-municipality"].category_codes == {"pothole": "pothole"}
    for one in found.values():
        assert list(connector_for(one).problems()) == [], one.system
        assert one.settings


def test_the_folder_of_an_older_demo_is_brought_over(plan: dict[str, Any]) -> None:
    body = department("city-of-cape-town")
    Connection.objects.create(body=body, system="open311")
    calls = Connection.objects.create(body=body, system="another")
    seed_connections(plan, {})
    assert {one.system for one in Connection.objects.filter(body=body)} == {"capetown", "another"}
    assert Connection.objects.filter(pk=calls.pk).exists()


def test_each_planned_body_has_a_process_and_a_page(tmp_path: Path, plan: dict[str, Any]) -> None:
    cities = Cities(tmp_path, public_url="http://127.0.0.1:8000")
    names = {name for name, _command in cities.commands()}
    assert {f"city-{slug}" for slug in plan} <= names
    assert "Cape Town" in cities.describe()[0]["name"]
