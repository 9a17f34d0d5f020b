"""A platform of its own for one bench: durable PostgreSQL, the five metros, many issues, two servers.

Everything lies in a temporary folder and ends with the bench.
"""

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from bench.measure import Server
from devtools.environment import ROOT, free_port, settings_for
from devtools.postgres import Cluster
from devtools.processes import Process, Supervisor

BIN = Path(sys.executable).parent

GRANIAN = "--interface wsgi --host 127.0.0.1 --workers 1 --blocking-threads 8 --backpressure 512"
"""As devtools.run starts it; the reference gets the very same."""

PLATFORM, BARE = "mysmartcity.config.wsgi:application", "bench.bare:application"


def _answers(port: int, address: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", address)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class StageFailed(Exception):
    """Something that the bench needs did not start; the message holds what it printed."""


class Stage:
    """Use it as a context: on leaving, processes and folder are gone."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="msc-bench-"))
        self.cluster = Cluster(self.folder / "postgres", durable=True)
        self.supervisor = Supervisor(self.folder / "pids.json")
        self.facts = self.folder / "facts.json"
        self.environment: dict[str, str] = {}
        self.port = free_port()

    def __enter__(self) -> Self:
        self.cluster.start()
        self.cluster.create_database("msc")
        self.environment = settings_for(
            self.folder,
            database_url=self.cluster.url("msc"),
            public_url=f"http://127.0.0.1:{self.port}",
            smtp_port=free_port(),
        )
        # Counted, as in service, but with a limit that nobody reaches.
        limits = {"REPORTS_PER_HOUR": "0", "POSTS_PER_MINUTE": "1000000000"}
        self.environment |= {**limits, "TRUST_PROXY": "yes"}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.supervisor.end()
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self, issues: int) -> None:
        """Tables, areas, categories and so many issues, with a line for each step."""
        self._step("tables", "migrate", "-v0")
        self._step("pages' files", "collectstatic", "--noinput", "-v0")
        self._step("areas", "places", "import-all", "data/boundaries/layers.yaml")
        self._step("categories", "load_reference")
        call = f"fill(issues={issues}, out=Path({str(self.facts)!r}))"
        code = f"from pathlib import Path; from bench.fill import fill; {call}"
        self._step(f"{issues:,} issues", "shell", "-v0", "-c", code)

    def allow(self, place: str) -> None:
        """A host:port that the platform may connect to."""
        self.environment["OUTBOUND_ALLOWED_HOSTS"] = place

    def shell(self, module: str, call: str) -> None:
        """Call a function of a module of the bench inside the platform."""
        code = f"from bench.{module} import *; {call}"
        self._step(call.partition("(")[0], "shell", "-v0", "-c", code)

    def _step(self, words: str, *arguments: str) -> None:
        began = time.monotonic()
        command: list[str | Path] = [BIN / "python", "-W", "ignore", ROOT / "manage.py", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StageFailed(f"{words}\n{done.stdout}{done.stderr}"[-4000:])
        print(f"  {words} {time.monotonic() - began:.1f} s", flush=True)

    def serve(self, name: str, application: str, address: str) -> Server:
        """Start a WSGI application under granian; `address` answers 200 when it is up."""
        port = self.port if application == PLATFORM else free_port()
        options = [*GRANIAN.split(), "--port", str(port), "--no-ws", "--log-level", "warning"]
        log = self.folder / f"{name}.log"
        process = Process(
            name, [str(BIN / "granian"), *options, application], log, self.environment
        )
        self.supervisor.add(process)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if _answers(port, address) and process.running:
                return Server(port, process.running.pid)
            time.sleep(0.1)
        raise StageFailed(f"{name} did not answer\n{log.read_text()[-3000:]}")

    @property
    def database_pid(self) -> int:
        """The process above all of PostgreSQL's."""
        if self.cluster.process is None:
            raise StageFailed("PostgreSQL is not running")
        return self.cluster.process.pid

    def postgres_version(self) -> str:
        """As the server says it, for example 18.4."""
        with psycopg.connect(self.cluster.url("msc")) as connection:
            version = connection.info.server_version
        return f"{version // 10000}.{version % 10000}"
