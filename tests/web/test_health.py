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
