"""The operator's pages: secrets never come out, codes are checked, uncertain messages are settled."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mysmartcity.connectors.actions import deliver
from mysmartcity.connectors.admin import ConnectionForm
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from mysmartcity.people.models import Person
from tests.connectors.build import FakeCity, connection, create_of, handed_over, item, status_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.connectors.admin_urls")]


@pytest.fixture
def operator(client: Client, settings: Any) -> Client:
    """Signed in; the second factor is the faces' own business and tested there."""
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "SecondFactor" not in one]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client.force_login(Person.objects.create_superuser("o@example.org", "a long password 1"))
    return client


def act(operator: Client, model: str, name: str, pk: int, **its: str) -> None:
    url = reverse(f"admin:connectors_{model}_changelist")
    reply = operator.post(url, {"action": name, "_selected_action": pk, **its})
    assert reply.status_code == 302, reply.content[:500]


def test_it_works(operator: Client, city: FakeCity) -> None:
    """Lists and forms open, and no secret is in any of them."""
    handed_over()
    its = connection(secrets={"key": "a-very-secret-key"})
    item(its, "busy", after=1)
    for model in ("connection", "inboxitem", "uncertaindelivery"):
        reply = operator.get(reverse(f"admin:connectors_{model}_changelist"))
        assert reply.status_code == 200
        assert b"a-very-secret-key" not in reply.content
    form = operator.get(reverse("admin:connectors_connection_change", args=[its.pk]))
    assert form.status_code == 200
    assert b"a-very-secret-key" not in form.content


def test_pause_resume_and_replay(operator: Client, city: FakeCity) -> None:
    handover = handed_over()
    its = connection()
    act(operator, "connection", "pause", its.pk)
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 0
    act(operator, "connection", "resume", its.pk)
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 1
    act(operator, "connection", "replay", its.pk)


def test_an_uncertain_message_is_settled(operator: Client, city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.capabilities = Capabilities()
    city.failures = [(DeliveryFailed(ErrorClass.AMBIGUOUS, "Lost."), True)]
    deliver(delivery_id=create_of(handover).pk)
    Delivery.objects.update(next_try_at=clock.now())
    deliver(delivery_id=create_of(handover).pk)
    pk = create_of(handover).pk
    act(operator, "uncertaindelivery", "it_arrived", pk, body_reference="J-88")
    handover.refresh_from_db()
    assert (handover.body_reference, status_of(handover)) == ("J-88", "acknowledged")


def test_codes_must_mean_something_and_an_empty_secret_keeps_the_old() -> None:
    handed_over()
    its = connection(secrets={"key": "old"}, system="mail")

    def form(statuses: str, secret: str = "") -> ConnectionForm:
        data = {"body": its.body_id, "system": "mail", "settings": "{}", "category_codes": "{}",
                "statuses": statuses, "new_secret": secret}  # fmt: skip
        return ConnectionForm(data, instance=Connection.objects.get(pk=its.pk))

    assert "statuses" in form('{"done": "fixed"}').errors
    assert "statuses" in form("[1]").errors
    good = form('{"done": "reported_fixed", "no": "declined:not_ours"}')
    assert good.is_valid(), good.errors
    assert good.save().secret == "old"
    changed = form('{"done": "reported_fixed"}', "new")
    assert changed.is_valid()
    assert changed.save().secret == "new"
