"""List, map, area and home: filters in the URL, clusters at every zoom, few queries."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from zeal import zeal_context
from zeal.errors import NPlusOneError

from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Category, Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from mysmartcity.lib.geo import Point
from mysmartcity.web import limits
from tests import build
from tests.web import browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(city) -> list[Issue]:
    """Two potholes, one of them fixed-or-so and overdue, and a dry tap in a suburb."""
    build.area(name="Woodstock", kind="suburb", box=(18.43, -33.94, 18.46, -33.92))
    pothole = Category.objects.get(code="pothole")
    first = build.issue(of=pothole, description="Hole at the taxi rank")
    second = build.issue(of=pothole, description="Slaggat by die skool")
    tap = build.issue(
        of=Category.objects.get(code="no-water"),
        point=Point(-33.93, 18.445),
        description="Nothing comes out",
    )
    for after, actor in ((Status.SENT, Actor.PLATFORM), (Status.REPORTED_FIXED, Actor.BODY)):
        change_status(issue=second, move=Move(after, actor))
    Issue.objects.filter(pk=first.pk).update(promised_at=clock.now() - timedelta(days=3))
    return [first, second, tap]


def listed(query: str) -> set[str]:
    """The references on a page of the list."""
    page = Client().get(f"/issues{query}")
    assert page.status_code == 200
    text = page.content.decode()
    return {issue.reference for issue in Issue.objects.all() if issue.reference in text}


def test_every_filter(three, city):
    first, second, tap = (issue.reference for issue in three)
    assert listed("") == {first, second, tap}
    assert listed("?group=water") == {tap}
    assert listed("?kind=pothole") == {first, second}
    assert listed("?state=waiting") == {second}
    assert listed("?state=open") == {first, tap}
    assert listed("?overdue=1") == {first}
    assert listed("?q=taxi") == {first}
    assert listed("?q=skool slaggat") == {second}
    assert listed(f"?city={city.slug}") == {first, second, tap}
    assert listed(f"?area={tap_area()}") == {tap}
    assert listed("?city=nowhere") == listed("?area=nowhere") == set()


def tap_area() -> str:
    """The suburb's slug."""
    areas = Issue.objects.get(category__code="no-water").areas.filter(area__kind="suburb")
    return str(areas.values_list("area__slug", flat=True).get())


@pytest.mark.parametrize(
    "query", ["?state=x&group=y", "?page=-1", "?page=999999", "?page=x", "?q=%00", "?q=%27%22%5C"]
)
def test_nonsense_in_the_url_is_harmless(three, query: str):
    assert Client().get(f"/issues{query}").status_code == 200
    assert Client().get(f"/map{query}&box=1,2,3").status_code == 200


def test_a_reference_leads_straight_to_its_issue(three):
    reply = Client().get("/issues", {"q": three[0].reference.lower()})
    assert reply["Location"] == f"/i/{three[0].reference}"


def test_htmx_gets_the_list_alone(three):
    part = Client().get("/issues", headers={"HX-Request": "true"}).content.decode()
    assert three[0].reference in part
    assert "<html" not in part


def test_pages(city):
    pothole = Category.objects.get(code="pothole")
    for _number in range(26):
        build.issue(of=pothole)
    first, second = Client().get("/issues"), Client().get("/issues?page=2")
    assert "Page 1 of 2" in first.content.decode()
    assert second.content.decode().count('data-issue="') == 2


BOX = "18.3,-34.4,18.9,-33.5"


@pytest.mark.parametrize("zoom", range(3, 20))
def test_clusters_at_every_zoom_count_the_same(three, zoom: int):
    reply = Client().get(f"/map/data?box={BOX}&zoom={zoom}")
    found = json.loads(reply.content)
    assert sum(row[2] for row in found["clusters"]) + len(found["pins"]) == 3
    assert reply["Cache-Control"] == "public, max-age=15"


def test_filters_hold_on_the_map_too(three):
    for query in ("group=water", "overdue=1", "q=taxi", "state=waiting"):
        for zoom in (6, 11, 17):
            reply = Client().get(f"/map/data?box={BOX}&zoom={zoom}&{query}")
            found = json.loads(reply.content)
            assert sum(row[2] for row in found["clusters"]) + len(found["pins"]) == 1, query


def test_the_map_never_tells_a_private_place(three):
    tap = three[2]
    found = json.loads(Client().get(f"/map/data?box={BOX}&zoom=18&group=water").content)
    assert found["pins"][0]["at"] != [tap.lat, tap.lng]
    assert found["pins"][0]["coarse"] is True


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "5,5,1,1", "nan,0,1,1", "-999,0,1,1"])
def test_a_bad_box_is_refused(db, box: str):
    assert Client().get("/map/data", {"box": box}).status_code == 400
    assert Client().get("/map/outlines", {"box": box}).status_code == 400


def test_the_drawn_map_needs_no_script(three):
    page = Client().get("/map").content.decode()
    assert "<svg" in page
    assert three[0].reference in page
    assert f"/i/{three[0].reference}" in page


def test_area_page(three):
    page = Client().get(f"/a/{tap_area()}").content.decode()
    assert "Woodstock" in page
    assert three[2].reference in page
    assert three[0].reference not in page
    assert Client().get("/a/no-such-place").status_code == 404


def test_home_shows_the_place_you_were_in(three):
    browser = Client()
    browser.get(f"/a/{tap_area()}")
    page = browser.get("/").content.decode()
    assert "Around Woodstock" in page
    assert three[2].reference in page


def test_here_leads_to_the_smallest_area(three):
    reply = Client().get("/here?lat=-33.930&lng=18.445")
    assert reply["Location"] == f"/a/{tap_area()}"
    assert Client().get("/here?lat=x&lng=y")["Location"] == "/"
    assert Client().get("/here?lat=0.1&lng=0.1").status_code == 200


def test_search_of_places(three):
    browser = Client()
    part = browser.get("/places?q=woodstok", headers={"HX-Request": "true"}).content.decode()
    assert "Woodstock" in part
    assert "<html" not in part
    assert "Woodstock" in browser.get("/?q=woodstok").content.decode()


@pytest.mark.parametrize("path", ["/", "/issues", "/map", "/mine", "AREA", "ISSUE"])
def test_few_queries(three, path: str, django_assert_max_num_queries):
    real = {"AREA": f"/a/{tap_area()}", "ISSUE": f"/i/{three[1].reference}"}.get(path, path)
    browser = Client()
    browser.get(f"/t/{'x' * 20}")
    with django_assert_max_num_queries(12), zeal_context():
        assert browser.get(real).status_code == 200


@pytest.mark.parametrize("screen", ["photos", "place", "kind", "check"])
def test_few_queries_while_reporting(three, screen: str, django_assert_max_num_queries):
    browser = Client()
    draft = browse.at_check(browser)
    with django_assert_max_num_queries(12), zeal_context():
        assert browser.get(f"{draft}/{screen}").status_code == 200


def test_a_place_without_a_border_shows_what_is_around_it(three):
    place = build.area(name="Groote Schuur", kind="place", box=(18.445, -33.93, 18.445, -33.93))
    build.issue(of=Category.objects.get(code="pothole"), point=Point(-34.2, 18.45))
    page = Client().get(f"/a/{place.slug}").content.decode()
    assert page.count('data-issue="') == 3
    assert "within 2.5 km" in page
    assert len(listed(f"?area={place.slug}")) == 3


def test_a_query_for_each_row_would_be_seen(three):
    with zeal_context(), pytest.raises(NPlusOneError):
        [issue.category.name for issue in Issue.objects.all()]


def test_searching_by_words_is_limited_and_looking_is_not(city, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "search", (2, 60))
    browser = Client()
    with clock.frozen(clock.now()):
        answers = [browser.get("/issues?q=slaggat").status_code for _number in range(3)]
        assert answers == [200, 200, 429]
        assert browser.get("/issues").status_code == 200
        assert browser.get("/?q=obs").status_code == 429
