"""The admin: closed to everybody but staff with a second factor; dispatchers see what they need."""

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client

from mysmartcity.dispatch.actions import queue_issue, route_issue
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.people.models import Person, Role
from tests import build

pytestmark = pytest.mark.django_db

PAGES = (
    "/admin/dispatch/responsibility/",
    "/admin/dispatch/queueentry/",
    "/admin/dispatch/delivery/",
    "/admin/dispatch/handover/",
    "/admin/issues/issue/",
    "/admin/issues/category/",
    "/admin/connectors/connection/",
)


def signed_in(client: Client, person: Person, *, with_factor: bool = True) -> Client:
    """Signed in as far as a browser would be after password and code."""
    if with_factor:
        TOTP.activate(person, generate_totp_secret())
    request = HttpRequest()
    request.session = client.session
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    record_authentication(request, person, "password", email=person.email)
    if with_factor:
        record_authentication(request, person, "mfa", type="totp")
    request.session.save()
    client.cookies["session"] = request.session.session_key or ""
    return client


@pytest.fixture(autouse=True)
def _plain_static(settings) -> None:
    """No collectstatic before a test."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def dispatcher(client: Client) -> Client:
    return signed_in(client, build.person(role=Role.DISPATCHER))


@pytest.mark.parametrize("path", PAGES)
def test_it_works(dispatcher: Client, path: str) -> None:
    build.issue()
    assert dispatcher.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/admin/people/person/", "/admin/people/apikey/"])
def test_a_dispatcher_sees_no_people_and_no_keys(dispatcher: Client, path: str) -> None:
    assert dispatcher.get(path).status_code == 403


def test_nobody_else_comes_in(client: Client) -> None:
    assert client.get("/admin/issues/issue/").status_code == 302
    resident = signed_in(client, build.person(), with_factor=False)
    assert resident.get("/admin/issues/issue/").status_code == 302


def test_staff_without_a_second_factor_set_one_up_first(client: Client) -> None:
    staff = signed_in(client, build.person(role=Role.DISPATCHER), with_factor=False)
    answer = staff.get("/admin/issues/issue/")
    assert answer.status_code == 302
    assert "/second/set-up/" in answer.headers["Location"]


def test_the_simulator_says_who_and_why(dispatcher: Client) -> None:
    city = build.jurisdiction()
    build.responsibility(of=city, by=build.body(name="Roads"), reason="Roads mends streets.")
    category = build.category(of=city)
    query = {"lat": "-33.9249", "lng": "18.4241", "category": category.pk}
    page = dispatcher.get("/admin/dispatch/responsibility/simulator/", query).content.decode()
    assert "Roads" in page
    assert "Roads mends streets." in page
    build.responsibility(of=city, by=build.body(name="Parks"), reason="A tree.", is_shared=True)
    page = dispatcher.get("/admin/dispatch/responsibility/simulator/", query).content.decode()
    assert "<strong>Parks</strong> gets a part of it too" in page
    bad = dispatcher.get("/admin/dispatch/responsibility/simulator/", {**query, "lat": "north"})
    assert "not a number" in bad.content.decode()


def dead_letter() -> Delivery:
    city = build.jurisdiction()
    build.responsibility(of=city, by=build.body(name="Roads"))
    issue = build.issue(of=build.category(of=city))
    route_issue(issue_id=issue.pk)
    Delivery.objects.update(state=DeliveryState.DEAD)
    delivery = Delivery.objects.get()
    queue_issue(issue=issue, reason=QueueReason.DEAD_LETTER, words="404", delivery=delivery)
    return delivery


def act(client: Client, page: str, **values: object) -> None:
    client.post(page, {"index": "0", "select_across": "0", **values}, follow=True)


def test_a_dispatcher_sends_a_dead_letter_again(dispatcher: Client) -> None:
    delivery = dead_letter()
    act(dispatcher, PAGES[2], action="send_again", _selected_action=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING
    assert not QueueEntry.objects.unsettled().exists()


def test_a_dispatcher_gives_what_nobody_owns_to_a_body(dispatcher: Client) -> None:
    issue, body = build.issue(), build.body(name="Parks")
    route_issue(issue_id=issue.pk)
    entry = QueueEntry.objects.get()
    act(dispatcher, PAGES[1], action="give_to_body", _selected_action=entry.pk, body=body.pk)
    assert Handover.objects.get().body == body


def test_a_dispatcher_insists_where_a_body_said_not_ours(dispatcher: Client) -> None:
    issue, body = build.issue(), build.body(name="Parks")
    route_issue(issue_id=issue.pk)
    entry = QueueEntry.objects.get()
    Handover.objects.create(
        issue=issue, body=body, is_current=False, decline_reason="not_ours", state="ended"
    )
    values = {"_selected_action": entry.pk, "body": body.pk}
    act(dispatcher, PAGES[1], action="give_to_body", **values)
    assert not Handover.objects.active().exists()
    act(dispatcher, PAGES[1], action="give_although_refused", **values)
    assert Handover.objects.active().get().body == body
