"""Who may open the desk: each address for each kind of person, and nothing without the second factor."""

import pytest
from django.test import Client
from django.urls import reverse

from mysmartcity.connectors.models import Connection
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import FakeCity, connection
from tests.desk.conftest import Staff, signed_in

pytestmark = pytest.mark.django_db

PLAIN = ("home", "connections", "mapping", "dead-letters", "dead-letters-again", "uncertain",
         "reconciliation", "route", "calls", "facts")  # fmt: skip
OF_ONE = ("connection", "connection-messages", "connection-categories", "connection-use",
          "connection-codes")  # fmt: skip
POSTS_OF_OPERATORS = ("connection-act", "connection-restore", "connection-use", "connection-codes")


@pytest.fixture
def its(city: FakeCity) -> Connection:
    del city
    return connection(to=build.body(name="Roads Office"))


def paths(its: Connection) -> list[str]:
    """Every page of the desk."""
    plain = [reverse(f"desk:{name}") for name in PLAIN]
    return plain + [reverse(f"desk:{name}", args=[its.public_id]) for name in OF_ONE]


def test_it_works(its: Connection, operator: Staff, dispatcher: Staff) -> None:
    for path in paths(its):
        for client in (operator, dispatcher):
            assert "Desk" in client.page(path), path
            reply = client.get(path)
            assert reply["Cache-Control"] == "private, no-store"
            policy = reply["Content-Security-Policy"]
            assert "unsafe" not in policy


def test_strangers_and_residents_are_led_to_the_sign_in_of_staff(its: Connection) -> None:
    resident = Client()
    resident.force_login(build.person(), backend="django.contrib.auth.backends.ModelBackend")
    for client in (Client(), resident):
        for path in [*paths(its), "/desk", "/desk/calls/x", "/desk/no/such/page"]:
            reply = client.get(path)
            assert reply.status_code == 302, path
            assert reply["Location"].startswith("/accounts/staff/?next="), path


def test_a_session_without_the_second_factor_does_not_open_it(its: Connection) -> None:
    staff = signed_in(Role.OPERATOR)
    session = staff.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1}]
    session.save()
    assert staff.get("/desk/")["Location"].startswith("/accounts/second/again/")


def test_officials_find_nothing(its: Connection) -> None:
    official = signed_in(Role.OFFICIAL)
    for path in paths(its):
        assert official.get(path).status_code == 404, path


def test_dispatchers_change_no_connection(its: Connection, dispatcher: Staff) -> None:
    for name in POSTS_OF_OPERATORS:
        reply = dispatcher.post(reverse(f"desk:{name}", args=[its.public_id]), {"act": "pause"})
        assert reply.status_code == 403, name
        assert "Only an operator may change a connection" in reply.content.decode()
    reply = dispatcher.post(reverse("desk:mapping"), {"word": "x", "meaning": "on_hold"})
    assert reply.status_code == 403
    its.refresh_from_db()
    assert (its.is_active, its.codes_version) == (True, 0)


def test_a_form_without_its_token_is_refused(its: Connection, operator: Staff) -> None:
    operator.handler.enforce_csrf_checks = True
    path = reverse("desk:connection-act", args=[its.public_id])
    assert operator.post(path, {"act": "pause", "reason": "x"}).status_code == 403
    its.refresh_from_db()
    assert its.is_active


def test_what_is_not_there_is_not_found(operator: Staff) -> None:
    for path in ("/desk/connections/nope", "/desk/connections/nope/codes", "/desk/calls/nope"):
        assert operator.get(path).status_code == 404
    assert operator.get("/desk")["Location"] == "/desk/"


def test_staff_find_their_way_from_the_pages_for_residents(operator: Staff) -> None:
    assert 'href="/desk/"' in operator.get("/about").content.decode()
    assert 'href="/desk/"' not in Client().get("/about").content.decode()
