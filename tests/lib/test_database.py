"""A database that hangs gives an error in time, and the threads that wait are free again."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client

from devtools.postgres import Cluster
from mysmartcity.lib import database
from mysmartcity.lib.database import PatientConnection

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="msc-pg-") as folder:
        its = Cluster(Path(folder) / "postgres", durable=False)
        its.start()
        its.create_database("msc")
        yield its
        its.stop()


def test_a_stopped_server_is_given_up(cluster: Cluster, settings: object) -> None:
    settings.DATABASE_PATIENCE = 1  # type: ignore[attr-defined]
    with PatientConnection.connect(cluster.url("msc"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        began = time.monotonic()
        os.kill(row[0], signal.SIGSTOP)
        try:
            with pytest.raises(psycopg.OperationalError, match="no answer"):
                connection.execute("SELECT 1")
            assert 0.9 < time.monotonic() - began < 3
            assert connection.closed
        finally:
            os.kill(row[0], signal.SIGCONT)


def test_the_next_ones_fail_at_once(cluster: Cluster, settings: object) -> None:
    settings.DATABASE_PATIENCE = 5  # type: ignore[attr-defined]
    with PatientConnection.connect(cluster.url("msc"), autocommit=True) as connection:
        database._rest_until = time.monotonic() + 60
        try:
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError, match="a moment ago"):
                connection.execute("SELECT 1")
            assert time.monotonic() - began < 1
        finally:
            database._rest_until = 0.0


def test_without_patience_nothing_changes(cluster: Cluster, settings: object) -> None:
    settings.DATABASE_PATIENCE = 0  # type: ignore[attr-defined]
    with PatientConnection.connect(cluster.url("msc")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_machine_is_told_in_its_own_format(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("mysmartcity.api.open311.catalogue.current", gone)
    answer = Client().get("/open311/v2/services.json?jurisdiction_id=x")
    assert answer.status_code == 503
    assert answer.json()[0]["code"] == 503
