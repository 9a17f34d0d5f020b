"""Passing on: clocks, history and followers stay, circles are refused, and late news moves nothing."""

import pytest

from mysmartcity.dispatch.actions import assign_body, pass_on, route_issue, settle_ended
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Status
from mysmartcity.people.models import Body, Person, Role
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity, connection
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Person:
    return build.person(role=Role.DISPATCHER)


@pytest.fixture
def lead(city: FakeCity) -> Handover:
    """City Power has it and gave its reference; Eskom is known here too."""
    del city
    power, eskom = build.body(name="City Power"), build.body(slug="eskom", name="Eskom")
    where = mess.city_of(power)
    build.responsibility(of=where, by=eskom, category_code="other")
    connection(to=eskom)
    return mess.arrived(mess.routed(device="d")[0], "P-1")


def eskom() -> Body:
    return Body.objects.get(slug="eskom")


def test_it_works(lead: Handover, staff: Person) -> None:
    before = mess.issue_of(lead)
    given = pass_on(issue=before, body=eskom(), by=staff, words="Their cable.")
    issue = mess.issue_of(lead)
    assert (given.passed_from, given.is_current) == (lead, True)
    lead.refresh_from_db()
    assert (lead.is_current, lead.state, lead.body_reference) == (False, "ended", "P-1")
    assert (issue.status, issue.reported_at) == ("received", before.reported_at)
    assert issue.follows.count() == before.follows.count() == 1
    assert issue.responsible_name == "Eskom"
    assert "It was passed on from City Power to Eskom.\nTheir cable." in mess.publics(lead)
    told = lead.deliveries.get(kind=DeliveryKind.WITHDRAWN)
    assert told.content == {"words": "It was passed on to Eskom.", "if_able": True}
    mess.arrived(given, "E-1")
    assert mess.issue_of(lead).status == "acknowledged"
    tell(given, "done", after=9)
    assert mess.issue_of(lead).status == "reported_fixed"


def test_late_news_of_the_earlier_body_is_kept_inside(lead: Handover, staff: Person) -> None:
    given = pass_on(issue=mess.issue_of(lead), body=eskom(), by=staff)
    mess.arrived(given, "E-1")
    assert tell(lead, "done", after=9, words="We did it.") == "not theirs any more"
    assert tell(lead, "note", after=10, words="Indeed.") == "words"
    assert mess.issue_of(lead).status == "acknowledged"
    assert "We did it." in mess.insides(lead)
    assert "did it" not in mess.publics(lead)
    assert "Indeed" not in mess.publics(lead)
    lead.refresh_from_db()
    assert lead.said == "reported_fixed", "its answer is kept"


def test_a_body_that_names_another_is_proposed_and_nothing_more(lead: Handover) -> None:
    tell(lead, "no", after=3, words="Not ours. It is Eskom's cable.")
    assert mess.issue_of(lead).status == "declined"
    settle_ended(issue_id=lead.issue_id)
    entry = QueueEntry.objects.unsettled().get(reason="no_route")
    assert entry.words.endswith("Give it to Eskom?")
    assert Handover.objects.get(is_current=True) == lead


def test_a_refusal_that_names_nobody_asks_whose_it_is(lead: Handover) -> None:
    tell(lead, "no", after=3, words="Not ours.")
    assert QueueEntry.objects.unsettled().get(reason="no_route").words.endswith("Whose is it?")


def test_a_refused_one_is_passed_on(lead: Handover, staff: Person) -> None:
    tell(lead, "no", after=3, words="Not ours. It is Eskom's.")
    assign_body(issue=mess.issue_of(lead), body=eskom(), by=staff)
    assert mess.issue_of(lead).status == "received"
    assert "City Power said that it is not theirs" in mess.publics(lead)
    assert not QueueEntry.objects.unsettled().exists()
    assert not lead.deliveries.filter(kind=DeliveryKind.WITHDRAWN).exists(), "they know"


def test_circles_need_somebody_who_insists(lead: Handover, staff: Person) -> None:
    tell(lead, "no", after=3, words="Not ours.")
    given = mess.arrived(pass_on(issue=mess.issue_of(lead), body=eskom(), by=staff), "E-1")
    tell(given, "no", after=5, words="City Power's.")
    for insists, by in ((False, staff), (True, None)):
        with pytest.raises(NotAllowed):
            pass_on(issue=mess.issue_of(lead), body=lead.body, by=by, insists=insists)
    back = pass_on(issue=mess.issue_of(lead), body=lead.body, by=staff, insists=True)
    assert (back.body, back.passed_from) == (lead.body, given)
    mess.arrived(back, "P-1")
    tell(back, "busy", after=9)
    assert mess.issue_of(lead).status == "in_progress", "the same reference finds the newest"


def test_what_has_ended_or_is_theirs_is_refused(lead: Handover, staff: Person) -> None:
    with pytest.raises(NotAllowed):
        assign_body(issue=mess.issue_of(lead), body=lead.body, by=staff)
    tell(lead, "done", after=1)
    with pytest.raises(NotAllowed):
        assign_body(issue=mess.issue_of(lead), body=eskom(), by=staff)


def test_a_message_that_waits_is_dropped_and_its_worker_stopped(
    city: FakeCity, staff: Person
) -> None:
    del city
    mess.city_of(build.body(name="City Power"))
    (first,) = mess.routed()
    Delivery.objects.update(lease_token="t", leased_until="2100-01-01T00:00Z")
    pass_on(issue=mess.issue_of(first), body=build.body(slug="eskom", name="Eskom"), by=staff)
    dropped = first.deliveries.get()
    assert (dropped.state, dropped.attempt_count) == (DeliveryState.DONE, 0)
    assert dropped.lease_token == "", "the worker asks once more before the first byte"


def test_a_part_is_passed_on_beside_the_lead(lead: Handover, staff: Person) -> None:
    build.responsibility(of=lead.issue.jurisdiction, by=build.body(name="Roads"), is_shared=True)
    first, part = mess.routed()
    mess.arrived(first, "P-2")
    given = pass_on(issue=mess.issue_of(first), body=eskom(), by=staff, handover=part)
    assert (given.is_shared, given.is_current, given.passed_from) == (True, False, part)
    assert mess.issue_of(first).status == "acknowledged"
    with pytest.raises(NotAllowed):
        pass_on(issue=mess.issue_of(first), body=eskom(), by=staff, handover=part)


def test_a_body_with_a_part_becomes_the_lead_with_what_it_has(
    lead: Handover, staff: Person
) -> None:
    build.responsibility(of=lead.issue.jurisdiction, by=eskom(), is_shared=True)
    first, part = mess.routed()
    mess.arrived(first, "P-2")
    mess.arrived(part, "E-2")
    tell(part, "busy", after=1)
    given = pass_on(issue=mess.issue_of(first), body=eskom(), by=staff)
    assert given.pk == part.pk
    assert Delivery.objects.filter(handover__body=eskom()).count() == 1, "not sent again"
    assert mess.issue_of(first).status == "in_progress"


def test_the_promise_of_its_maker_comes_back_with_it(city: FakeCity, staff: Person) -> None:
    del city
    power, other = build.body(slug="city-power"), build.body(slug="eskom")
    mess.city_of(power)
    level = {"level_hours": 24, "level_source": "paper", "level_body": "city-power"}
    Issue.objects.all().delete()
    category = build.category(code="dark", **level)
    (first,) = mess.routed(of=category)
    promised_at = mess.issue_of(first).promised_at
    assert promised_at is not None
    pass_on(issue=mess.issue_of(first), body=other, by=staff)
    assert mess.issue_of(first).promised_at is None, "it binds only its maker"
    pass_on(issue=mess.issue_of(first), body=power, by=staff)
    assert mess.issue_of(first).promised_at == promised_at, "the clock ran on"


def test_what_was_dropped_after_passing_on_goes_to_the_same_body(
    lead: Handover, staff: Person
) -> None:
    given = pass_on(issue=mess.issue_of(lead), body=eskom(), by=staff)
    given.deliveries.update(state=DeliveryState.DONE, attempt_count=0)
    again = route_issue(issue_id=lead.issue_id)
    assert again is not None
    assert (again.body, again.passed_from) == (eskom(), lead)
    assert mess.issue_of(lead).status == Status.RECEIVED
