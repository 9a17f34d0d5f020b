"""Background doors of the exchange: ids in, one action, nothing else. All are safe to run twice."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app

from mysmartcity.connectors import actions, jobs
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import BoxFailed

log = logging.getLogger(__name__)

OVERDUE_SECONDS = 10
"""Each message has a job of its own; the sweep only takes what such a job has missed."""

STALLED_SECONDS = 30


@app.task(queue="exchange", name="connectors.deliver")
def deliver(delivery_id: int) -> None:
    """Take one step with one message."""
    actions.deliver(delivery_id=delivery_id)


@app.task(queue="exchange", name="connectors.poll")
def poll(connection_id: int) -> None:
    """Ask one system for news."""
    actions.poll(connection_id=connection_id)


@app.task(queue="exchange", name="connectors.reconcile")
def reconcile(connection_id: int, is_full: int) -> None:
    """Compare our view with one system's."""
    actions.reconcile(connection_id=connection_id, is_full=bool(is_full))


@app.periodic(cron="* * * * * */5")
@app.task(queue="exchange", name="connectors.sweep_due", queueing_lock="connectors.sweep_due")
def sweep_due(timestamp: int) -> None:
    """Messages that are overdue, or whose worker ended, get a job again."""
    del timestamp
    for delivery_id in actions.due_delivery_ids(overdue_seconds=OVERDUE_SECONDS):
        jobs.defer_once(deliver, lock=str(delivery_id), delivery_id=delivery_id)


@app.periodic(cron="* * * * * */10")
@app.task(queue="exchange", name="connectors.poll_all", queueing_lock="connectors.poll_all")
def poll_all(timestamp: int) -> None:
    """Every active connection whose pace says that it is time."""
    for connection in Connection.objects.active():
        pace = max(10, int(connection.settings.get("poll_seconds", 10)))
        if timestamp % pace < 10:
            jobs.defer_once(poll, lock=str(connection.pk), connection_id=connection.pk)


@app.periodic(cron="* * * * * */10")
@app.task(
    queue="exchange",
    name="connectors.read_mail",
    queueing_lock="connectors.read_mail",
    lock="connectors.read_mail",
)
def read_mail(timestamp: int) -> None:
    """Read the offices' replies."""
    del timestamp
    try:
        actions.read_mail()
    except BoxFailed as failure:
        log.warning("%s", failure)


@app.periodic(cron="* * * * * */10")
@app.task(
    queue="exchange",
    name="connectors.retry_stalled",
    queueing_lock="connectors.retry_stalled",
    pass_context=True,
)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs of every queue whose worker was killed go back into the queue."""
    del context, timestamp
    await jobs.retry_stalled(seconds=STALLED_SECONDS)
