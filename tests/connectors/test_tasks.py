"""The background doors: what is missed is swept up, killed workers' jobs come back, nothing doubles."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection as database
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.connectors import jobs, tasks
from mysmartcity.connectors.contract import Update
from mysmartcity.dispatch.models import Delivery
from mysmartcity.lib import clock
from tests.connectors.build import FakeCity, connection, handed_over, status_of

pytestmark = pytest.mark.django_db


def waiting(task: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=task, status="todo").count()


def test_the_sweep_takes_what_has_no_drain(city: FakeCity) -> None:
    handed_over()
    connection(lanes=1)
    ProcrastinateJob.objects.all()._raw_delete("default")
    tasks.sweep_due(timestamp=0)  # no lane yet: delivered on the spot
    assert city.sends == 1
    Delivery.objects.update(state="waiting", next_try_at=clock.now() - timedelta(seconds=60))
    tasks.sweep_due(timestamp=0)
    tasks.sweep_due(timestamp=5)
    assert waiting("connectors.drain") == 1


def test_polls_keep_the_pace_of_their_connection() -> None:
    handed_over()
    connection(settings={"poll_seconds": 60})
    tasks.poll_all(timestamp=60 * 10 + 30)
    assert waiting("connectors.poll") == 0
    tasks.poll_all(timestamp=60 * 11)
    tasks.poll_all(timestamp=60 * 12)
    assert waiting("connectors.poll") == 1


def test_reading_mail_survives_a_box_that_is_away(settings: object) -> None:
    settings.IMAP_URL = "imap://a:b@127.0.0.1:1/INBOX"  # type: ignore[attr-defined]
    tasks.read_mail(timestamp=0)


def test_periodic_tasks_run_in_seconds() -> None:
    """Six fields with the seconds last, as croniter reads them."""
    crons = {key[0]: task.cron for key, task in app.periodic_registry.periodic_tasks.items()}
    assert crons["connectors.sweep_due"] == "* * * * * */5"
    for task in app.periodic_registry.periodic_tasks.values():
        if task.task.name == "connectors.sweep_due":
            start = task.croniter.get_next(start_time=1_000_000_000)
            assert task.croniter.get_next() - start == 5


def test_the_commands_work_without_a_worker(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    call_command("deliver_due", "--once")
    handover.refresh_from_db()
    city.updates = [Update("e", handover.body_reference, "done", "", clock.now())]
    call_command("poll_connections")
    assert status_of(handover) == "reported_fixed"


@pytest.mark.django_db(transaction=True)
def test_jobs_of_killed_workers_come_back() -> None:
    """Also where an equal job waits already: then the stalled one ends instead of blocking all."""
    with database.cursor() as cursor:
        # Tests of real workers leave jobs behind, which are stalled too.
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    for lock in ("one", "two"):
        assert jobs.defer_once(tasks.poll, lock=lock, connection_id=0)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'connectors.poll'"
        )
    assert jobs.defer_once(tasks.poll, lock="two", connection_id=0)
    assert not jobs.defer_once(tasks.poll, lock="two", connection_id=0)
    assert async_to_sync(jobs.retry_stalled)(seconds=0) == 2
    states = ProcrastinateJob.objects.filter(task_name="connectors.poll").order_by("id")
    assert list(states.values_list("status", flat=True)) == ["todo", "failed", "todo"]
