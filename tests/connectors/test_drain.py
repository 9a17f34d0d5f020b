"""One slow, dead, rude or poisonous system or message never holds up the others."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from mysmartcity.connectors import slots
from mysmartcity.connectors.actions import deliver, drain, due_slots
from mysmartcity.connectors.actions.connection import BREAK_AFTER, LONGEST_REST, rest_seconds
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, ErrorClass, QueueReason
from mysmartcity.lib import clock
from tests.connectors.build import FakeCity, FakeConnector, connection, create_of, handed_over

pytestmark = pytest.mark.django_db


def down(**its: object) -> DeliveryFailed:
    return DeliveryFailed(ErrorClass.TRANSIENT, "No connection.", is_systemic=True, **its)  # type: ignore[arg-type]


def all_due() -> None:
    past = clock.now() - timedelta(seconds=1)
    Delivery.objects.exclude(state=DeliveryState.DONE).update(next_try_at=past)
    Connection.objects.filter(rest_until__isnull=False).update(rest_until=past)


def test_it_works(city: FakeCity) -> None:
    for _number in range(5):
        handed_over()
    its = connection(lanes=2)
    for one in Delivery.objects.all():
        Delivery.objects.filter(pk=one.pk).update(lane=its.pk)
    assert drain(connection_id=its.pk, slot=0) is False
    assert drain(connection_id=its.pk, slot=1) is False
    assert city.sends == 5
    assert Delivery.objects.filter(state=DeliveryState.DONE).count() == 5
    assert len(set(city.keys())) == 5


def test_a_slot_takes_only_its_own(city: FakeCity) -> None:
    for _number in range(6):
        handed_over()
    its = connection(lanes=3)
    Delivery.objects.update(lane=its.pk)
    drain(connection_id=its.pk, slot=1)
    done = Delivery.objects.filter(state=DeliveryState.DONE)
    assert done
    assert all(one.handover_id % 3 == 1 for one in done)


def test_a_system_that_is_down_is_tried_by_one_message_at_a_time(city: FakeCity) -> None:
    for _number in range(10):
        handed_over()
    its = connection(lanes=1)
    Delivery.objects.update(lane=its.pk)
    city.failures = [(down(), False)] * 50
    drain(connection_id=its.pk, slot=0)
    assert city.sends == BREAK_AFTER, "then it rests"
    drain(connection_id=its.pk, slot=0)
    assert city.sends == BREAK_AFTER
    assert due_slots() == []
    all_due()
    assert due_slots() == [(its.pk, 0)]
    drain(connection_id=its.pk, slot=0)
    assert city.sends == BREAK_AFTER + 1, "one tries whether it is back"
    its.refresh_from_db()
    assert its.failing_since is not None
    assert its.failure_count == BREAK_AFTER + 1


def test_when_it_is_back_all_goes_at_once(city: FakeCity) -> None:
    for _number in range(10):
        handed_over()
    its = connection(lanes=1)
    Delivery.objects.update(lane=its.pk)
    city.failures = [(down(), False)] * 4
    for _round in range(2):
        drain(connection_id=its.pk, slot=0)
        all_due()
    assert city.sends == 4
    Delivery.objects.filter(error_class="transient").update(
        next_try_at=clock.now() + timedelta(hours=1)
    )
    drain(connection_id=its.pk, slot=0)
    assert Delivery.objects.filter(state=DeliveryState.DONE).count() == 10, (
        "none waits out its hour"
    )
    its.refresh_from_db()
    assert (its.failure_count, its.failing_since, its.rest_until) == (0, None, None)


def test_however_long_it_is_away_no_message_is_given_up(city: FakeCity) -> None:
    handover = handed_over()
    connection(lanes=1)
    city.failures = [(down(), False)] * 40
    for _round in range(40):
        all_due()
        deliver(delivery_id=create_of(handover).pk)
    delivery = create_of(handover)
    assert (delivery.state, delivery.attempt_count) == (DeliveryState.WAITING, 0)
    all_due()
    deliver(delivery_id=delivery.pk)
    assert create_of(handover).state == DeliveryState.DONE


def test_a_request_to_slow_down_rests_the_whole_connection(city: FakeCity) -> None:
    for _number in range(3):
        handed_over()
    its = connection(lanes=1)
    Delivery.objects.update(lane=its.pk)
    slow = DeliveryFailed(ErrorClass.THROTTLED, "Slow down.", retry_after=600)
    city.failures = [(slow, False)]
    drain(connection_id=its.pk, slot=0)
    assert city.sends == 1
    its.refresh_from_db()
    assert its.failing_since is None, "it is not away"
    assert its.rest_until is not None
    left = (its.rest_until - clock.now()).total_seconds()
    assert 590 < left <= 600


def test_a_poisoned_message_is_parked_and_the_others_flow(
    city: FakeCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that breaks our own code: the next ones go, and after its tries it is a dead letter."""
    poisoned = handed_over(description="Poison")
    for _number in range(3):
        handed_over()
    its = connection(lanes=1)
    Delivery.objects.update(lane=its.pk)

    def missing(_connector: FakeConnector, message: object) -> tuple[str, ...]:
        if getattr(message, "description", "") == "Poison":
            raise ZeroDivisionError("082 555 1234")
        return ()

    monkeypatch.setattr(FakeConnector, "missing", missing)
    for _round in range(20):
        all_due()
        drain(connection_id=its.pk, slot=0)
    assert Delivery.objects.filter(state=DeliveryState.DONE).count() == 3
    delivery = create_of(poisoned)
    assert delivery.state == DeliveryState.DEAD
    assert "ZeroDivisionError" in delivery.error
    assert "082" not in delivery.error, "the text of the error may hold what the message holds"
    entry = QueueEntry.objects.unsettled().get(issue=poisoned.issue)
    assert entry.reason == QueueReason.DEAD_LETTER


def test_poison_while_sending_is_uncertain(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(ZeroDivisionError(), True)]
    deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == DeliveryState.UNCERTAIN
    for _round in range(2):
        all_due()
        deliver(delivery_id=create_of(handover).pk)
    assert city.keys() == [create_of(handover).key]
    assert create_of(handover).state == DeliveryState.DONE


def test_what_a_person_must_do_lies_before_the_desk(
    city: FakeCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = handed_over()
    connection()
    city.capabilities = Capabilities(by_hand=True)
    monkeypatch.setattr(
        FakeConnector, "brief", lambda _self, message: f"Call about {message.reference}"
    )
    deliver(delivery_id=create_of(handover).pk)
    delivery = create_of(handover)
    assert (delivery.state, city.sends) == (DeliveryState.BY_HAND, 0)
    assert delivery.content["brief"] == f"Call about {handover.issue.reference}"
    all_due()
    deliver(delivery_id=delivery.pk)
    assert create_of(handover).state == DeliveryState.BY_HAND


def test_what_a_system_lacks_is_asked_of_a_human(
    city: FakeCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = handed_over()
    connection()
    monkeypatch.setattr(FakeConnector, "missing", lambda _self, _message: ("the street number",))
    deliver(delivery_id=create_of(handover).pk)
    entry = QueueEntry.objects.unsettled().get()
    assert entry.reason == QueueReason.NEEDS_FACTS
    assert "the street number" in entry.words
    assert (create_of(handover).state, city.sends) == (DeliveryState.WAITING, 0)


@pytest.mark.parametrize("count", [3, 5, 8, 500])
def test_rests_grow_and_end_within_a_minute(count: int) -> None:
    assert 1.0 <= rest_seconds(count) <= LONGEST_REST


@pytest.mark.django_db(transaction=True)
def test_a_slot_is_held_by_one_and_ends_with_its_session() -> None:
    seen: list[bool] = []

    def other() -> None:
        with slots.held(slots.Work.DRAIN, 7) as is_ours:
            seen.append(is_ours)
        database.close()

    def in_thread() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    with slots.held(slots.Work.DRAIN, 7) as is_ours:
        assert is_ours
        in_thread()
    in_thread()
    assert seen == [False, True]
