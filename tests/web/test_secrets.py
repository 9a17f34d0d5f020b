"""Secret links: following one's own report, stopping the news."""

import pytest
from django.test import Client

from mysmartcity.issues import links
from mysmartcity.issues.models import Category, Follow, Issue
from mysmartcity.lib import ids
from mysmartcity.web import limits
from tests import build
from tests.web import browse

pytestmark = pytest.mark.django_db


def test_the_tracking_link_gives_standing_and_changes_no_data(city):
    done = build.report(of=Category.objects.get(code="pothole"), request_key="k")
    before = list(Issue.objects.values()), list(Follow.objects.values())
    other_phone = Client()
    reply = other_phone.get(f"/t/{done.tracking_secret}")
    assert (reply.status_code, reply["Location"]) == (303, f"/i/{done.issue.reference}")
    assert reply["Referrer-Policy"] == "no-referrer"
    assert "no-store" in reply["Cache-Control"]
    assert (list(Issue.objects.values()), list(Follow.objects.values())) == before
    assert "You reported this." in other_phone.get(reply["Location"]).content.decode()
    assert done.issue.reference in other_phone.get("/mine").content.decode()


def test_a_wrong_secret_is_a_missing_page(city):
    assert Client().get("/t/guess").status_code == 404
    assert Client().get("/stop/guess").status_code == 404


def test_guessing_is_limited(city, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "track", (3, 3600))
    answers = [Client().get(f"/t/guess{number}").status_code for number in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_stopping_asks_on_get_and_stops_on_post(city):
    issue = build.issue(of=Category.objects.get(code="pothole"))
    follow = Follow.objects.create(issue=issue, email="a@example.org", stop_hash="x")
    secret = links.stop_secret(follow.pk)
    Follow.objects.filter(pk=follow.pk).update(stop_hash=ids.hash_secret(secret))
    browser = Client(enforce_csrf_checks=True)
    assert "Stop the news about" in browser.get(f"/stop/{secret}").content.decode()
    follow.refresh_from_db()
    assert follow.stopped_at is None
    # A mail program posts without any page or token (RFC 8058).
    reply = Client(enforce_csrf_checks=True).post(
        f"/stop/{secret}", {"List-Unsubscribe": "One-Click"}
    )
    assert reply.status_code == 200
    follow.refresh_from_db()
    assert follow.stopped_at is not None
    assert "The news has stopped" in browser.get(f"/stop/{secret}").content.decode()


def test_the_drafts_last_page_shows_the_link(city, resident: Client):
    draft = browse.at_check(resident)
    done = resident.get(browse.send(resident, draft)["Location"])
    assert "no-store" in done["Cache-Control"]
    assert links.tracking_url("") in done.content.decode()
