"""GeoReport assertions 1 to 12: discovery."""

from datetime import datetime, timedelta

import pytest

from mysmartcity.issues.models import Category
from mysmartcity.lib import clock
from tests.api.open311.conftest import SUFFIXES, Api, a_second_later

KEYS = {"changeset", "contact", "key_service", "endpoints"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a01_a02_discovery_answers_200(api: Api, suffix: str) -> None:
    assert api.get(f"discovery.{suffix}").status == 200


@pytest.mark.usefixtures("second_city")
def test_a03_discovery_needs_no_jurisdiction(api: Api) -> None:
    assert api.get("discovery.xml").status == 200


def test_a04_xml_root_is_discovery_with_four_filled_elements(api: Api) -> None:
    reply = api.get("discovery.xml")
    assert "<discovery>" in reply.body
    assert set(reply.only) == KEYS
    assert all(reply.only.values())


def test_a05_json_says_the_same_as_xml(api: Api) -> None:
    assert api.get("discovery.json").only == api.get("discovery.xml").only


def test_a06_a07_a08_a09_endpoint_is_complete(api: Api) -> None:
    (endpoint,) = api.get("discovery.json").only["endpoints"]
    assert set(endpoint) == {"specification", "url", "changeset", "type", "formats"}
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["type"] in ("production", "test")
    assert endpoint["formats"] == ["text/xml", "application/json"]


def test_a10_changesets_are_iso_dates_in_the_past(api: Api) -> None:
    row = api.get("discovery.json").only
    for text in (row["changeset"], row["endpoints"][0]["changeset"]):
        assert datetime.fromisoformat(text) <= clock.now()


def test_a11_endpoint_url_with_services_answers(api: Api) -> None:
    url = api.get("discovery.json").only["endpoints"][0]["url"]
    path = url.removeprefix("http://127.0.0.1:8000")
    assert path != url
    assert api.client.get(f"{path}/services.xml").status_code == 200


def test_a12_changeset_moves_when_a_category_changes(api: Api, pothole: Category) -> None:
    before = api.get("discovery.json").only["changeset"]
    pothole.name, pothole.changed_at = "Hole", clock.now() + timedelta(seconds=2)
    pothole.save()
    a_second_later()
    assert api.get("discovery.json").only["changeset"] > before
