"""Recorded replies of real servers, read from the shared data folder; skipped where it is absent."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mysmartcity.connectors.systems.open311 import documents, readers
from mysmartcity.connectors.systems.open311.shapes import RemoteRequest
from mysmartcity.lib.clock import CITY_ZONE
from tests.connectors.systems.open311.replaying import City

ROOT = Path(__file__).resolve().parents[4]
SHARED = Path(os.environ.get("MSC_SHARED_DATA") or ROOT.parent / "shared" / "data")
RECORDED = SHARED / "open311"

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(),
    reason="no recorded replies here: set MSC_SHARED_DATA to the folder that holds open311/",
)


def requests(name: str) -> list[RemoteRequest]:
    tree = documents.parse((RECORDED / name).read_bytes())
    return readers.read_requests(tree, zone=CITY_ZONE)


def test_bloomington(city: City) -> None:
    found = city.answer((RECORDED / "bloomington_requests.json").read_bytes()).client().requests()
    assert len(found) > 10
    assert found[0].service_request_id == "4fbd40b2b1fe2c4b02000001"
    assert (found[0].lat, found[0].media_urls) == (None, ())
    assert found[0].requested_at is not None
    assert found[0].requested_at.isoformat() == "2012-05-23T19:55:28+00:00"
    assert "\n\nThanks." in found[0].description.replace("\r\n", "\n")
    assert found[1].lat == pytest.approx(39.146551871103)


def test_bloomington_services() -> None:
    tree = documents.parse((RECORDED / "bloomington_services.json").read_bytes())
    found = readers.read_services(tree)
    assert len({one.service_code for one in found}) == len(found) > 20
    graffiti = next(one for one in found if one.service_name == "Graffiti")
    assert (graffiti.has_definition, graffiti.groups) == (True, ("Most Popular",))


def test_san_francisco(city: City) -> None:
    body = (RECORDED / "san_francisco_requests.xml").read_bytes()
    found = city.answer(body).client(format="xml").requests()
    ids = [element.text for element in ElementTree.fromstring(body).iter("service_request_id")]
    assert [one.service_request_id for one in found] == ids
    assert {one.status for one in found} == {"Open", "Closed"}
    assert all(one.requested_at is not None for one in found)
    assert (found[0].lat, found[0].updated_at) == (None, None)
    assert (found[3].lat, found[3].address) == (
        37.77944,
        "INTERSECTION  of  FALMOUTH ST  and  FOLSOM ST",
    )


def test_san_francisco_services() -> None:
    tree = documents.parse((RECORDED / "san_francisco_services.xml").read_bytes())
    assert readers.read_services(tree)[0].service_name == "Cans_Left_Out_24x7"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("spec-examples/get_service_request.xml", 1),
        ("spec-examples/service_requests.xml", 2),
        ("spec-examples/service_requests_empty.xml", 0),
        ("variants/files/requests_many.xml", 2),
        ("variants/files/requests_single.xml", 1),
        ("variants/service_requests.json", 2),
    ],
)
def test_requests_of_the_collections(name: str, count: int) -> None:
    found = requests(name)
    assert len(found) == count
    assert all(one.service_request_id and one.requested_at and one.lat for one in found)


def test_the_rest_of_the_specifications_examples() -> None:
    def tree(name: str) -> object:
        body = (RECORDED / "spec-examples" / name).read_bytes()
        return documents.parse(body[body.index(b"<?xml") :])

    created = readers.read_created(tree("post_service_request.xml"))
    assert created is not None
    assert (created.service_request_id, created.notice[:22]) == ("293944", "The City will inspect ")
    assert readers.read_token(tree("request_id_from_token.xml")) == "638344"
    definition = readers.read_definition(tree("service_definition.xml"))
    assert definition is not None
    assert definition.attributes[0].values == (("123", "Ford"), ("124", "Chrysler"))
    assert documents.errors(tree("403.xml"))[0][1].startswith("Invalid api_key")
    assert documents.errors(tree("get_service_request_not_found.xml"))[0][0] == "404"
    assert len(readers.read_services(tree("services.xml"))) > 20


def test_giessen() -> None:
    tree = documents.parse((RECORDED / "variants/files/services_giessen.xml").read_bytes())
    assert readers.read_services(tree)[3].keywords == ("graffiti", "paintings")
