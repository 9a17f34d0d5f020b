"""The extensions E1 to E6 of the wild: pages, updates, circles, details, CORS."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Category, Issue, Photo
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from mysmartcity.lib.geo import Point, distance
from tests import build
from tests.api.open311.conftest import ROOT, SUFFIXES, Api, ids_of

NOW = datetime(2026, 5, 3, 9, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _stopped_clock() -> Any:
    with clock.frozen(NOW):
        yield


def test_e1_pages_are_disjoint_complete_and_capped(api: Api, pothole: Category) -> None:
    for _ in range(5):
        build.issue(of=pothole)
    pages = [ids_of(api.get("requests.json", page=n, page_size=2)) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [one for page in pages for one in page] == ids_of(api.get("requests.json"))
    assert len(ids_of(api.get("requests.json", page_size=100_000))) == 5


@pytest.mark.parametrize("bad", ["0", "-1", "two", "1.5", "99999999999", "²"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_e1_a_bad_page_is_400(api: Api, name: str, bad: str) -> None:
    reply = api.get("requests.json", **{name: bad})
    assert reply.status == 400
    assert name in reply.says


def test_e2_updated_after_gives_exactly_what_changed_since(api: Api, pothole: Category) -> None:
    with clock.frozen(NOW - 200 * 24 * HOUR):
        old, still = build.issue(of=pothole), build.issue(of=pothole)
    with clock.frozen(NOW - HOUR):
        comment_issue(issue=old, actor=Actor.BODY, public_words="Soon")
    row = api.get("requests.json", updated_after="2026-05-03T08:00:00Z").only
    assert row["service_request_id"] == old.reference
    assert row["updated_datetime"] == "2026-05-03T08:00:00Z"
    assert ids_of(api.get("requests.json", updated_after="2026-05-03T08:00:01Z")) == []
    assert still.reference not in api.get("requests.json").body


def test_e3_a_circle_in_metres(api: Api, pothole: Category) -> None:
    here = build.CITY_POINT
    corner = Point(here.lat + 0.0085, here.lng + 0.0100)
    near = build.issue(of=pothole, point=Point(here.lat + 0.001, here.lng))
    build.issue(of=pothole, point=corner)
    away = distance(here, corner)
    asked = {"lat": here.lat, "long": here.lng}
    assert ids_of(api.get("requests.json", **asked, radius=away - 5)) == [near.reference]
    assert len(ids_of(api.get("requests.json", **asked, radius=away + 5))) == 2


def test_e2_words_after_the_closing_do_not_change_when_it_closed(
    api: Api, pothole: Category
) -> None:
    closed, spoken = NOW - 2 * HOUR, NOW - HOUR / 2
    build.issue(of=pothole)
    Issue.objects.update(status=Status.WITHDRAWN, status_at=closed, updated_at=spoken)
    assert ids_of(api.get("requests.json", updated_after="2026-05-03T08:00:00Z")) == []
    assert len(ids_of(api.get("requests.json", updated_after="2026-05-03T07:00:00Z"))) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"radius": "100"},
        {"lat": "-33.9", "long": "18.4"},
        {"lat": "-33.9", "radius": "5"},
        {"lat": "x", "long": "18.4", "radius": "5"},
        {"lat": "1", "long": "1", "radius": "0"},
        {"lat": "1", "long": "1", "radius": "nan"},
        {"lat": "1", "long": "1", "radius": "1e9"},
    ],
)
def test_e3_half_a_circle_is_400(api: Api, asked: dict[str, str]) -> None:
    reply = api.get("requests.json", **asked)
    assert reply.status == 400
    assert "radius" in reply.says


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_e4_details_only_when_asked_for(api: Api, pothole: Category, suffix: str) -> None:
    build.issue(of=pothole)
    plain = api.get(f"requests.{suffix}").only
    more = api.get(f"requests.{suffix}", extensions="true").only
    assert set(more) - set(plain) == {"attributes", "extended_attributes", "notes"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_e4_details_hold_chosen_answers_photos_and_the_public_story(api: Api, suffix: str) -> None:
    answers = {"extent": "one", "signs": ["flicker"], "pole": "8001015009087", "words": "Me"}
    lamp = Category.objects.get(code="street-light")
    issue = build.issue(of=lamp, answers=answers)
    Photo.objects.create(issue=issue, digest="ab" * 32, width=4, height=3)
    Photo.objects.create(issue=issue, digest="cd" * 32, width=4, height=3, is_hidden=True)
    comment_issue(issue=issue, actor=Actor.BODY, public_words="Soon", inside_words="Ask Sipho")
    comment_issue(issue=issue, actor=Actor.BODY, inside_words="He is away")
    reply = api.get(f"requests.{suffix}", extensions="true")
    row = reply.only
    assert [(one["code"], one["value"], one["name"]) for one in row["attributes"]] == [
        ("extent", "one", "Only one"),
        ("signs", "flicker", "Flickers"),
    ]
    assert row["extended_attributes"]["detailed_status"] == "received"
    (photo,) = row["extended_attributes"]["photos"]
    assert photo["media_url"].endswith(f"/photos/ab/{'ab' * 32}.page.webp")
    assert [(one["type"], one["description"]) for one in row["notes"]] == [
        ("received", None),
        (None, "Soon"),
    ]
    assert "Sipho" not in reply.body
    assert "away" not in reply.body
    assert "8001015009087" not in reply.body


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_e5_updates_tell_steps_and_public_words_oldest_first(
    api: Api, pothole: Category, suffix: str
) -> None:
    with clock.frozen(NOW - 5 * HOUR):
        issue = build.issue(of=pothole)
    with clock.frozen(NOW - 4 * HOUR):
        change_status(issue=issue, move=Move(Status.SENT, Actor.PLATFORM))
    with clock.frozen(NOW - 3 * HOUR):
        comment_issue(issue=issue, actor=Actor.BODY, public_words="Soon", inside_words="x1")
        comment_issue(issue=issue, actor=Actor.BODY, inside_words="x2")
    with clock.frozen(NOW - 2 * HOUR):
        done = Move(Status.REPORTED_FIXED, Actor.BODY, public_words="Done")
        change_status(issue=issue, move=done)
    reply = api.get(f"servicerequestupdates.{suffix}")
    assert [(row["status"], row["description"]) for row in reply.rows] == [
        ("OPEN", None),
        ("OPEN", "Soon"),
        ("FIXED", "Done"),
    ]
    ids = [row["update_id"] for row in reply.rows]
    assert len(set(ids)) == 3
    assert {row["service_request_id"] for row in reply.rows} == {issue.reference}
    assert "x1" not in reply.body
    window = {"start_date": "2026-05-03T05:00:00Z", "end_date": "2026-05-03T06:00:00Z"}
    later = api.get(f"servicerequestupdates.{suffix}", **window)
    assert [row["update_id"] for row in later.rows] == ids[:2]
    assert api.get(f"servicerequestupdates.{suffix}", start_date="x").status == 400


def test_e5_the_root_elements_are_those_of_the_extension(api: Api) -> None:
    body = api.get("servicerequestupdates.xml").body
    assert "<service_request_updates></service_request_updates>" in body


@pytest.mark.parametrize("path", ["services.json", "requests.xml", "requests/none.json", "x.yaml"])
def test_e6_reading_is_open_to_every_web_page(api: Api, path: str) -> None:
    reply = api.get(path)
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_e6_posting_from_a_strangers_page_is_not_offered(api: Api) -> None:
    posted = api.post()
    asked = api.client.options(f"{ROOT}/requests.json")
    assert asked.status_code == 204
    for headers in (posted.headers, asked.headers):
        assert "Access-Control-Allow-Origin" not in headers


def test_e5_being_hidden_for_a_while_is_never_told(api: Api, pothole: Category) -> None:
    issue = build.issue(of=pothole)
    for after in (Status.HIDDEN, Status.RECEIVED):
        change_status(issue=issue, move=Move(after, Actor.DISPATCHER, public_words="Private"))
    assert api.get("servicerequestupdates.json").body == "[]"
    assert "Private" not in api.get("requests.json", extensions="true").body
