"""An office whose system takes nothing without an address: the resident is asked, never stopped."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from mysmartcity.connectors.addressing import needs_address
from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.issues.models import Issue
from mysmartcity.people.models import Body
from mysmartcity.places.geocode import breaker
from tests import build
from tests.web import browse

pytestmark = pytest.mark.django_db
ASKED = "Street and number"


@pytest.fixture
def office(city) -> Body:
    """The body of the potholes, connected through a system that needs an address."""
    body = Body.objects.get(name="Roads and Stormwater")
    Connection.objects.create(body=body, system="capetown")
    return body


def test_without_such_a_system_nobody_is_asked(city, resident: Client):
    draft = browse.at_check(resident)
    page = resident.get(f"{draft}/check").content.decode()
    assert ASKED not in page
    assert browse.send(resident, draft).status_code == 303


def test_street_and_number_are_asked_for(office, resident: Client):
    draft = browse.at_check(resident)
    page = resident.get(f"{draft}/check").content.decode()
    assert ASKED in page
    assert "There is no number" in page
    reply = browse.send(resident, draft, address="12 Main Road, Woodstock")
    assert reply.status_code == 303
    assert Issue.objects.get().address == "12 Main Road, Woodstock"


@pytest.mark.parametrize("address", ["", "Main Road", "at the school", "Cnr Long St & Wale St"])
def test_half_an_address_is_refused_beside_its_field(office, resident: Client, address: str):
    """A form without JavaScript: 422, the sentence at the field, nothing typed is lost."""
    draft = browse.at_check(resident)
    reply = browse.send(resident, draft, address=address, description="Deep, at the bend")
    page = reply.content.decode()
    assert reply.status_code == 422
    assert 'href="#address"' in page
    assert "write the street and the number" in page
    assert "Deep, at the bend" in page
    assert not Issue.objects.exists()


def test_who_knows_no_number_is_let_through(office, resident: Client):
    draft = browse.at_check(resident)
    assert browse.send(resident, draft).status_code == 422
    reply = browse.send(resident, draft, address="next to the bridge", no_number="yes")
    assert reply.status_code == 303
    assert Issue.objects.get().address == "next to the bridge"


def test_the_tick_stands_when_another_field_is_wrong(office, resident: Client):
    draft = browse.at_check(resident)
    reply = browse.send(resident, draft, no_number="yes", contact_email="nobody")
    assert reply.status_code == 422
    page = reply.content.decode()
    box = page[page.index('name="no_number"') :]
    assert " checked" in box[: box.index(">")]
    assert "write the street and the number" not in page


def test_an_address_typed_at_the_place_is_not_asked_for_again(office, resident: Client):
    draft = browse.start(resident)
    point = build.CITY_POINT
    pick = {"pick": f"{point.lat},{point.lng}", "q": "12 Main Road Woodstock"}
    browse.post(resident, f"{draft}/place", pick)
    browse.post(resident, f"{draft}/kind", {"category": "pothole", "q": ""})
    page = resident.get(f"{draft}/check").content.decode()
    assert 'value="12 Main Road Woodstock"' in page


# --- Which connection counts ----------------------------------------------------------------------


def test_a_department_is_reached_through_its_city(city):
    above = build.body(name="City")
    below = build.body(name="Roads")
    Body.objects.filter(pk=below.pk).update(parent=above)
    Connection.objects.create(body=above, system="capetown")
    below = Body.objects.get(pk=below.pk)
    assert needs_address(body=below, category_code="pothole")


def test_the_preferred_connection_counts(office):
    mail = Connection.objects.create(body=office, system="mail")
    api = Connection.objects.get(system="capetown")
    Preference.objects.create(body=office, connection=mail, position=0)
    Preference.objects.create(body=office, connection=api, position=1)
    assert not needs_address(body=office, category_code="pothole")
    Preference.objects.create(body=office, connection=api, category_code="pothole", position=0)
    assert needs_address(body=office, category_code="pothole")
    assert not needs_address(body=office, category_code="graffiti")


def test_a_system_that_nobody_knows_asks_for_nothing(office):
    Connection.objects.update(system="gone")
    assert not needs_address(body=office, category_code="pothole")


# --- The geocoder's offer -------------------------------------------------------------------------


@pytest.fixture
def geocoder(settings) -> Iterator[list[bytes]]:
    """Says what stands in the list; nothing there is a 503."""
    says: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if says else 503)
            self.send_header("Content-Length", str(len(says[0]) if says else 0))
            self.end_headers()
            self.wfile.write(says[0] if says else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    place = f"127.0.0.1:{server.server_address[1]}"
    settings.GEOCODER_URL, settings.GEOCODER_KIND = f"http://{place}", "photon"
    settings.OUTBOUND_ALLOWED_HOSTS = [place]
    breaker.reset()
    yield says
    breaker.reset()
    server.shutdown()
    server.server_close()


def test_the_geocoders_address_is_an_offer(office, geocoder: list[bytes], resident: Client):
    here = {"housenumber": "7", "street": "Kloof Street", "district": "Gardens"}
    geocoder.append(json.dumps({"features": [{"properties": here}]}).encode())
    draft = browse.at_check(resident)
    assert 'value="7 Kloof Street, Gardens"' in resident.get(f"{draft}/check").content.decode()
    browse.send(resident, draft, address="9 Kloof Street, Gardens")
    assert Issue.objects.get().address == "9 Kloof Street, Gardens"


def test_a_failing_geocoder_blocks_nothing(office, geocoder: list[bytes], resident: Client):
    draft = browse.at_check(resident)
    assert resident.get(f"{draft}/check").status_code == 200
    assert browse.send(resident, draft, address="12 Main Road").status_code == 303


def test_a_geocoder_is_not_asked_when_the_address_is_not_needed(
    city, geocoder: list[bytes], resident: Client
):
    geocoder.append(b'{"features": [{"properties": {"street": "Kloof Street"}}]}')
    draft = browse.at_check(resident)
    assert "Kloof Street" not in resident.get(f"{draft}/check").content.decode()
