"""The page of one issue and what residents do there."""

import io

import pytest
from django.test import Client

from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Category, Follow, Issue
from mysmartcity.issues.status import Actor, FixedBy, Status
from mysmartcity.places import drawing
from tests import build
from tests.lib.photos.corpus import gps_jpeg
from tests.web import browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(city, resident: Client) -> Issue:
    """A report made in this browser."""
    browse.send(resident, browse.at_check(resident))
    return Issue.objects.get()


def move(issue: Issue, *stages: Status, **its) -> None:
    """Let the body move it."""
    for after in stages:
        actor = Actor.PLATFORM if after == Status.SENT else Actor.BODY
        change_status(issue=issue, move=Move(after, actor, actor_name="City Power", **its))


def test_it_works(sent, resident: Client):
    move(sent, Status.SENT, Status.ACKNOWLEDGED)
    comment_issue(
        issue=sent,
        actor=Actor.BODY,
        actor_name="City Power",
        public_words="A team comes on Friday.",
        inside_words="Crew 7, gate code 1234",
    )
    page = resident.get(f"/i/{sent.reference}").content.decode()
    assert "A team comes on Friday." in page
    assert "1234" not in page
    assert "You reported this." in page
    assert 'aria-current="step"' in page


def test_a_reference_is_forgiven_its_spelling(sent, resident: Client):
    loose = sent.reference.lower().replace("-", " ")
    assert resident.get(f"/i/{loose}")["Location"] == f"/i/{sent.reference}"
    assert resident.get("/i/CPT-000000").status_code == 404


def test_hidden_looks_like_never_there(sent, resident: Client):
    change_status(issue=sent, move=Move(Status.HIDDEN, Actor.DISPATCHER, inside_words="rude"))
    hidden, unknown = resident.get(f"/i/{sent.reference}"), resident.get("/i/CPT-222228")
    assert hidden.status_code == unknown.status_code == 404
    assert sent.reference not in resident.get("/issues").content.decode()
    assert sent.reference not in resident.get("/mine").content.decode()


def test_only_those_who_stand_behind_it_confirm(sent, resident: Client):
    move(sent, Status.SENT, Status.ACKNOWLEDGED, Status.REPORTED_FIXED)
    stranger = Client()
    assert "Is it fixed?" not in stranger.get(f"/i/{sent.reference}").content.decode()
    assert stranger.post(f"/i/{sent.reference}/confirm").status_code == 403
    sent.refresh_from_db()
    assert sent.status == Status.REPORTED_FIXED
    page = f"/i/{sent.reference}"
    assert "Is it fixed?" in resident.get(page).content.decode()
    assert browse.post(resident, f"{page}/confirm", on=page).status_code == 303
    sent.refresh_from_db()
    assert (sent.status, sent.fixed_by) == (Status.FIXED, FixedBy.RESIDENT)
    assert "Confirmed fixed" in resident.get(page).content.decode()


def test_nobody_confirms_what_no_body_called_fixed(sent, resident: Client):
    page = f"/i/{sent.reference}"
    assert browse.post(resident, f"{page}/confirm", on=page).status_code == 403
    sent.refresh_from_db()
    assert sent.status == Status.RECEIVED


def test_not_fixed_with_words_and_photo(sent, resident: Client):
    move(sent, Status.SENT, Status.ACKNOWLEDGED, Status.REPORTED_FIXED)
    page = f"/i/{sent.reference}"
    bad = io.BytesIO(b"no photo")
    bad.name = "x.jpg"
    words = {"words": "Still a <b>hole</b>", "photo": bad}
    refused = browse.post(resident, f"{page}/dispute", words, on=page)
    assert refused.status_code == 422
    assert "Still a &lt;b&gt;hole" in refused.content.decode()
    good = io.BytesIO(gps_jpeg(-33.9, 18.4, size=(320, 240)))
    good.name = "after.jpg"
    browse.post(resident, f"{page}/dispute", {"words": words["words"], "photo": good}, on=page)
    sent.refresh_from_db()
    assert sent.status == Status.NOT_FIXED
    shown = resident.get(page).content.decode()
    assert "Still a &lt;b&gt;hole" in shown
    assert "<b>hole" not in shown


def test_me_too_counts_once(sent):
    neighbour = Client(enforce_csrf_checks=True)
    page = f"/i/{sent.reference}"
    for _time in range(2):
        # After the first time there is no button, but a stale page may still send it.
        browse.post(neighbour, f"{page}/join", on=page)
    sent.refresh_from_db()
    assert sent.report_count == 2
    assert "You said that this is yours too." in neighbour.get(page).content.decode()


def test_following_and_stopping(sent, resident: Client):
    page = f"/i/{sent.reference}"
    assert browse.post(resident, f"{page}/follow", {"email": "x"}, on=page).status_code == 422
    browse.post(resident, f"{page}/follow", {"email": "sipho@example.org"}, on=page)
    assert Follow.objects.filter(email="sipho@example.org").count() == 1
    # The same answer for an address that follows already: nobody learns who does.
    again = browse.post(resident, f"{page}/follow", {"email": "sipho@example.org"}, on=page)
    assert again["Location"].endswith("?said=followed")


def test_withdrawing(sent, resident: Client):
    page = f"/i/{sent.reference}"
    assert Client().post(f"{page}/withdraw").status_code == 403
    browse.post(resident, f"{page}/withdraw", on=page)
    gone = resident.get(page)
    assert gone.status_code == 410
    assert "A deep hole" not in gone.content.decode()


def test_a_twin_leads_to_the_other(sent, resident: Client):
    other = build.issue(of=Category.objects.get(code="pothole"))
    change_status(issue=sent, move=Move(Status.MERGED, Actor.DISPATCHER, merged_into=other))
    assert f"/i/{other.reference}" in resident.get(f"/i/{sent.reference}").content.decode()


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_words_of_people_are_never_markup(city, resident: Client):
    draft = browse.at_check(resident)
    browse.send(resident, draft, description=EVIL, address=EVIL)
    issue = Issue.objects.get()
    for path in (f"/i/{issue.reference}", "/issues", "/", "/map", f"/a/{city.area.slug}", "/mine"):
        page = resident.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    search = resident.get("/issues", {"q": EVIL}).content.decode()
    assert "<script>alert" not in search


def test_unknown_thanks_are_passed_over(sent, resident: Client):
    page = resident.get(f"/i/{sent.reference}?said=<script>").content.decode()
    assert "<script>" not in page.replace('<script type="module"', "").replace("<script src", "")


def test_between_the_suburbs_the_small_map_shows_the_wards(city):
    issue = build.issue(of=Category.objects.get(code="pothole"))
    lat, lng = issue.public_lat, issue.public_lng

    def names() -> list[str]:
        drawn = drawing.one_pin(lat, lng, metres=700, coarse=False)
        assert (drawn.marks[0].x, drawn.marks[0].y) == (drawing.WIDTH / 2, drawing.HEIGHT / 2)
        return [outline.name for outline in drawn.outlines]

    build.area(name="Ward 1", kind="ward", box=(lng - 0.03, lat - 0.03, lng + 0.03, lat + 0.03))
    assert names() == ["Ward 1"]
    build.area(
        name="Foreshore", kind="suburb", box=(lng - 0.002, lat - 0.002, lng + 0.002, lat + 0.002)
    )
    assert names() == ["Foreshore"]
