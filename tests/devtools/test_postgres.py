"""The embedded PostgreSQL: survives kill -9, ends orphans, listens on no network."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devtools.postgres import Cluster

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    one = Cluster(tmp_path / "pg")
    one.start()
    one.create_database("x")
    yield one
    one.stop()


def kill_9(cluster: Cluster) -> None:
    assert cluster.process is not None
    os.killpg(cluster.process.pid, signal.SIGKILL)
    cluster.process.wait()


def test_what_was_committed_survives_kill_9(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("x")) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    kill_9(cluster)
    assert not cluster.is_alive()
    cluster.start()
    with psycopg.connect(cluster.url("x")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_server_that_outlived_its_supervisor_is_ended(cluster: Cluster) -> None:
    again = Cluster(cluster.folder)
    again.start()
    assert cluster.process is not None
    assert cluster.process.wait(20) is not None
    assert again.is_alive()
    again.stop()


def test_it_listens_on_no_network(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("x")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert oct(cluster.socket.stat().st_mode)[-3:] == "700"


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from devtools.postgres import Cluster;"
        f"c = Cluster(Path({str(tmp_path / 'pg')!r})); c.start(); print(c.process.pid, flush=True);"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    # As root the server runs in a user namespace, where the kernel forgets the parent's death; then
    # the next start ends the orphan, which is what must hold everywhere.
    again = Cluster(tmp_path / "pg")
    again.start()
    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text().split(") ")[1][0] == "Z"
    again.stop()
