"""What Procrastinate leaves to us: one job instead of many, jobs of killed workers, and old jobs."""

from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from procrastinate import exceptions, jobs
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from mysmartcity.lib import clock

_WAITS: Final = """
SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' LIMIT 1
"""


def defer_once(
    task: Task[Any, Any, Any], *, lock: str, in_seconds: int = 0, **arguments: int
) -> bool:
    """Defer a task unless an equal job waits already; the savepoint keeps our transaction usable.

    Looked up first: the database writes every refused row into its log.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [f"{task.name}-{lock}"])
        if cursor.fetchone():
            return False
    try:
        with transaction.atomic():
            task.configure(
                queueing_lock=f"{task.name}-{lock}", schedule_in={"seconds": in_seconds}
            ).defer(**arguments)
    except exceptions.AlreadyEnqueued:
        return False
    return True


async def retry_stalled(*, seconds: float) -> int:
    """Put the jobs of workers that gave no sign of life for `seconds` back; gives how many there were.

    A job whose equal waits already (its queueing lock is taken) is ended instead: the other one does
    the work.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:
            await app.job_manager.finish_job(job, jobs.Status.FAILED, delete_job=False)
    return len(stalled)


_KEPT: Final = (
    (timedelta(days=3), ["succeeded"]),
    (timedelta(days=30), ["failed", "cancelled", "aborted"]),
)
"""What ended well is kept for 3 days; what did not, 30, for whoever looks."""

_AT_ONCE: Final = 5000

_REMOVE = """
WITH oldest AS (
    SELECT id FROM procrastinate_jobs WHERE status = ANY(%(states)s::procrastinate_job_status[])
    ORDER BY id LIMIT %(most)s)
DELETE FROM procrastinate_jobs j USING oldest o WHERE j.id = o.id AND NOT EXISTS (
    SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= %(before)s)
"""


def remove_old() -> int:
    """Delete jobs that ended long ago; gives how many.

    Procrastinate's own way sorts every event there is in one statement, which takes longer than a
    statement may once a worker was away for some weeks. This takes the oldest, some at a time.
    """
    removed = 0
    for kept, states in _KEPT:
        found = _AT_ONCE
        while found == _AT_ONCE:
            with connection.cursor() as cursor:
                before = clock.now() - kept
                cursor.execute(_REMOVE, {"states": states, "most": _AT_ONCE, "before": before})
                found = cursor.rowcount
            removed += found
    return removed
