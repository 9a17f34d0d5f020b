"""./dev run: PostgreSQL, migrations, the metros, web, worker and the simulated cities, in one go."""

import argparse
import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from devtools import demo_cities
from devtools.environment import ROOT, settings_for
from devtools.postgres import Cluster, PostgresFailed
from devtools.processes import Process, Supervisor

BIN = Path(sys.executable).parent


class RunFailed(Exception):
    """Something did not start; the message is for the person at the terminal."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of ./dev run."""
    parser = argparse.ArgumentParser(prog="./dev run")
    parser.add_argument("--port", type=int, default=8000, help="where the pages are served")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".data", help="folder for everything kept"
    )
    parser.add_argument("--no-demo", action="store_true", help="no demo city, no logins")
    parser.add_argument("--pace", type=float, default=1.0, help="speed of the simulated cities")
    return parser.parse_args(arguments)


def lock(folder: Path) -> IO[str]:
    """Hold the data folder for this run. Raises RunFailed when another run holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunFailed(f"Another ./dev run uses {folder}. Stop it, or choose --data.") from error
    return file


def worker(queues: str, *, threads: int) -> list[str]:
    """The command of a background worker for some queues."""
    command = [str(BIN / "python"), "-W", "ignore", "manage.py", "procrastinate", "worker"]
    command += ["--queues", queues, "--concurrency", str(threads)]
    return [*command, "--fetch-job-polling-interval", "1", "--shutdown-graceful-timeout", "8"]


class Platform:
    """One running platform in a data folder."""

    def __init__(self, options: argparse.Namespace) -> None:
        """`options` as `parse` gives them."""
        self.folder: Path = options.data.resolve()
        self.port: int = options.port
        self.with_demo: bool = not options.no_demo
        self.pace: float = options.pace
        self.url = f"http://127.0.0.1:{self.port}"
        self.cluster = Cluster(self.folder / "postgres")
        self.supervisor = Supervisor(self.folder / "pids.json")
        self.cities: demo_cities.Cities | None = None
        self.environment: dict[str, str] = {}

    def start(self) -> None:
        """Everything up to the moment at which the pages answer."""
        (self.folder / "logs").mkdir(exist_ok=True)
        self._check_port()
        self._start_database()
        self._prepare()
        if self.with_demo:
            self._start_cities()
        self._step("Starting web and worker", self._start_own)
        self._wait_until_ready()

    def _step(self, words: str, act: Callable[[], object]) -> None:
        started = time.monotonic()
        print(f"  {words} …", end="", flush=True)
        act()
        print(f" {time.monotonic() - started:.1f} s", flush=True)

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise RunFailed(f"Port {self.port} is in use. Choose another: --port N") from error

    def _start_database(self) -> None:
        external = os.environ.get("DATABASE_URL")
        if not external:
            self._step("Starting PostgreSQL", self.cluster.start)
            self.cluster.create_database("msc")
        if self.with_demo:
            self.cities = demo_cities.Cities(self.folder, public_url=self.url, pace=self.pace)
        self.environment = settings_for(
            self.folder,
            database_url=external or self.cluster.url("msc"),
            public_url=os.environ.get("PUBLIC_URL") or self.url,
            smtp_port=self.cities.smtp_port if self.cities else 25,
        )
        if self.cities:
            self.environment |= self.cities.settings()

    def _prepare(self) -> None:
        """Migrations, pages' files, areas and reference data; skipped when nothing changed."""
        self._step("Checking the database", lambda: self.manage("migrate", "-v0"))
        stamp = self.folder / "prepared"
        wanted = _digest_of_sources()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        self._step(
            "Compiling languages", lambda: self.run([BIN / "python", "-m", "devtools.pseudo"])
        )
        self._step(
            "Collecting the pages' files", lambda: self.manage("collectstatic", "--noinput", "-v0")
        )
        self._step(
            "Loading the areas of the five metros",
            lambda: self.manage("places", "import-all", "data/boundaries/layers.yaml"),
        )
        self._step("Loading categories and responsibilities", lambda: self.manage("load_reference"))
        stamp.write_text(wanted)

    def _start_cities(self) -> None:
        cities = self.cities
        if cities is None:
            return

        def start() -> None:
            self.manage("demo_services", str(cities.folder))
            for name, command in cities.commands():
                self._add(name, command)
            cities.wait_until_ready()

        self._step("Starting the simulated city systems", start)
        plan, out = cities.folder / "plan.json", self.folder / "demo.json"
        plan.write_text(json.dumps(cities.plan()))
        self._step("Seeding the demo city", lambda: self.manage("seed_demo", str(plan), str(out)))

    def _start_own(self) -> None:
        self._add("worker", worker("dispatch,issues,mail,tidy", threads=4), DATABASE_PATIENCE="60")
        # A process of its own: city systems that hang take no thread from anything else.
        self._add("exchange", worker("exchange", threads=12), DATABASE_PATIENCE="60")
        web = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        web += ["--workers", "1", "--blocking-threads", "8", "--backpressure", "512", "--no-ws"]
        web += ["--respawn-failed-workers", "--log-level", "warning"]
        command = [str(BIN / "granian"), *web, "mysmartcity.config.wsgi:application"]
        self._add("web", command, DATABASE_PATIENCE="5")

    def _add(self, name: str, command: list[str], **settings: str) -> None:
        log = self.folder / "logs" / f"{name}.log"
        self.supervisor.add(Process(name, command, log, {**self.environment, **settings}))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as reply:  # noqa: S310
                    if reply.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise RunFailed(f"The pages did not answer; see {self.folder / 'logs'}")

    def manage(self, *arguments: str) -> None:
        """Run a Django command with this platform's settings."""
        self.run([BIN / "python", "-W", "ignore", "manage.py", *arguments])

    def run(self, command: list[Path | str]) -> None:
        """Run a command to its end. Raises RunFailed with what it printed."""
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RunFailed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"[-4000:])

    def keep_database(self) -> dict[str, int]:
        """Start PostgreSQL again when it died; gives its pid for the pid file."""
        process = self.cluster.process
        if process is None:
            return {}
        if process.poll() is not None:
            print("PostgreSQL ended; starting it again", file=sys.stderr, flush=True)
            try:
                self.cluster.start()
            except PostgresFailed as failure:
                print(failure, file=sys.stderr, flush=True)
        return {"postgres": self.cluster.process.pid} if self.cluster.process else {}

    def stop(self) -> None:
        """End every process, the database last."""
        self.supervisor.end()
        self.cluster.stop()


def _digest_of_sources() -> str:
    """What the prepared state depends on: data, styles, scripts, languages and the lock file."""
    digest = hashlib.sha256()
    files = [ROOT / "requirements" / "run.txt"]
    for pattern in ("data/**/*", "mysmartcity/*/static/**/*", "mysmartcity/locale/**/*.po"):
        files += sorted(ROOT.glob(pattern))
    for file in files:
        if file.is_file():
            status = file.stat()
            digest.update(f"{file}{status.st_mtime_ns}{status.st_size}".encode())
    return digest.hexdigest()


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev run."""
    del command
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    platform = Platform(options)
    ends = platform.supervisor.is_ending
    try:
        held = lock(platform.folder)
        platform.start()
        write_environment(platform)
        print(f"ready {platform.url}", flush=True)
        platform.supervisor.watch(platform.keep_database)
        held.close()
    except KeyboardInterrupt:
        print("stopping", flush=True)
    except (RunFailed, PostgresFailed, TimeoutError) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    finally:
        ends.set()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        platform.stop()
    return 0


def write_environment(platform: Platform) -> None:
    """Keep the settings of this run, so that ./dev shell and ./dev manage speak to it."""
    names = [
        "SECRET_KEY",
        "DATABASE_URL",
        "PUBLIC_URL",
        "PHOTO_DIR",
        "SMTP_URL",
        "STATIC_BUILT_DIR",
    ]
    names += ["DEMO", "OUTBOUND_ALLOWED_HOSTS", "INBOUND_MAILDIR", "REPLY_ADDRESS"]
    file = platform.folder / "environment.json"
    file.touch(mode=0o600)
    file.write_text(
        json.dumps({n: platform.environment[n] for n in names if n in platform.environment})
    )
