"""One report, several bodies: each with its own reference and word; the issue follows all of them."""

import pytest

from mysmartcity.connectors.actions import deliver
from mysmartcity.dispatch.actions import (
    end_part,
    route_issue,
    send_back,
    share_issue,
    tell_withdrawn,
)
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, QueueReason
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Status
from mysmartcity.people.models import Role
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db

Pair = tuple[Handover, Handover]


@pytest.fixture
def pair(city: FakeCity) -> Pair:
    """City Power leads, the Roads Agency has a part; both have it and gave their references."""
    del city
    mess.city_of(build.body(name="City Power"), build.body(name="Roads Agency"))
    lead, part = mess.routed(device="d")
    return mess.arrived(lead, "P-1"), mess.arrived(part, "R-1")


def status(pair: Pair) -> str:
    return mess.issue_of(pair[0]).status


def test_it_works(pair: Pair) -> None:
    lead, part = pair
    assert (lead.is_current, lead.is_shared) == (True, False)
    assert (part.is_current, part.is_shared, part.rule_reason) == (False, True, "Rule 1.")
    assert (lead.body_reference, part.body_reference) == ("P-1", "R-1")
    assert status(pair) == "acknowledged"
    assert mess.issue_of(lead).responsible_name == "City Power"
    assert "Roads Agency gave its reference: R-1." in mess.publics(lead)
    assert "It was sent to Roads Agency." in mess.publics(lead)
    assert route_issue(issue_id=lead.issue_id) is None, "twice changes nothing"


def test_the_one_that_leads_moves_it_and_the_other_is_said_with_its_name(pair: Pair) -> None:
    lead, part = pair
    tell(lead, "busy", after=1)
    assert tell(part, "open", after=2, words="Next week.") == "part noted"
    assert status(pair) == "in_progress"
    assert "Roads Agency has taken on its part.\nNext week." in mess.publics(lead)
    part.refresh_from_db()
    assert (part.said, part.body_status) == ("acknowledged", "open")


@pytest.mark.parametrize("first", [0, 1])
def test_it_is_fixed_only_when_both_say_so(pair: Pair, first: int) -> None:
    one, other = pair[first], pair[1 - first]
    assert tell(one, "done", after=1) == "part noted"
    assert status(pair) == "acknowledged"
    says = f"{one.body.name} says its part is done; {other.body.name} still has it."
    assert says in mess.publics(one)
    assert tell(other, "done", after=2) == "moved to reported_fixed"
    assert "Everybody who had a part" in mess.publics(one)


def test_it_is_declined_only_when_both_refuse(pair: Pair) -> None:
    tell(pair[0], "no", after=1)
    assert status(pair) == "acknowledged"
    tell(pair[1], "no", after=2)
    assert status(pair) == "declined"


def test_done_and_refused_together_are_for_a_human(pair: Pair) -> None:
    lead, part = pair
    tell(lead, "done", after=1)
    tell(part, "no", after=2)
    assert status(pair) == "acknowledged"
    reasons = QueueEntry.objects.unsettled().values_list("reason", flat=True)
    assert QueueReason.DRIFT in reasons
    end_part(handover=part, by=build.person(role=Role.DISPATCHER))
    assert status(pair) == "reported_fixed", "what is left is done"


def test_when_the_lead_is_done_the_other_one_moves_it(pair: Pair) -> None:
    tell(pair[0], "done", after=1)
    tell(pair[1], "busy", after=2)
    assert status(pair) == "in_progress"


def test_one_that_goes_on_takes_fixed_back(pair: Pair) -> None:
    for handover in pair:
        tell(handover, "done", after=1)
    assert tell(pair[1], "busy", after=2) == "moved to in_progress"


def test_not_fixed_goes_to_all_that_said_done_and_both_must_say_it_again(pair: Pair) -> None:
    for handover in pair:
        tell(handover, "done", after=1)
    mess.resident(pair[0], Status.NOT_FIXED, minutes=10)
    entry = mess.issue_of(pair[0]).timeline.get(after="not_fixed")
    for _ in range(2):
        send_back(issue_id=pair[0].issue_id, entry_id=entry.pk)
    told = Delivery.objects.filter(kind=DeliveryKind.NOT_FIXED)
    assert {one.handover_id for one in told} == {one.pk for one in pair}
    assert told.count() == 2
    for delivery in told:
        mess.arrive(delivery)
    assert status(pair) == "sent"
    assert mess.publics(pair[0]).count("It went back to") == 2
    states = Handover.objects.values_list("state", "ended_at")
    assert set(states) == {("acknowledged", None)}, "they are asked for news again"
    tell(pair[0], "done", after=20)
    assert status(pair) == "sent", "the other one's word is older than the objection"
    tell(pair[1], "done", after=21)
    assert status(pair) == "reported_fixed"


def test_not_fixed_does_not_go_to_one_that_refused(city: FakeCity, pair: Pair) -> None:
    del city
    lead, part = pair
    tell(lead, "done", after=1)
    tell(part, "no", after=1)
    end_part(handover=part, by=build.person(role=Role.DISPATCHER))
    mess.resident(lead, Status.NOT_FIXED, minutes=10)
    entry = mess.issue_of(lead).timeline.get(after="not_fixed")
    send_back(issue_id=lead.issue_id, entry_id=entry.pk)
    assert Delivery.objects.get(kind=DeliveryKind.NOT_FIXED).handover == lead


def test_withdrawn_goes_to_all(pair: Pair) -> None:
    mess.resident(pair[0], Status.WITHDRAWN, minutes=5)
    entry = mess.issue_of(pair[0]).timeline.get(after="withdrawn")
    for _ in range(2):
        tell_withdrawn(issue_id=pair[0].issue_id, entry_id=entry.pk)
    told = Delivery.objects.filter(kind=DeliveryKind.WITHDRAWN).values_list("handover", flat=True)
    assert sorted(told) == sorted(one.pk for one in pair)


def test_a_part_given_by_a_dispatcher(pair: Pair) -> None:
    lead, part = pair
    staff, parks = build.person(role=Role.DISPATCHER), build.body(name="Parks")
    third = share_issue(issue=mess.issue_of(lead), body=parks, by=staff)
    tell(lead, "done", after=1)
    tell(part, "done", after=1)
    assert "Roads Agency says its part is done; Parks still has it." in mess.publics(lead)
    with pytest.raises(NotAllowed):
        share_issue(issue=mess.issue_of(lead), body=parks, by=staff)
    with pytest.raises(NotAllowed):
        end_part(handover=lead, by=staff)
    end_part(handover=third, by=staff)
    assert status(pair) == "reported_fixed"
    with pytest.raises(NotAllowed):
        share_issue(issue=mess.issue_of(lead), body=build.body(name="Water"), by=staff)


def test_the_message_of_a_part_is_sent(city: FakeCity) -> None:
    mess.city_of(build.body(name="City Power"), build.body(name="Roads Agency"))
    for handover in mess.routed():
        deliver(delivery_id=handover.deliveries.get().pk)
    assert city.sends == 2
