"""Issues that were set aside, or given to another body, before or while a message was on its way."""

import pytest

from mysmartcity.connectors.actions import deliver
from mysmartcity.dispatch.actions import assign_body, route_issue, route_overdue
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, DeclineReason, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db


def move(handover: Handover, after: Status, actor: Actor = Actor.DISPATCHER, **its: object) -> None:
    issue = Issue.objects.get(pk=handover.issue_id)
    change_status(issue=issue, move=Move(after, actor, **its))


def drop_while(handover: Handover, after: Status, **its: object) -> None:
    """Set the issue aside, let its message be dropped, and put the issue back."""
    move(handover, after, **its)
    deliver(delivery_id=create_of(handover).pk)
    move(handover, Status.RECEIVED)


@pytest.mark.parametrize("after", [Status.HIDDEN, Status.MERGED])
def test_a_report_that_is_shown_again_goes_out_after_all(city: FakeCity, after: Status) -> None:
    handover = handed_over()
    connection()
    drop_while(handover, after, merged_into=build.issue(of=handover.issue.category))
    assert city.sends == 0
    again = route_issue(issue_id=handover.issue_id)
    assert again is not None
    assert route_issue(issue_id=handover.issue_id) is None
    deliver(delivery_id=create_of(again).pk)
    assert (city.sends, status_of(again)) == (1, Status.ACKNOWLEDGED)


def test_the_sweep_finds_it_too(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    drop_while(handover, Status.HIDDEN)
    with clock.frozen(clock.now() + 3 * (clock.now() - handover.issue.reported_at)):
        Issue.objects.update(reported_at="2026-01-01T00:00Z")
        assert (route_overdue(), route_overdue()) == (1, 0)
    assert Handover.objects.filter(issue=handover.issue, is_current=True).count() == 1


def test_what_was_set_aside_after_it_went_out_goes_out_once(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.gives_token = True
    deliver(delivery_id=create_of(handover).pk)
    move(handover, Status.HIDDEN)
    move(handover, Status.SENT)
    assert (route_issue(issue_id=handover.issue_id), city.sends) == (None, 1)


def test_another_body_that_gets_it_takes_it_on(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    deliver(delivery_id=create_of(handover).pk)
    move(handover, Status.DECLINED, Actor.BODY, decline_reason=DeclineReason.NOT_OURS)
    move(handover, Status.NOT_FIXED)
    other = build.body(name="Parks")
    connection(to=other)
    staff = build.person(role=Role.DISPATCHER)
    issue = Issue.objects.get(pk=handover.issue_id)
    second = assign_body(issue=issue, body=other, by=staff)
    deliver(delivery_id=create_of(second).pk)
    assert status_of(second) == Status.ACKNOWLEDGED


def test_the_body_changes_while_the_message_is_under_way(city: FakeCity) -> None:
    """The first body has it then; only what the second one says moves the issue."""
    handover = handed_over()
    connection()
    other = build.body(name="Parks")
    connection(to=other)
    staff = build.person(role=Role.DISPATCHER)

    def reassign() -> None:
        city.before_send = None
        assign_body(issue=Issue.objects.get(pk=handover.issue_id), body=other, by=staff)

    city.before_send = reassign
    deliver(delivery_id=create_of(handover).pk)
    assert status_of(handover) == Status.RECEIVED
    assert create_of(handover).state == "done"
    second = Handover.objects.get(issue=handover.issue_id, is_current=True)
    deliver(delivery_id=create_of(second).pk)
    assert status_of(handover) == Status.ACKNOWLEDGED
    creates = Delivery.objects.filter(kind=DeliveryKind.CREATE)
    assert set(creates.values_list("state", "attempt_count")) == {("done", 1)}
