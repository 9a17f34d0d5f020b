"""Runs of reconciliation: samples, all of it, two at once, killed in the middle, by night."""

import threading
from datetime import datetime

import pytest
from django.db import connection as database
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.connectors import tasks
from mysmartcity.connectors.actions import reconcile
from mysmartcity.connectors.actions.reconcile import BATCH, SAMPLE
from mysmartcity.connectors.contract import Capabilities, RemoteState
from mysmartcity.connectors.models import Connection, Drift, InboxItem, Reconciliation
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.lib import clock
from tests.connectors.build import FakeCity, connection, status_of
from tests.connectors.test_reconcile import Answering, run, say, sent, them

__all__ = ["them"]


@pytest.mark.django_db
def test_a_sample_and_all_of_it(them: type[Answering]) -> None:
    (handover,) = sent()
    many = SAMPLE + BATCH + 1
    Handover.objects.bulk_create(
        Handover(
            issue=handover.issue,
            body=handover.body,
            body_reference=f"N-{number}",
            is_current=False,
            asked_at=clock.now(),
        )
        for number in range(many)
    )
    assert run().checked_count == SAMPLE
    asked = {reference for batch in them.asked for reference in batch}
    assert handover.body_reference in asked, "never asked before first"
    them.asked.clear()
    assert run(is_full=True).checked_count == many + 1
    assert max(len(batch) for batch in them.asked) == BATCH


@pytest.mark.django_db
def test_a_system_that_can_not_say_is_not_asked(city: FakeCity, them: type[Answering]) -> None:
    sent()
    city.capabilities = Capabilities(poll=True)
    assert reconcile(connection_id=Connection.objects.get().pk) is None
    assert reconcile(connection_id=0) is None
    assert not Reconciliation.objects.exists()


@pytest.mark.django_db
def test_shadow_compares_and_changes_nothing(them: type[Answering]) -> None:
    first, second = sent(2)
    live = Connection.objects.get()
    shadow = connection(to=first.body, mode=Mode.SHADOW)
    say(them, first, "busy")
    them.told[second.body_reference] = RemoteState(second.body_reference, exists=False)
    done = reconcile(connection_id=shadow.pk)
    assert done is not None
    assert (done.checked_count, done.drift_count) == (2, 2)
    assert sorted(Drift.objects.values_list("outcome", flat=True)) == [
        "shadow: human",
        "shadow: news",
    ]
    assert status_of(first) == "acknowledged"
    assert not InboxItem.objects.exists()
    assert not QueueEntry.objects.exists()
    assert not Handover.objects.filter(asked_at__isnull=False).exists()
    assert live.reconciliations.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_are_one(them: type[Answering]) -> None:
    sent()
    pk = Connection.objects.get().pk
    second: list[object] = []

    def try_too() -> None:
        try:
            second.append(reconcile(connection_id=pk))
        finally:
            database.close()

    def meanwhile() -> None:
        thread = threading.Thread(target=try_too)
        thread.start()
        thread.join(20)

    them.meanwhile = staticmethod(meanwhile)
    run()
    assert second == [None]
    assert Reconciliation.objects.count() == 1
    them.meanwhile = None
    run()
    assert Reconciliation.objects.count() == 2, "the lock is given back"


@pytest.mark.django_db
def test_a_run_whose_worker_ended_is_closed_by_the_next(them: type[Answering]) -> None:
    sent()
    lost = Reconciliation.objects.create(connection=Connection.objects.get())
    run()
    lost.refresh_from_db()
    assert (lost.ended_at is not None, lost.error) == (True, "It was broken off.")


@pytest.mark.django_db
def test_by_night_each_at_a_time_of_its_own(them: type[Answering]) -> None:
    sent()
    for _ in range(5):
        connection()
    saturday = datetime(2026, 6, 6, 2, 0, tzinfo=clock.CITY_ZONE)
    sunday = datetime(2026, 6, 7, 2, 0, tzinfo=clock.CITY_ZONE)
    tasks.reconcile_all(timestamp=int(saturday.timestamp()))
    tasks.reconcile_all(timestamp=int(saturday.timestamp()))
    found = ProcrastinateJob.objects.filter(task_name="connectors.reconcile")
    assert found.count() == 6, "once each"
    assert {job.args["is_full"] for job in found} == {0}
    assert len({job.scheduled_at for job in found}) > 3
    found.update(queueing_lock=None)
    tasks.reconcile_all(timestamp=int(sunday.timestamp()))
    assert {job.args["is_full"] for job in found.order_by("-pk")[:6]} == {1}
    pk = Connection.objects.order_by("pk")[0].pk
    tasks.reconcile(connection_id=pk, is_full=0)
    tasks.reconcile(connection_id=pk, is_full=1)
    assert Reconciliation.objects.count() == 2
