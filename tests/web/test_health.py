"""Health and readiness."""

import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz():
    assert Client().get("/healthz").json() == {"status": "up"}


def test_not_ready_without_a_worker():
    reply = Client().get("/readyz")
    assert reply.status_code == 503
    found = reply.json()
    assert (found["database"], found["migrations"], found["worker"]) == (True, True, False)


def test_ready_with_a_worker_that_lives():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert Client().get("/readyz").status_code == 200
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 min'")
    assert Client().get("/readyz").status_code == 503


def test_ready_says_how_long_the_oldest_job_waits():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        assert Client().get("/readyz").json()["queue_age_seconds"] == 0
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)"
            " VALUES ('default', 'later', '{}', now() + interval '1 hour')"
        )
        assert Client().get("/readyz").json()["queue_age_seconds"] == 0, "not due yet"
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'stuck', '{}') RETURNING id"
        )
        (job,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - interval '5 min' WHERE job_id = %s", [job]
        )
    assert 299 < Client().get("/readyz").json()["queue_age_seconds"] < 400
