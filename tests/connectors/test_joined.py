"""Many reports, one work item: joined before and after sending, and taken apart again."""

import pytest
from django.core import mail

from mysmartcity.connectors.actions import deliver
from mysmartcity.dispatch.actions import merge_issues, unmerge_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.issues.actions import ContactDetails, follow_issue
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed, may_confirm, may_withdraw, standing_of
from mysmartcity.issues.status import Status
from mysmartcity.notify.models import Mail
from mysmartcity.people.models import Person, Role
from mysmartcity.web import letters
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity
from tests.connectors.mess import tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Person:
    return build.person(role=Role.DISPATCHER)


@pytest.fixture
def two(city: FakeCity) -> tuple[Handover, Handover]:
    """Two reports of one hole: the first went out, the second waits."""
    del city
    mess.city_of(build.body(name="City Power"))
    kept = mess.arrived(mess.routed(device="one")[0], "A-1")
    contact = ContactDetails(name="Nomsa", email="nomsa@example.org")
    return kept, mess.routed(device="two", contact=contact)[0]


Two = tuple[Handover, Handover]


def merge(two: Two, staff: Person) -> tuple[Issue, Issue]:
    kept, twin = (mess.issue_of(one) for one in two)
    merge_issues(issue=twin, into=kept, by=staff, words="Same hole.")
    return mess.issue_of(two[0]), mess.issue_of(two[1])


def test_it_works(city: FakeCity, two: Two, staff: Person) -> None:
    kept, twin = merge(two, staff)
    assert (twin.status, twin.merged_into, twin.status_before) == ("merged", kept, "received")
    assert f"It is the same as {kept.reference}" in mess.publics(two[1])
    assert f"{twin.reference} is about the same" in mess.publics(two[0])
    deliver(delivery_id=two[1].deliveries.get().pk)
    assert city.sends == 0, "what was not sent yet is not sent"


def test_news_of_the_one_reaches_those_of_the_other(two: Two, staff: Person) -> None:
    merge(two, staff)
    follow_issue(issue=mess.issue_of(two[0]), email="thabo@example.org")
    follow_issue(issue=mess.issue_of(two[1]), email="thabo@example.org")
    tell(two[0], "done", after=5)
    entry = mess.issue_of(two[0]).timeline.get(after="reported_fixed")
    Mail.objects.all().delete()
    assert letters.tell_followers(entry_id=entry.pk) == 2
    assert sorted(Mail.objects.values_list("to", flat=True)) == [
        "nomsa@example.org",
        "thabo@example.org",
    ]
    assert not any("Nomsa" in one.text or "nomsa" in one.text for one in Mail.objects.all())
    assert mail.outbox == []


def test_who_reported_the_other_may_confirm_but_not_withdraw(two: Two, staff: Person) -> None:
    kept, _twin = merge(two, staff)
    tell(two[0], "done", after=5)
    kept = mess.issue_of(two[0])
    standing = standing_of(kept, device="two")
    assert (standing.is_joined, standing.is_reporter) == (True, False)
    assert may_confirm(kept, standing)
    assert not may_withdraw(kept, standing)
    unmerge_issue(issue=mess.issue_of(two[1]), by=staff)
    assert not may_confirm(kept, standing_of(kept, device="two"))


def test_a_body_that_has_both_is_told_where_it_can_be(two: Two, staff: Person) -> None:
    mess.arrived(two[1], "A-2")
    merge(two, staff)
    told = two[1].deliveries.get(kind=DeliveryKind.WITHDRAWN)
    assert told.content["if_able"] is True
    assert "A-1" in told.content["words"], "by the number that the body knows"
    assert tell(two[1], "done", after=9).startswith("no step from merged")


def test_chains_circles_and_the_ended_are_refused(two: Two, staff: Person) -> None:
    kept, twin = merge(two, staff)
    third = mess.issue_of(mess.routed()[0])
    for issue, into in ((kept, kept), (third, twin), (kept, third), (kept, twin), (twin, third)):
        with pytest.raises(NotAllowed):
            merge_issues(issue=issue, into=into, by=staff)
    tell(two[0], "no", after=1)
    with pytest.raises(NotAllowed):
        merge_issues(issue=third, into=kept, by=staff)


def test_taken_apart_it_stands_where_it_stood(two: Two, staff: Person) -> None:
    mess.arrived(two[1], "A-2")
    _kept, twin = merge(two, staff)
    told = two[1].deliveries.get(kind=DeliveryKind.WITHDRAWN)
    unmerge_issue(issue=twin, by=staff)
    told.refresh_from_db()
    assert mess.issue_of(two[1]).status == "acknowledged"
    assert (told.state, told.attempt_count) == ("done", 0), "never sent, so never said"
    with pytest.raises(NotAllowed):
        unmerge_issue(issue=mess.issue_of(two[1]), by=staff)


def test_a_body_that_was_told_to_let_go_is_told_to_go_on(two: Two, staff: Person) -> None:
    mess.arrived(two[1], "A-2")
    _kept, twin = merge(two, staff)
    mess.arrive(two[1].deliveries.get(kind=DeliveryKind.WITHDRAWN))
    unmerge_issue(issue=twin, by=staff)
    assert two[1].deliveries.get(kind=DeliveryKind.COMMENT).content["if_able"] is True
    assert QueueEntry.objects.unsettled().get(issue=twin).reason == "drift"


def test_what_its_body_said_meanwhile_counts_then(two: Two, staff: Person) -> None:
    mess.arrived(two[1], "A-2")
    _kept, twin = merge(two, staff)
    tell(two[1], "done", after=9)
    unmerge_issue(issue=twin, by=staff)
    assert mess.issue_of(two[1]).status == Status.REPORTED_FIXED
