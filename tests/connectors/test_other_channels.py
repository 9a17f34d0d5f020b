"""A body that answers on another channel, reopens, promises, or is only tried out."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.actions.apply import apply_update, apply_waiting
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues.status import Status
from mysmartcity.people.models import Body
from tests import build
from tests.connectors import mess
from tests.connectors.build import T0, FakeCity, connection, item
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(city: FakeCity) -> Handover:
    """It went out through the API of City Power, which also has a mailbox."""
    del city
    power = build.body(name="City Power")
    mess.city_of(power)
    connection(to=power, name="mail")
    return mess.arrived(mess.routed(device="d")[0], "A-1")


def mailbox() -> Connection:
    found: Connection = Connection.objects.get(name="mail")
    return found


def status(handover: Handover) -> str:
    return mess.issue_of(handover).status


def test_a_mail_about_what_the_api_carried(lead: Handover) -> None:
    assert tell(lead, "busy", after=1, where=mailbox()) == "moved to in_progress"
    assert tell(lead, "open", after=0.5) == "older than what we knew", "whoever brought it"
    assert status(lead) == "in_progress"


def test_an_office_s_own_number_is_one_more_name_for_the_whole(lead: Handover) -> None:
    reply = {"where": mailbox(), "handover": lead, "body_reference": "OFFICE 77"}
    assert tell(lead, "busy", after=1, **reply) == "moved to in_progress"
    assert lead.references.get(reference="OFFICE 77").kind == "also"
    assert tell(lead, "open", after=0.5) == "older than what we knew"
    outcome = tell(lead, "done", after=2, where=mailbox(), body_reference="office77")
    assert outcome == "moved to reported_fixed", "no work item of its own that would stay open"


def test_a_reply_without_any_reference_is_in_order_with_the_api(lead: Handover) -> None:
    tell(lead, "done", after=9)
    late = tell(lead, "busy", after=5, where=mailbox(), handover=lead, body_reference="")
    assert late == "older than what we knew"
    assert status(lead) == "reported_fixed"


def test_the_city_above_answers_for_its_department(lead: Handover) -> None:
    city = build.body(name="The city")
    Body.objects.filter(pk=lead.body_id).update(parent=city)
    assert tell(lead, "busy", after=1, where=connection(to=city)) == "moved to in_progress"


def test_a_department_answers_for_its_city(lead: Handover) -> None:
    depot = build.body(name="Depot")
    Body.objects.filter(pk=depot.pk).update(parent=lead.body)
    assert tell(lead, "busy", after=1, where=connection(to=depot)) == "moved to in_progress"


@pytest.mark.parametrize("word", ["open", "busy"])
def test_a_body_reopens_what_it_reported_as_fixed(lead: Handover, word: str) -> None:
    tell(lead, "done", after=1)
    assert tell(lead, word, after=2).startswith("moved to")
    lead.refresh_from_db()
    assert (lead.ended_at, lead.state) == (None, "acknowledged")


@pytest.mark.parametrize("word", ["open", "busy"])
def test_a_body_reopens_what_a_resident_had_confirmed(lead: Handover, word: str) -> None:
    tell(lead, "done", after=1)
    mess.resident(lead, Status.FIXED, minutes=5)
    assert tell(lead, "done", after=6) == "nothing new"
    assert status(lead) == "fixed"
    assert tell(lead, word, after=7).startswith("moved to")
    issue = mess.issue_of(lead)
    assert (issue.status in ("acknowledged", "in_progress"), issue.fixed_by) == (True, "")


def test_old_news_does_not_reopen(lead: Handover) -> None:
    tell(lead, "done", after=5)
    mess.resident(lead, Status.FIXED, minutes=9)
    tell(lead, "busy", after=4)
    assert status(lead) == "fixed"


def test_a_promise_is_kept_and_said_once(lead: Handover) -> None:
    promised_at = T0 + timedelta(days=2)
    tell(lead, "busy", after=1, promised_at=promised_at)
    tell(lead, "note", after=2, promised_at=promised_at)
    lead.refresh_from_db()
    assert lead.promised_at == promised_at
    assert mess.publics(lead).count("City Power says it will be done by 03 Jun 2026, 10:00.") == 1
    tell(lead, "note", after=0.5, promised_at=T0)
    lead.refresh_from_db()
    assert lead.promised_at == promised_at, "an older promise does not count"


def test_the_version_of_the_codes_is_kept(lead: Handover) -> None:
    Connection.objects.update(codes_version=3)
    tell(lead, "busy", after=1)
    assert InboxItem.objects.get().codes_version == 3


def test_a_connection_on_trial_changes_nothing(lead: Handover) -> None:
    Connection.objects.filter(name="mail").update(mode=Mode.SHADOW)
    news = item(mailbox(), "done", after=1, body_reference="A-1", outcome="would move")
    assert apply_update(item_id=news.pk) == "would move"
    assert apply_waiting(connection=mailbox()) == 0
    news.refresh_from_db()
    assert (status(lead), news.applied_at) == ("acknowledged", None)


def test_news_that_came_before_we_knew_that_it_arrived_counts_then(city: FakeCity) -> None:
    """A mail may come back while the worker has not written down yet that it went out."""
    del city
    mess.city_of(build.body())
    (lead,) = mess.routed()
    outcome = tell(lead, "done", after=1, handover=lead)
    assert outcome == "no step from received to reported_fixed"
    mess.arrived(lead, "A-1")
    assert status(lead) == "reported_fixed"
