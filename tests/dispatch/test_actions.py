"""Routing, handing over, sending back, the queue, and that a rollback leaves nothing."""

from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.dispatch.actions import (
    assign_body,
    queue_delivery,
    queue_issue,
    replay_delivery,
    reply_token,
    route_issue,
    route_overdue,
    send_back,
)
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.actions import Move, change_status, dispute_fix
from mysmartcity.issues.rules import NotAllowed, standing_of
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock, ids
from mysmartcity.people.models import Role
from tests import build

pytestmark = pytest.mark.django_db


def routed() -> Handover:
    city = build.jurisdiction()
    build.responsibility(of=city, by=build.body(name="Roads"))
    issue = build.issue(of=build.category(of=city), device="d")
    handover = route_issue(issue_id=issue.pk)
    assert handover is not None
    return handover


def test_it_works() -> None:
    handover = routed()
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.state) == (DeliveryKind.CREATE, DeliveryState.WAITING)
    handover.issue.refresh_from_db()
    assert handover.issue.responsible_name == "Roads"
    assert handover.reply_hash == ids.hash_secret(reply_token(handover.pk))


def test_another_body_s_promise_is_not_shown() -> None:
    city = build.jurisdiction()
    build.responsibility(of=city, by=build.body(slug="eskom"))
    category = build.category(
        of=city, level_hours=24, level_source="paper", level_body="city-power"
    )
    issue = build.issue(of=category)
    route_issue(issue_id=issue.pk)
    issue.refresh_from_db()
    assert issue.promised_at is None


def test_running_twice_hands_over_once() -> None:
    handover = routed()
    assert route_issue(issue_id=handover.issue_id) is None
    assert Handover.objects.count() == Delivery.objects.count() == 1


def test_no_answer_goes_to_the_queue_and_is_never_lost() -> None:
    issue = build.issue()
    assert route_issue(issue_id=issue.pk) is None
    route_issue(issue_id=issue.pk)
    entry = QueueEntry.objects.get()
    assert (entry.issue, entry.reason) == (issue, QueueReason.NO_ROUTE)


def test_a_dispatcher_chooses_the_body() -> None:
    issue = build.issue()
    route_issue(issue_id=issue.pk)
    dispatcher, body = build.person(role=Role.DISPATCHER), build.body(name="Parks")
    assign_body(issue=issue, body=body, by=dispatcher)
    assert not QueueEntry.objects.unsettled().exists()
    assert Handover.objects.get(is_current=True).body == body
    with pytest.raises(NotAllowed):
        assign_body(issue=issue, body=body, by=dispatcher)


def test_not_fixed_goes_back_to_the_body_and_to_dispatch() -> None:
    issue = routed().issue
    for after, actor in ((Status.SENT, Actor.PLATFORM), (Status.REPORTED_FIXED, Actor.BODY)):
        change_status(issue=issue, move=Move(after, actor))
    entry = dispute_fix(issue=issue, standing=standing_of(issue, device="d"), words="Still dark")
    for _ in range(2):
        send_back(issue_id=issue.pk, entry_id=entry.pk)
    delivery = Delivery.objects.get(kind=DeliveryKind.NOT_FIXED)
    assert delivery.content["words"] == "Still dark"
    assert QueueEntry.objects.unsettled().get().reason == QueueReason.NOT_FIXED


def test_a_dead_letter_is_sent_again_by_staff_only_when_dead() -> None:
    handover = routed()
    delivery = Delivery.objects.get()
    staff = build.person(role=Role.DISPATCHER)
    with pytest.raises(NotAllowed):
        replay_delivery(delivery=delivery, by=staff)
    Delivery.objects.update(state=DeliveryState.DEAD, attempt_count=12)
    words = "refused"
    queue_issue(
        issue=handover.issue, reason=QueueReason.DEAD_LETTER, words=words, delivery=delivery
    )
    replay_delivery(delivery=delivery, by=staff)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == (DeliveryState.WAITING, 0)
    assert not QueueEntry.objects.unsettled().exists()


def test_one_key_is_one_message() -> None:
    handover = routed()
    one = queue_delivery(handover=handover, kind=DeliveryKind.COMMENT, content={}, key="k")
    two = queue_delivery(handover=handover, kind=DeliveryKind.COMMENT, content={}, key="k")
    assert one == two


def test_a_report_whose_job_was_lost_is_routed_by_the_sweep() -> None:
    city = build.jurisdiction()
    build.responsibility(of=city, by=build.body(name="Roads"))
    issue = build.issue(of=build.category(of=city))
    ProcrastinateJob.objects.all().delete()
    assert route_overdue() == 0
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert route_overdue() == 1
        assert route_overdue() == 0
    assert Handover.objects.get().issue == issue


def test_what_waits_for_a_human_is_not_swept() -> None:
    route_issue(issue_id=build.issue().pk)
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert route_overdue() == 0


def report_and_fail(jobs_before: int) -> None:
    """A report whose transaction breaks at the end, after its job was deferred."""
    with transaction.atomic():
        build.issue()
        assert ProcrastinateJob.objects.count() > jobs_before
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_job_behind() -> None:
    jobs_before = ProcrastinateJob.objects.count()
    with pytest.raises(ZeroDivisionError):
        report_and_fail(jobs_before)
    assert ProcrastinateJob.objects.count() == jobs_before
