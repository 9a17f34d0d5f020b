"""Signing in by code, and the second factor of staff."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from mysmartcity.issues.models import Category
from mysmartcity.lib import clock
from mysmartcity.notify.models import Mail
from mysmartcity.people.models import Person, Role
from tests import build
from tests.web import browse

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def ask(client: Client, email: str):
    """Ask for a code."""
    return browse.post(client, "/accounts/sign-in/", {"email": email})


def code_in(mail: Mail) -> str:
    """The code in a letter."""
    found = re.search(r"^([A-Z0-9-]{6,9})$", mail.text, flags=re.M)
    assert found, mail.text
    return found.group(1)


def test_one_flow_for_strangers_and_members(city):
    build.person(email="member@example.org")
    replies = [ask(Client(), address) for address in ("member@example.org", "new@example.org")]
    assert len({(reply.status_code, reply["Location"]) for reply in replies}) == 1
    assert Mail.objects.count() == 2
    assert len({mail.subject for mail in Mail.objects.all()}) == 1


def test_a_stranger_becomes_a_member_by_the_code(city):
    client = Client(enforce_csrf_checks=True)
    build.issue(of=Category.objects.get(code="pothole"))
    ask(client, "new@example.org")
    before = client.session.session_key
    reply = browse.post(client, "/accounts/sign-in/code/", {"code": code_in(Mail.objects.get())})
    assert reply["Location"] == "/mine"
    assert client.session.session_key != before
    assert "Signed in as new@example.org" in client.get("/mine").content.decode()
    assert not Person.objects.get(email="new@example.org").has_usable_password()


def test_a_code_works_in_its_own_browser_only(city):
    client, thief = Client(), Client()
    ask(client, "new@example.org")
    code = code_in(Mail.objects.get())
    reply = thief.post("/accounts/sign-in/code/", {"code": code})
    assert reply["Location"].startswith("/accounts/")
    assert "_auth_user_id" not in thief.session


def test_three_wrong_codes_end_it(city):
    client = Client()
    ask(client, "new@example.org")
    code = code_in(Mail.objects.get())
    for _time in range(3):
        client.post("/accounts/sign-in/code/", {"code": "WRONG1"})
    client.post("/accounts/sign-in/code/", {"code": code})
    assert "_auth_user_id" not in client.session


def test_asking_too_often_is_limited(city):
    answers = [ask(Client(), "new@example.org") for _time in range(5)]
    assert Mail.objects.count() <= 3
    assert answers[-1].status_code != 302


def test_staff_get_no_code(city):
    build.person(email="staff@example.org", role=Role.DISPATCHER, password="x" * 20)
    ask(Client(), "staff@example.org")
    assert "password" in Mail.objects.get().text


def staff(*, second: bool) -> Person:
    """An operator, with or without a second factor."""
    person = Person.objects.create_superuser("op@example.org", "correct horse battery")
    if second:
        TOTP.activate(person, SECRET)
    return person


def log_in(client: Client) -> str:
    """Sign in by password; gives where it leads."""
    body = {"login": "op@example.org", "password": "correct horse battery"}
    return str(browse.post(client, "/accounts/staff/", body)["Location"])


def test_staff_without_a_second_factor_must_set_it_up(city):
    staff(second=False)
    client = Client(enforce_csrf_checks=True)
    log_in(client)
    for path in ("/", "/admin/", "/mine"):
        assert client.get(path)["Location"] == "/accounts/second/set-up/"
    # The password is asked once more before anything about signing in changes.
    again = client.get("/accounts/second/set-up/")["Location"]
    body = {"password": "correct horse battery", "next": "/accounts/second/set-up/"}
    browse.post(client, again, body)
    assert "Set up the second step" in client.get("/accounts/second/set-up/").content.decode()


def test_the_admin_asks_for_password_and_code(city):
    staff(second=True)
    client = Client(enforce_csrf_checks=True)
    assert client.get("/admin/")["Location"].startswith("/accounts/staff/")
    assert client.get("/admin/login/")["Location"].startswith("/accounts/staff/")
    assert log_in(client) == "/accounts/second/"
    assert "_auth_user_id" not in client.session
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(SECRET, counter))
    browse.post(client, "/accounts/second/", {"code": code})
    assert client.get("/admin/").status_code in (200, 404)
    assert Authenticator.objects.count() == 1
    assert get_adapter().is_mfa_enabled(Person.objects.get(email="op@example.org"))


def test_a_session_without_the_second_step_does_not_open_the_admin(city):
    person = staff(second=True)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/")["Location"].startswith("/accounts/second/again/")


def test_residents_never_reach_the_admin(city):
    client = Client()
    client.force_login(build.person(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/")["Location"].startswith("/accounts/staff/")


def test_after_signing_in_only_this_host(city):
    client = Client(enforce_csrf_checks=True)
    page = "/accounts/sign-in/?next=https://evil.example/"
    browse.post(client, page, {"email": "new@example.org", "next": "https://evil.example/"})
    body = {"code": code_in(Mail.objects.get()), "next": "https://evil.example/"}
    reply = browse.post(client, "/accounts/sign-in/code/", body)
    assert reply["Location"] == "/mine"


def test_signing_out_clears_the_browser(city):
    client = Client(enforce_csrf_checks=True)
    ask(client, "new@example.org")
    browse.post(client, "/accounts/sign-in/code/", {"code": code_in(Mail.objects.get())})
    reply = browse.post(client, "/accounts/logout/", on="/mine")
    assert "storage" in reply["Clear-Site-Data"]
    assert "_auth_user_id" not in client.session


def second_step(client: Client) -> None:
    """Sign in with password and code."""
    log_in(client)
    counter = next(iter(yield_hotp_counters_from_time()))
    browse.post(
        client, "/accounts/second/", {"code": format_hotp_value(hotp_value(SECRET, counter))}
    )


@pytest.mark.parametrize(
    ("pauses", "is_in"),
    [
        ([29], True),
        ([29, 29, 29], True),
        ([31], False),
        ([29] * 24, True),
        ([29] * 25, False),
    ],
)
def test_a_session_of_staff_ends(city, monkeypatch, pauses: list[int], is_in: bool):
    """After half an hour without a sign of life, and after twelve hours (25 times 29 minutes) anyway."""
    staff(second=True)
    client = Client(enforce_csrf_checks=True)
    second_step(client)
    assert client.get("/admin/").status_code == 200
    now = clock.now()
    for pause in pauses:
        now += timedelta(minutes=pause)
        monkeypatch.setattr(clock, "now", lambda at=now: at)
        reply = client.get("/admin/")
    assert (reply.status_code == 200) is is_in
    assert ("_auth_user_id" in client.session) is is_in
    if not is_in:
        assert reply["Location"] == "/accounts/staff/?next=%2Fadmin%2F"


def test_a_session_that_is_over_ends_on_any_page(city, monkeypatch):
    staff(second=True)
    client = Client(enforce_csrf_checks=True)
    second_step(client)
    client.get("/")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get("/").status_code == 200
    assert "_auth_user_id" not in client.session


def test_residents_stay_signed_in(city, monkeypatch):
    client = Client()
    client.force_login(build.person(), backend="django.contrib.auth.backends.ModelBackend")
    client.get("/mine")
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.get("/mine")
    assert "_auth_user_id" in client.session
