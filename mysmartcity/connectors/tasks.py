"""Background doors of the exchange: ids in, one action, nothing else. All are safe to run twice."""

import logging
from datetime import datetime

from procrastinate import JobContext
from procrastinate.contrib.django import app

from mysmartcity.connectors import actions, jobs
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.queries import spread
from mysmartcity.connectors.registry import BoxFailed
from mysmartcity.lib import clock

log = logging.getLogger(__name__)

STALLED_SECONDS = 30
SUNDAY = 6


@app.task(queue="exchange", name="connectors.drain")
def drain(connection_id: int, slot: int) -> None:
    """Send what waits in one slot of a connection."""
    if actions.drain(connection_id=connection_id, slot=slot):
        wake(connection_id, slot)


def wake(connection_id: int, slot: int) -> None:
    """See to it that somebody drains this slot soon."""
    jobs.defer_once(drain, lock=f"{connection_id}-{slot}", connection_id=connection_id, slot=slot)


@app.task(queue="exchange", name="connectors.poll")
def poll(connection_id: int) -> None:
    """Ask one system for news."""
    actions.poll(connection_id=connection_id)


@app.task(queue="exchange", name="connectors.release_by_hand")
def release_by_hand(issue_id: int) -> None:
    """Put calls away that need not be made any more."""
    actions.release_by_hand(issue_id=issue_id)


@app.periodic(cron="* * * * * */5")
@app.task(queue="exchange", name="connectors.sweep_due", queueing_lock="connectors.sweep_due")
def sweep_due(timestamp: int) -> None:
    """What is due again, or whose worker ended, gets somebody who drains it."""
    del timestamp
    for delivery_id in actions.homeless_ids():
        actions.deliver(delivery_id=delivery_id)
    for connection_id, slot in actions.due_slots():
        wake(connection_id, slot)


@app.periodic(cron="* * * * *")
@app.task(queue="exchange", name="connectors.switch_away", queueing_lock="connectors.switch_away")
def switch_away(timestamp: int) -> None:
    """What waits for a system that is away too long goes another way."""
    del timestamp
    actions.switch_away()


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


@app.task(queue="exchange", name="connectors.reconcile")
def reconcile(connection_id: int, is_full: int) -> None:
    """Compare our view with one system's."""
    actions.reconcile(connection_id=connection_id, is_full=bool(is_full))


@app.periodic(cron="0 0 * * *")
@app.task(
    queue="exchange", name="connectors.reconcile_all", queueing_lock="connectors.reconcile_all"
)
def reconcile_all(timestamp: int) -> None:
    """Between 02:00 and 03:00 in the cities (jobs run by UTC): a sample, on Sundays all that is open."""
    is_full = datetime.fromtimestamp(timestamp, clock.CITY_ZONE).weekday() == SUNDAY
    for connection in Connection.objects.active().only("pk", "public_id"):
        later = spread(connection.public_id, seconds=3500)
        its = {"connection_id": connection.pk, "is_full": int(is_full)}
        jobs.defer_once(reconcile, lock=str(connection.pk), in_seconds=later, **its)


@app.task(queue="exchange", name="connectors.check_certificate")
def check_certificate(connection_id: int) -> None:
    """Look until when one system's certificate is good."""
    actions.check_certificate(connection_id=connection_id)


@app.periodic(cron="10 3 * * *")
@app.task(
    queue="exchange",
    name="connectors.check_certificates",
    queueing_lock="connectors.check_certificates",
)
def check_certificates(timestamp: int) -> None:
    """Once a day for every connection, spread over an hour."""
    del timestamp
    for connection in Connection.objects.only("pk", "public_id"):
        later = spread(connection.public_id, seconds=3500)
        lock = str(connection.pk)
        jobs.defer_once(check_certificate, lock=lock, in_seconds=later, connection_id=connection.pk)
