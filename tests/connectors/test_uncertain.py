"""Messages of which nobody knows whether they arrived: looked up, never just sent again."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.actions import deliver, due_delivery_ids, settle_uncertain
from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed, Message
from mysmartcity.connectors.messages import message_of
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, ErrorClass
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db
AMBIGUOUS = DeliveryFailed(ErrorClass.AMBIGUOUS, "The line went dead.")


def step(handover: Handover) -> Delivery:
    """The next step, whenever it is due."""
    delivery = create_of(handover)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=clock.now())
    deliver(delivery_id=delivery.pk)
    return create_of(handover)


def test_what_arrived_is_found_and_not_sent_again(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(AMBIGUOUS, True)]
    uncertain = step(handover)
    assert uncertain.state == DeliveryState.UNCERTAIN
    assert 3 < (uncertain.next_try_at - clock.now()).total_seconds() <= 5, "time to settle"
    assert status_of(handover) == "received", "nothing is claimed that nobody knows"
    done = step(handover)
    assert (done.state, city.sends, len(city.stored)) == (DeliveryState.DONE, 1, 1)
    assert status_of(handover) == "acknowledged"


def test_only_what_is_absent_twice_is_sent_again(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(AMBIGUOUS, False)]
    step(handover)
    assert step(handover).state == DeliveryState.UNCERTAIN
    assert city.sends == 1, "once absent may be a slow list"
    assert step(handover).state == DeliveryState.WAITING
    assert step(handover).state == DeliveryState.DONE
    assert (city.look_ups, city.sends, len(city.stored)) == (2, 2, 1)


def test_a_late_arrival_between_two_look_ups_is_found(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(AMBIGUOUS, False)]
    step(handover)
    step(handover)
    city.stored.append(_message(handover))
    assert step(handover).state == DeliveryState.DONE
    assert city.sends == 1


def _message(handover: Handover) -> Message:
    """The message as the city would hold it."""
    delivery = Delivery.objects.select_related("handover__issue", "handover__body").get(
        pk=create_of(handover).pk
    )
    its = handover.body.connections.get()
    return message_of(delivery, its)


def test_a_failed_look_up_leaves_it_uncertain(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(AMBIGUOUS, True)]
    step(handover)
    for _again in range(20):
        city.look_up_failures = [DeliveryFailed(ErrorClass.TRANSIENT, "Down.")]
        assert step(handover).state == DeliveryState.UNCERTAIN
    assert city.sends == 1
    assert step(handover).state == DeliveryState.DONE


def test_what_can_t_be_looked_up_is_settled_by_a_human(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.capabilities = Capabilities()
    city.failures = [(AMBIGUOUS, True)]
    step(handover)
    asked = step(handover)
    assert asked.state == DeliveryState.UNCERTAIN
    assert asked.pk not in due_delivery_ids(), "nothing happens by itself any more"
    entry = QueueEntry.objects.unsettled().get(issue=handover.issue_id)
    assert entry.reason == "uncertain"
    assert handover.issue.reference in entry.words
    dispatcher = build.person(role=Role.DISPATCHER)
    settle_uncertain(delivery=asked, arrived=True, body_reference="77", by=dispatcher)
    assert create_of(handover).state == DeliveryState.DONE
    assert status_of(handover) == "acknowledged"
    entry.refresh_from_db()
    assert entry.settled_by == dispatcher
    with pytest.raises(NotAllowed):
        settle_uncertain(delivery=asked, arrived=True, by=dispatcher)
    assert city.sends == 1


def test_a_human_says_that_it_never_arrived(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.capabilities = Capabilities()
    city.failures = [(AMBIGUOUS, False)]
    step(handover)
    asked = step(handover)
    settle_uncertain(delivery=asked, arrived=False, by=build.person())
    deliver(delivery_id=asked.pk)
    assert len(city.stored) == 1
    assert create_of(handover).state == DeliveryState.DONE


def test_a_worker_that_ends_before_sending_leaves_it_waiting(city: FakeCity) -> None:
    """Nothing was sent, so nobody has to be asked."""
    handover = handed_over()
    connection()
    delivery = create_of(handover)
    assert leases.take(delivery.pk) is not None
    assert leases.take(delivery.pk) is None, "leased"
    assert due_delivery_ids() == []
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=clock.now())
    assert due_delivery_ids() == [delivery.pk]
    deliver(delivery_id=delivery.pk)
    assert (city.look_ups, len(city.stored)) == (0, 1)


def test_a_worker_that_ends_while_sending_leaves_it_uncertain(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    lease = leases.take(create_of(handover).pk)
    assert lease is not None
    assert leases.begin_sending(lease, seconds=60)
    Delivery.objects.filter(pk=lease.delivery.pk).update(
        leased_until=clock.now() - timedelta(seconds=1)
    )
    assert due_delivery_ids() == [lease.delivery.pk]
    step(handover)
    assert (city.look_ups, city.sends) == (1, 0)
    step(handover)
    step(handover)
    assert len(city.stored) == 1


def test_a_lost_lease_sends_nothing_and_writes_nothing(city: FakeCity) -> None:
    """A worker that slept past its lease must not undo what another one did meanwhile."""
    handover = handed_over()
    connection()
    delivery = create_of(handover)

    def sleep_past_the_lease() -> None:
        Delivery.objects.filter(pk=delivery.pk).update(leased_until=clock.now())
        city.before_send = None
        assert leases.take(delivery.pk) is not None

    city.before_send = sleep_past_the_lease
    deliver(delivery_id=delivery.pk)
    assert len(city.stored) == 1
    assert create_of(handover).state == DeliveryState.UNCERTAIN, "the other one will look it up"
    assert status_of(handover) == "received"
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=clock.now())
    assert step(handover).state == DeliveryState.DONE
    assert len(city.stored) == 1


def test_a_worker_that_slept_before_sending_sends_nothing() -> None:
    lease = leases.take(create_of(handed_over()).pk)
    assert lease is not None
    Delivery.objects.filter(pk=lease.delivery.pk).update(leased_until=clock.now())
    assert not leases.begin_sending(lease, seconds=60), "its lease has run out"
    other = leases.take(lease.delivery.pk)
    assert other is not None
    assert not leases.begin_sending(lease, seconds=60), "somebody else has it"
    assert leases.begin_sending(other, seconds=60)
