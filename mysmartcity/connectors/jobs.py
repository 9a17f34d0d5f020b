"""Two things that Procrastinate leaves to us: one job instead of many, and jobs of killed workers."""

from typing import Any

from django.db import transaction
from procrastinate import exceptions, jobs
from procrastinate.contrib.django import app
from procrastinate.tasks import Task


def defer_once(task: Task[Any, Any, Any], *, lock: str, **arguments: int) -> bool:
    """Defer a task unless an equal job waits already; the savepoint keeps our transaction usable."""
    try:
        with transaction.atomic():
            task.configure(queueing_lock=f"{task.name}-{lock}").defer(**arguments)
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
