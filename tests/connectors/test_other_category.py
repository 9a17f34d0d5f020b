"""A category that a city retires while issues are open, and moving an issue to another one."""

import pytest
from django.db.models import Sum

from mysmartcity.connectors.actions import deliver
from mysmartcity.connectors.contract import Capabilities
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.actions import change_category, queue_delivery, route_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.models import Category, CellDelta, Issue
from mysmartcity.issues.models.category import Privacy
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Status
from mysmartcity.people.models import Person, Role
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db

NEEDS_CODE = Capabilities(photos=True, comments=True, look_up=True, needs_category_code=True)


@pytest.fixture
def staff() -> Person:
    return build.person(role=Role.DISPATCHER)


@pytest.fixture
def lead(city: FakeCity) -> Handover:
    """A pothole whose message waits; the city's system knows the code 17 for it."""
    city.capabilities = NEEDS_CODE
    where = mess.city_of(build.body(name="Roads"))
    Connection.objects.update(category_codes={"pothole": "17", "leak": "23"})
    build.category(of=where, code="leak", name="Water leak")
    pothole = Category.objects.get(code="pothole")
    return mess.routed(of=pothole)[0]


def retire() -> None:
    """The city takes no potholes any more."""
    Category.objects.filter(code="pothole").update(is_active=False)
    Connection.objects.update(category_codes={"leak": "23"})


def leak() -> Category:
    return Category.objects.get(code="leak")


def test_what_a_body_has_goes_on_by_its_reference(city: FakeCity, lead: Handover) -> None:
    deliver(delivery_id=lead.deliveries.get().pk)
    retire()
    lead.refresh_from_db()
    assert tell(lead, "busy", after=1) == "moved to in_progress"
    comment = queue_delivery(
        handover=lead, kind=DeliveryKind.COMMENT, content={"words": "Bigger now"}, key="more"
    )
    deliver(delivery_id=comment.pk)
    message = city.stored[-1]
    assert (message.kind, message.body_reference) == ("comment", lead.body_reference)
    assert mess.issue_of(lead).category.code == "pothole"


def test_what_was_not_sent_waits_for_a_human_and_goes_as_another_kind(
    city: FakeCity, lead: Handover, staff: Person
) -> None:
    retire()
    deliver(delivery_id=lead.deliveries.get().pk)
    entry = QueueEntry.objects.unsettled().get()
    assert entry.reason == QueueReason.NEEDS_MAPPING
    assert entry.words == "Roads's system has no code for “Pothole”."
    given = change_category(issue=mess.issue_of(lead), category=leak(), by=staff, words="It leaks.")
    assert given is not None
    assert not QueueEntry.objects.unsettled().exists()
    deliver(delivery_id=lead.deliveries.get().pk)
    deliver(delivery_id=given.deliveries.get().pk)
    assert [one.remote_category for one in city.stored] == ["23"]
    issue = mess.issue_of(lead)
    assert (issue.category.code, issue.status) == ("leak", "acknowledged")
    assert "from “Pothole” to “Water leak”.\nIt leaks." in mess.publics(lead)


def test_an_issue_of_a_retired_category_is_still_routed(city: FakeCity, lead: Handover) -> None:
    """It was reported a moment before; its own job comes a moment after."""
    del city
    issue = build.issue(of=lead.issue.category)
    retire()
    assert route_issue(issue_id=issue.pk) is not None


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.UNCERTAIN])
def test_what_may_have_arrived_is_not_moved(
    lead: Handover, staff: Person, state: DeliveryState
) -> None:
    lead.deliveries.update(state=state, attempt_count=1, leased_until="2100-01-01T00:00Z")
    with pytest.raises(NotAllowed):
        change_category(issue=mess.issue_of(lead), category=leak(), by=staff)
    lead.refresh_from_db()
    assert lead.is_current, "the refusal takes everything back"
    assert lead.deliveries.get().state == state


def test_what_a_body_has_is_not_moved(lead: Handover, staff: Person) -> None:
    mess.arrived(lead, "A-1")
    with pytest.raises(NotAllowed):
        change_category(issue=mess.issue_of(lead), category=leak(), by=staff)


def test_what_a_body_refused_is_moved(lead: Handover, staff: Person) -> None:
    mess.arrived(lead, "A-1")
    tell(lead, "no", after=1, words="This is a leak.")
    given = change_category(issue=mess.issue_of(lead), category=leak(), by=staff)
    assert given is not None
    assert given.pk != lead.pk
    assert mess.issue_of(lead).status == Status.RECEIVED


def test_the_categories_of_elsewhere_and_of_yesterday_are_refused(
    lead: Handover, staff: Person
) -> None:
    elsewhere = build.category(of=build.jurisdiction(slug="x", prefix="XXX", name="X"))
    retired = build.category(of=lead.issue.jurisdiction, code="old", is_active=False)
    for category in (elsewhere, retired, lead.issue.category):
        with pytest.raises(NotAllowed):
            change_category(issue=mess.issue_of(lead), category=category, by=staff)


def test_no_rule_for_the_new_kind_asks_a_human(lead: Handover, staff: Person) -> None:
    lead.issue.jurisdiction.responsibilities.update(category_code="pothole")
    assert change_category(issue=mess.issue_of(lead), category=leak(), by=staff) is None
    assert QueueEntry.objects.unsettled().get().reason == QueueReason.NO_ROUTE


def test_a_private_kind_hides_the_place_and_the_map_counts_it_there(
    lead: Handover, staff: Person
) -> None:
    Category.objects.filter(code="leak").update(privacy=Privacy.COARSE)
    before = mess.issue_of(lead)
    change_category(issue=before, category=leak(), by=staff)
    after = mess.issue_of(lead)
    assert (after.lat, after.lng) == (before.lat, before.lng)
    assert (after.public_lat, after.public_lng) != (before.public_lat, before.public_lng)
    sums = CellDelta.objects.values_list("cell7", "category__code", "status")
    counts = {key: total for *key, total in sums.annotate(total=Sum("count")) if total
              for key in [tuple(key)]}  # fmt: skip
    assert counts == {(after.cell7, "leak", "received"): 1}


def test_the_promise_runs_from_the_report(lead: Handover, staff: Person) -> None:
    Category.objects.filter(code="leak").update(level_hours=48, level_source="paper")
    change_category(issue=mess.issue_of(lead), category=leak(), by=staff)
    issue = Issue.objects.get(pk=lead.issue_id)
    assert issue.promised_at is not None
    assert (issue.promised_at - issue.reported_at).total_seconds() == 48 * 3600
