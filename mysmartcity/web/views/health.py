"""Whether the process is up, and whether the whole platform can do its work."""

from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from mysmartcity.lib.access import declares

WORKER_SECONDS = 60
"""A worker that gave no sign for so long is not counted as alive."""

_migrated: set[str] = set()

_QUEUE = """
SELECT
  (SELECT count(*) FROM procrastinate_workers
   WHERE last_heartbeat > now() - make_interval(secs => %s)),
  (SELECT coalesce(extract(epoch FROM now() - min(greatest(e.at, coalesce(j.scheduled_at, e.at)))), 0)
   FROM procrastinate_jobs j
   JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
   WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now()))
"""


@declares("public")
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    del request
    return _answer({"status": "up"}, is_well=True)


@declares("public")
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations, worker and the age of the oldest waiting job. 503 when one is missing."""
    del request
    found: dict[str, Any] = {"database": False, "migrations": False, "worker": False}
    try:
        found["migrations"] = _is_migrated()
        found["database"] = True
        if found["migrations"]:
            with connection.cursor() as cursor:
                cursor.execute(_QUEUE, [WORKER_SECONDS])
                workers, age = cursor.fetchone() or (0, 0)
            found["worker"] = workers > 0
            found["queue_age_seconds"] = round(float(age), 1)
    except DatabaseError:
        # What went wrong stands in the log; the answer only says that it did.
        return _answer(found, is_well=False)
    return _answer(found, is_well=all((found["database"], found["migrations"], found["worker"])))


def _is_migrated() -> bool:
    """Whether every migration was applied. Asked until it is true once: a process never goes back."""
    if "all" in _migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    is_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    if is_applied:
        _migrated.add("all")
    return is_applied


def _answer(found: dict[str, Any], *, is_well: bool) -> JsonResponse:
    status = {"status": "ready" if is_well else "not ready", **found}
    if found.get("status") == "up":
        status = found
    response = JsonResponse(status, status=200 if is_well else 503)
    response.headers["Cache-Control"] = "no-store"
    return response
