"""Races for one message, and a machine that tries every order of events."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mysmartcity.connectors.actions import deliver
from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState, ErrorClass
from mysmartcity.lib import clock
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of


def at_once(*acts: Callable[[], Any]) -> None:
    """Run all of them in threads that start together."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            act()
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_one_message_once(city: FakeCity) -> None:
    for _round in range(3):
        handover = handed_over()
        if not handover.body.connections.exists():
            connection()
        delivery_id = create_of(handover).pk
        at_once(*[lambda: deliver(delivery_id=delivery_id)] * 4)  # noqa: B023
        assert city.keys().count(create_of(handover).key) == 1
        assert create_of(handover).attempt_count == 1


@pytest.mark.django_db(transaction=True)
def test_one_lease_at_a_time() -> None:
    delivery_id = create_of(handed_over()).pk
    taken: list[Any] = []
    at_once(*[lambda: taken.append(leases.take(delivery_id))] * 6)
    assert sum(lease is not None for lease in taken) == 1


OUTCOMES = st.sampled_from(
    ["fine", "lost answer", "never arrived", "refused for now", "killed sending", "killed before"]
)


class Killed(BaseException):
    """The worker dies here."""


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(script=st.lists(st.tuples(OUTCOMES, st.integers(0, 1)), max_size=8))
def test_exactly_once_whatever_happens(city: FakeCity, script: list[tuple[str, int]]) -> None:
    """Any order of failures, kills and late look-ups ends with one message at the other side."""
    handover = handed_over()
    if not handover.body.connections.exists():
        connection()
    delivery = create_of(handover)
    for outcome, look_up_fails in script:
        if look_up_fails:
            city.look_up_failures = [DeliveryFailed(ErrorClass.TRANSIENT, "Down.")]
        _one_try(city, delivery.pk, outcome)
    city.failures, city.look_up_failures, city.before_send = [], [], None
    for _step in range(6):
        _one_try(city, delivery.pk, "fine")
    assert city.keys().count(delivery.key) == 1
    assert create_of(handover).state == DeliveryState.DONE
    assert status_of(handover) == "acknowledged"


def _one_try(city: FakeCity, delivery_id: int, outcome: str) -> None:
    """Everything is due, leases have run out, and the next send ends in this way."""
    past = clock.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery_id).update(next_try_at=past)
    Delivery.objects.filter(pk=delivery_id, leased_until__isnull=False).update(leased_until=past)
    if outcome == "killed before":
        leases.take(delivery_id)
        return
    city.failures = {
        "lost answer": [(DeliveryFailed(ErrorClass.AMBIGUOUS, "Lost."), True)],
        "never arrived": [(DeliveryFailed(ErrorClass.AMBIGUOUS, "Lost."), False)],
        "refused for now": [(DeliveryFailed(ErrorClass.TRANSIENT, "Later."), False)],
        "killed sending": [(Killed(), True)],
    }.get(outcome, [])  # type: ignore[assignment]
    with suppress(Killed):
        deliver(delivery_id=delivery_id)
    city.failures, city.look_up_failures = [], []
