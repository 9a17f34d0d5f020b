"""Staff with their second factor, a body with a connection, and a system in memory."""

from collections.abc import Callable

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHO_KEY,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as HOW_KEY
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mysmartcity.lib import clock
from mysmartcity.people.models import Person, Role
from mysmartcity.web import staff_session
from tests import build
from tests.connectors.build import city
from tests.web.conftest import _plain_settings, _watch_queries

__all__ = ["_plain_settings", "_watch_queries", "city"]

MOST_QUERIES = 12


class Staff(Client):
    """A browser of somebody who works here, signed in with both factors."""

    person: Person

    def page(self, path: str, *, status: int = 200, most: int = MOST_QUERIES) -> str:
        """A page's text; more than `most` queries fail the test."""
        with CaptureQueriesContext(database) as asked:
            reply = self.get(path)
        assert reply.status_code == status, (path, reply.status_code)
        assert len(asked) <= most, "\n".join(q["sql"][:200] for q in asked)
        return str(reply.content.decode())


def signed_in(role: Role, **its: str) -> Staff:
    """Somebody of this role whose session has seen both factors."""
    client = Staff()
    person = build.person(role=role, **its)
    if role == Role.OFFICIAL:
        Person.objects.filter(pk=person.pk).update(is_staff=True)
        person.refresh_from_db()
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[HOW_KEY] = [{"method": "password", "at": 1}, {"method": "mfa", "at": 2}]
    session[staff_session.BEGAN] = session[staff_session.SEEN] = clock.now().timestamp()
    session[WHO_KEY] = str(person.pk)
    session.save()
    client.person = person
    return client


@pytest.fixture
def operator(db: None) -> Staff:
    """Somebody who may change connections."""
    del db
    return signed_in(Role.OPERATOR, display_name="Olwethu")


@pytest.fixture
def dispatcher(db: None) -> Staff:
    """Somebody who works the queues."""
    del db
    return signed_in(Role.DISPATCHER, display_name="Nomsa")


@pytest.fixture
def sign_in(db: None) -> Callable[..., Staff]:
    """Sign in anybody."""
    del db
    return signed_in
