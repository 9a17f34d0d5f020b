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


def edit(operator: Client, its: Connection, **fields: str) -> Any:
    url = reverse("admin:connectors_connection_change", args=[its.pk])
    data = {"body": its.body_id, "system": "mail", "settings": "{}", "new_secret": "",
            "category_codes": "{}", "statuses": "{}", "seen_version": "0", **fields}  # fmt: skip
    return operator.post(url, data)


def test_codes_edited_here_are_versions_too(operator: Client, city: FakeCity) -> None:
    handed_over()
    its = connection(system="mail")
    assert edit(operator, its, statuses='{"done": "reported_fixed"}').status_code == 302
    its.refresh_from_db()
    assert (its.codes_version, its.statuses) == (1, {"done": "reported_fixed"})
    book = its.code_books.get(version=1)
    assert book.made_by == Person.objects.get()
    same = edit(operator, its, statuses='{"done": "reported_fixed"}', seen_version="1")
    assert same.status_code == 302
    its.refresh_from_db()
    assert its.codes_version == 1, "no new version where nothing was changed"


def test_an_older_page_does_not_undo_newer_codes(operator: Client, city: FakeCity) -> None:
    handed_over()
    its = connection(system="mail")
    edit(operator, its, statuses='{"done": "reported_fixed"}')
    reply = edit(operator, its, statuses='{"done": "declined"}')
    assert reply.status_code == 200
    assert "Somebody changed the codes meanwhile" in reply.content.decode()
    unknown = edit(operator, its, category_codes='{"dragon": "D"}', seen_version="1")
    assert "We have no category “dragon”." in unknown.content.decode()
    its.refresh_from_db()
    assert (its.codes_version, its.statuses) == (1, {"done": "reported_fixed"})


def test_saving_the_form_keeps_what_the_exchange_wrote(operator: Client, city: FakeCity) -> None:
    handed_over()
    its = connection(system="mail", secrets={"key": "old"}, last_error="Away.")
    edit(operator, its, settings='{"to": "a@b.example"}', new_secret="new", statuses="{}")
    its.refresh_from_db()
    assert (its.settings, its.secret) == ({"to": "a@b.example"}, "new")
    assert its.last_error == "Away."


def test_a_new_connection_begins_with_version_1(operator: Client) -> None:
    body = handed_over().body
    url = reverse("admin:connectors_connection_add")
    data = {"body": body.pk, "system": "mail", "settings": "{}", "new_secret": "",
            "category_codes": '{"pothole": "P1"}', "statuses": "{}", "seen_version": "0"}  # fmt: skip
    assert operator.post(url, data).status_code == 302
    its = Connection.objects.get()
    assert (its.codes_version, its.category_codes) == (1, {"pothole": "P1"})
    assert list(its.code_books.values_list("version", flat=True)) == [1]
