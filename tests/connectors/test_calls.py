"""What a person heard on the phone, written down once and applied as news."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from mysmartcity.connectors.actions import record_call, release_by_hand
from mysmartcity.connectors.models import InboxItem
from mysmartcity.dispatch.actions import assign_body, queue_delivery, route_overdue
from mysmartcity.dispatch.models import Call, Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import CallOutcome, DeliveryKind, DeliveryState, HandoverState
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Person, Role
from tests import build
from tests.connectors.build import connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Person:
    return build.person(role=Role.DISPATCHER)


@pytest.fixture
def handover() -> Handover:
    return by_phone()


def by_phone() -> Handover:
    """An issue whose first message lies before the desk as a call."""
    its = handed_over()
    where = connection(system="call_centre", settings={"phone": "011"}, statuses={})
    Delivery.objects.filter(handover=its).update(state=DeliveryState.BY_HAND, lane=where.pk)
    return its


def follow_up(handover: Handover, kind: DeliveryKind = DeliveryKind.COMMENT) -> Delivery:
    made = queue_delivery(handover=handover, kind=kind, content={"words": "x"}, key=f"k-{kind}")
    Delivery.objects.filter(pk=made.pk).update(state=DeliveryState.BY_HAND)
    made.refresh_from_db()
    return made


def call(handover: Handover, by: Person, outcome: CallOutcome, **its: Any) -> Call:
    return record_call(delivery=create_of(handover), by=by, outcome=outcome, **its)


def test_a_reference_is_as_good_as_one_from_an_api(handover: Handover, by: Person) -> None:
    made = call(handover, by, CallOutcome.REFERENCE, body_reference=" CPWEB77 ", waited_seconds=940)
    assert (made.by, made.waited_seconds, made.body_reference) == (by, 940, "CPWEB77")
    handover.refresh_from_db()
    assert (handover.body_reference, handover.state) == ("CPWEB77", HandoverState.ACKNOWLEDGED)
    assert status_of(handover) == "acknowledged"
    done = create_of(handover)
    assert (done.state, done.attempt_count, done.remote_id) == ("done", 1, "CPWEB77")
    item = InboxItem.objects.get()
    assert (item.event_id, item.source) == (f"call:{made.pk}", "call")
    assert item.applied_at is not None
    befores = handover.issue.timeline.exclude(after="").values_list("after", flat=True)
    assert list(befores) == ["received", "sent", "acknowledged"]


def test_a_status_without_a_reference_moves_the_issue(handover: Handover, by: Person) -> None:
    call(handover, by, CallOutcome.STATUS, status="in_progress", words="Mr Nkosi is on site")
    assert status_of(handover) == "in_progress"
    entry = handover.issue.timeline.get(after="in_progress")
    assert entry.public_words == "a staff member is on site", "no names of staff"


def test_a_promise_is_kept_with_the_handover(handover: Handover, by: Person) -> None:
    until = clock.now() + timedelta(days=2)
    call(handover, by, CallOutcome.PROMISE, status="scheduled", promised_at=until)
    handover.refresh_from_db()
    assert (handover.promised_at, status_of(handover)) == (until, "scheduled")
    assert InboxItem.objects.get().promised_at == until


def test_nobody_answers_and_it_waits(handover: Handover, by: Person) -> None:
    again = clock.now() + timedelta(minutes=20)
    call(handover, by, CallOutcome.NO_ANSWER, again_at=again)
    call(handover, by, CallOutcome.NO_ANSWER, again_at=again, waited_seconds=1800)
    waiting = create_of(handover)
    assert (waiting.state, waiting.next_try_at) == (DeliveryState.BY_HAND, again)
    assert (waiting.attempt_count, waiting.calls.count()) == (2, 2)
    assert status_of(handover) == "received"
    assert InboxItem.objects.count() == 0


def test_somebody_else_must_be_called(handover: Handover, by: Person) -> None:
    comment = follow_up(handover)
    call(handover, by, CallOutcome.ELSEWHERE, words="That is Eskom's")
    entry = QueueEntry.objects.unsettled().get()
    assert entry.reason == "no_route"
    assert "That is Eskom's" in entry.words
    assert create_of(handover).state == DeliveryState.DONE
    assert status_of(handover) == "received", "nobody has it"
    comment.refresh_from_db()
    assert comment.state == DeliveryState.DONE, "what was to follow it is put away"
    assert route_overdue() == 0, "not back to the same by itself"
    eskom = build.body(slug="eskom", name="Eskom")
    second = assign_body(issue=handover.issue, body=eskom, by=by)
    assert second.deliveries.get().state == DeliveryState.WAITING


def test_a_second_reference_stands_beside_the_first(handover: Handover, by: Person) -> None:
    call(handover, by, CallOutcome.REFERENCE, body_reference="A1")
    record_call(
        delivery=follow_up(handover), by=by, outcome=CallOutcome.REFERENCE, body_reference="B2"
    )
    handover.refresh_from_db()
    assert handover.body_reference == "A1"
    assert InboxItem.objects.get(body_reference="A1", more_references=["B2"])


def test_not_fixed_said_on_the_phone_goes_back(handover: Handover, by: Person) -> None:
    call(handover, by, CallOutcome.STATUS, status="reported_fixed")
    Issue.objects.filter(pk=handover.issue_id).update(status="not_fixed")
    record_call(
        delivery=follow_up(handover, DeliveryKind.NOT_FIXED),
        by=by,
        outcome=CallOutcome.STATUS,
        status="scheduled",
    )
    assert status_of(handover) == "scheduled"


@pytest.mark.parametrize(
    ("outcome", "its"),
    [
        (CallOutcome.REFERENCE, {"body_reference": "  "}),
        (CallOutcome.STATUS, {}),
        (CallOutcome.STATUS, {"status": "fixed"}),
        (CallOutcome.STATUS, {"status": "nearly"}),
        (CallOutcome.PROMISE, {"status": "scheduled"}),
    ],
)
def test_what_is_missing_is_refused(
    handover: Handover, by: Person, outcome: CallOutcome, its: Any
) -> None:
    with pytest.raises(NotAllowed):
        call(handover, by, outcome, **its)
    assert Call.objects.count() == 0
    assert create_of(handover).state == DeliveryState.BY_HAND


def test_only_calls_can_be_recorded(handover: Handover, by: Person) -> None:
    Delivery.objects.filter(handover=handover).update(state=DeliveryState.WAITING)
    with pytest.raises(NotAllowed):
        call(handover, by, CallOutcome.REFERENCE, body_reference="A1")


def test_without_a_call_centre_nothing_is_recorded(handover: Handover, by: Person) -> None:
    handover.body.connections.update(system="mail")
    with pytest.raises(NotAllowed, match="call centre"):
        call(handover, by, CallOutcome.REFERENCE, body_reference="A1")


def test_withdrawn_before_anybody_called(handover: Handover, by: Person) -> None:
    comment = follow_up(handover)
    assert release_by_hand(issue_id=handover.issue_id) == 0, "it is still needed"
    Issue.objects.filter(pk=handover.issue_id).update(status="withdrawn")
    assert release_by_hand(issue_id=handover.issue_id) == 2
    dropped = create_of(handover)
    assert (dropped.state, dropped.attempt_count) == (DeliveryState.DONE, 0)
    comment.refresh_from_db()
    assert comment.state == DeliveryState.DONE
    handover.refresh_from_db()
    assert handover.state == HandoverState.ENDED
    with pytest.raises(NotAllowed):
        call(handover, by, CallOutcome.REFERENCE, body_reference="A1")
    assert release_by_hand(issue_id=handover.issue_id) == 0, "twice changes nothing"


def test_given_to_another_body_before_anybody_called(handover: Handover, by: Person) -> None:
    assign_body(issue=handover.issue, body=build.body(slug="eskom"), by=by)
    call(handover, by, CallOutcome.NO_ANSWER)
    assert create_of(handover).state == DeliveryState.DONE


def test_withdrawn_after_the_call_is_still_told(handover: Handover, by: Person) -> None:
    call(handover, by, CallOutcome.REFERENCE, body_reference="A1")
    comment, gone = follow_up(handover), follow_up(handover, DeliveryKind.WITHDRAWN)
    Issue.objects.filter(pk=handover.issue_id).update(status="withdrawn")
    assert release_by_hand(issue_id=handover.issue_id) == 1
    comment.refresh_from_db()
    gone.refresh_from_db()
    assert (comment.state, gone.state) == (DeliveryState.DONE, DeliveryState.BY_HAND)


def test_withdrawn_while_the_phone_rang(handover: Handover, by: Person) -> None:
    """The caller spoke to them, so they have it; what follows tells them that it is gone."""
    Issue.objects.filter(pk=handover.issue_id).update(status="withdrawn")
    call(handover, by, CallOutcome.REFERENCE, body_reference="A1")
    assert (create_of(handover).attempt_count, status_of(handover)) == (1, "withdrawn")


def test_nobody_answered_and_it_was_withdrawn(handover: Handover, by: Person) -> None:
    Issue.objects.filter(pk=handover.issue_id).update(status="withdrawn")
    call(handover, by, CallOutcome.NO_ANSWER)
    assert create_of(handover).state == DeliveryState.DONE


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_one_call_one_wins() -> None:
    handover = by_phone()
    people = [build.person(role=Role.DISPATCHER) for _each in range(2)]
    start, told = threading.Barrier(2), []

    def answer(who: Person) -> None:
        start.wait(5)
        try:
            call(handover, who, CallOutcome.REFERENCE, body_reference=f"R{who.pk}")
            told.append("won")
        except NotAllowed:
            told.append("lost")
        finally:
            database.close()

    threads = [threading.Thread(target=answer, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["lost", "won"]
    assert Call.objects.count() == InboxItem.objects.count() == 1
    handover.refresh_from_db()
    assert handover.body_reference == Call.objects.get().body_reference
