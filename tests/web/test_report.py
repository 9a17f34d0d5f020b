"""A report without JavaScript, from the first screen to the receipt."""

import io
import re

import pytest
from django.test import Client

from mysmartcity.issues.models import Category, Contact, Issue, Photo
from mysmartcity.notify.models import Mail
from tests import build
from tests.lib.photos.corpus import gps_jpeg
from tests.web import browse

pytestmark = pytest.mark.django_db

LAT, LNG = build.CITY_POINT.lat, build.CITY_POINT.lng


def photo(name: str = "hole.jpg", data: bytes | None = None) -> io.BytesIO:
    """A file as a form sends it."""
    file = io.BytesIO(gps_jpeg(LAT, LNG, size=(640, 480)) if data is None else data)
    file.name = name
    return file


def test_it_works(city, resident: Client):
    draft = browse.start(resident, photos=[photo()])
    place = resident.get(f"{draft}/place").content.decode()
    assert "Use the place where the photo was taken?" in place
    picked = re.search(r'name="pick" value="([^"]+)"', place)
    assert picked
    reply = browse.post(resident, f"{draft}/place", {"pick": picked.group(1), "q": ""})
    assert reply["Location"] == f"{draft}/kind"
    reply = browse.post(resident, f"{draft}/kind", {"q": "umgodi at the bus stop", "search": "1"})
    found = resident.get(f"{draft}/kind").content.decode()
    assert found.index("This may be it") < found.index("Pothole")
    browse.post(resident, f"{draft}/kind", {"q": "umgodi at the bus stop", "category": "pothole"})
    check = resident.get(f"{draft}/check").content.decode()
    assert "Roads and Stormwater" in check
    assert "umgodi at the bus stop" in check
    reply = browse.send(resident, draft, contact_email="thandi@example.org", wants_news="yes")
    assert reply.status_code == 303
    done = resident.get(reply["Location"])
    issue = Issue.objects.get()
    assert issue.reference in done.content.decode()
    assert "/t/" in done.content.decode()
    assert done["Referrer-Policy"] == "same-origin"
    assert round(issue.lat, 3) == round(LAT, 3)
    assert Photo.objects.get().issue == issue
    assert Contact.objects.get().email == "thandi@example.org"
    assert issue.reference in Mail.objects.get().subject


def test_sending_twice_is_one_report(city, resident: Client):
    draft = browse.at_check(resident)
    token = browse.token(resident, f"{draft}/check")
    body = {"csrfmiddlewaretoken": token, "description": "A deep hole"}
    first = resident.post(f"{draft}/check", body)
    second = resident.post(f"{draft}/check", body)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert Issue.objects.count() == 1


def test_a_bad_photo_never_stops_a_report(city, resident: Client):
    bad = photo("letter.jpg", b"<svg onload=alert(1)>")
    draft = browse.start(resident, photos=[bad, photo()])
    page = resident.get(f"{draft}/place").content.decode()
    assert "letter.jpg" in page
    assert "Your report goes on" in page
    assert "not a photo that we can use" in page
    browse.post(resident, f"{draft}/place", {"pick": f"{LAT},{LNG}"})
    browse.post(resident, f"{draft}/kind", {"category": "pothole"})
    browse.send(resident, draft)
    assert Photo.objects.count() == 1


def test_outside_is_said_and_nothing_is_lost(city, resident: Client):
    build.area(name="Stellenbosch", code="WC024", box=(18.9, -34.1, 19.1, -33.8))
    draft = browse.start(resident, photos=[photo()])
    reply = browse.post(resident, f"{draft}/place", {"pick": "-33.93,18.95"})
    page = reply.content.decode()
    assert reply.status_code == 422
    assert "That place is in Stellenbosch" in page
    browse.post(resident, f"{draft}/place", {"pick": f"{LAT},{LNG}"})
    assert resident.get(f"{draft}/kind").status_code == 200


@pytest.mark.parametrize("picked", ["", "x,y", "91,18", "nan,nan", "-33.9", "1e400,2"])
def test_nonsense_is_no_place(city, resident: Client, picked: str):
    draft = browse.start(resident)
    reply = browse.post(resident, f"{draft}/place", {"pick": picked, "q": ""})
    assert reply.status_code == 422
    assert "Please choose one of the places" in reply.content.decode()


def test_the_hard_stop_comes_before_anything_is_sent(city, resident: Client):
    draft = browse.at_check(resident, kind="live-wires")
    stop = resident.get(f"{draft}/emergency").content.decode()
    assert 'href="tel:112"' in stop
    assert "Nothing has been sent yet" in stop
    assert resident.get(f"{draft}/check")["Location"] == f"{draft}/emergency"
    reply = browse.post(resident, f"{draft}/check", {"description": "x"}, on=f"{draft}/emergency")
    assert reply["Location"] == f"{draft}/emergency"
    assert not Issue.objects.exists()
    browse.post(resident, f"{draft}/emergency")
    browse.send(resident, draft)
    assert Issue.objects.count() == 1


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(city, resident: Client):
    Category.objects.get(code="pothole").questions.update(is_required=True)
    draft = browse.at_check(resident)
    reply = browse.send(resident, draft, contact_email="nobody", description="Gone?")
    page = reply.content.decode()
    assert reply.status_code == 422
    assert 'href="#contact_email"' in page
    assert 'href="#answer-size"' in page
    assert 'value="nobody"' in page
    assert "Gone?" in page
    assert not Issue.objects.exists()


def test_is_it_one_of_these(city, resident: Client):
    there = build.issue(of=Category.objects.get(code="pothole"), description="Hole at the school")
    draft = browse.at_check(resident)
    page = resident.get(f"{draft}/check").content.decode()
    assert "Is it one of these?" in page
    assert "Hole at the school" in page
    assert "5 m from your place" in page
    reply = browse.post(
        resident, f"{draft}/join", {"reference": there.reference}, on=f"{draft}/check"
    )
    assert there.reference in reply["Location"]
    there.refresh_from_db()
    assert there.report_count == 2
    assert Issue.objects.count() == 1


def test_a_draft_belongs_to_its_device(city, resident: Client):
    draft = browse.at_check(resident)
    stranger = Client()
    for screen in ("photos", "place", "kind", "check", "done"):
        assert stranger.get(f"{draft}/{screen}").status_code == 404


def test_two_tabs_do_not_meet(city, resident: Client):
    one, two = browse.at_check(resident), browse.start(resident)
    browse.post(resident, f"{two}/place", {"pick": f"{LAT + 0.1},{LNG}"})
    browse.send(resident, one)
    assert round(Issue.objects.get().lat, 3) == round(LAT, 3)


def test_too_many_reports_from_one_address(city, resident: Client, settings):
    settings.REPORTS_PER_HOUR = 1
    browse.send(resident, browse.at_check(resident))
    draft = browse.at_check(resident)
    reply = browse.send(resident, draft)
    assert reply.status_code == 429
    assert int(reply["Retry-After"]) > 0
    assert resident.get(f"{draft}/check").status_code == 200
    assert Issue.objects.count() == 1


def test_a_private_place_stays_private(city, resident: Client):
    draft = browse.at_check(resident, kind="no-water")
    browse.send(resident, draft, address="12 Secret Street", contact_name="Thandi M")
    issue = Issue.objects.get()
    page = Client().get(f"/i/{issue.reference}").content.decode()
    assert "12 Secret Street" not in page
    assert "Thandi" not in page
    assert f"{LAT}" not in page
    assert "Only the neighbourhood is shown" in page


def test_more_than_five_photos(city, resident: Client):
    files = [photo(f"{n}.jpg", gps_jpeg(LAT, LNG + n / 100, size=(64 + n, 48))) for n in range(6)]
    draft = browse.start(resident, photos=files)
    page = resident.get(f"{draft}/place").content.decode()
    assert "5.jpg" in page
    assert "up to 5 photos" in page


def test_the_place_chosen_before_can_be_kept(city, resident: Client):
    """The layout has variables of its own; none may hide what a page shows."""
    resident.cookies["theme"] = "dark"
    draft = browse.at_check(resident)
    page = resident.get(f"{draft}/place").content.decode()
    assert "Keep Cape Town" in page
    assert "Keep dark" not in page
