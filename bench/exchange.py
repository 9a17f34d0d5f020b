"""./dev bench --exchange: messages a second of one worker beside the same calls made by a bare script, and
what a message costs as the outbox grows.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from bench import report
from bench.measure import cpu_seconds
from bench.stage import BIN, Stage
from devtools.environment import ROOT

KEY, CATEGORY = "demo-city-key", "POTHOLE"
WANTED_RATIO, WANTED_GROWTH = 0.5, 1.3
START, END = "<!-- exchange:start -->", "<!-- exchange:end -->"

_DONE = """
SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state <> 'done'),
    extract(epoch FROM max(done_at) - min(first_try_at))
FROM dispatch_delivery WHERE made_at > %s
"""


@dataclass(frozen=True)
class Run:
    """What one worker did with so many messages."""

    count: int
    seconds: float
    cpu: float
    """Seconds of CPU of worker and database."""

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.seconds

    @property
    def cost(self) -> float:
        """CPU milliseconds of worker and database for one message."""
        return self.cpu / self.count * 1000


@contextmanager
def city(folder: Path) -> Iterator[str]:
    """A simulated Open311 city; gives its address."""
    command = [sys.executable, "-m", "mysmartcity.demo.cities.open311_city", "--port", "0"]
    command += ["--data", str(folder / "city.sqlite3"), "--pace", "100000"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield line.removeprefix("ready ").strip()
    finally:
        process.terminate()
        process.wait(10)


def bare(url: str, count: int) -> float:
    """The same calls by a script that does nothing else, one after the other; calls a second."""
    place = url.removeprefix("http://")
    began = time.monotonic()
    for number in range(count):
        form = {
            "api_key": KEY,
            "service_code": CATEGORY,
            "lat": -33.9249 + number * 1e-6,
            "long": 18.4241,
            "description": f"Pothole: please come and look, it gets worse.\nReference: BAR-{number}",
        }
        connection = http.client.HTTPConnection(place, timeout=20)
        connection.request(
            "POST",
            "/open311/v2/requests.json",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        connection.close()
        if reply.status >= 300:
            raise RuntimeError(f"the city answered {reply.status}: {answer}")
    return count / (time.monotonic() - began)


def work(stage: Stage, count: int) -> Run:
    """Queue so many messages, let one worker send them, and count."""
    with psycopg.connect(stage.cluster.url("msc"), autocommit=True) as database:
        row = database.execute("SELECT now()").fetchone()
        began_at = row[0] if row else None
        stage.shell("outbox", f"queue({count})")
        command = [BIN / "python", "-W", "ignore", "manage.py", "procrastinate", "worker"]
        command += ["--queues", "exchange", "--concurrency", "12"]
        command += ["--fetch-job-polling-interval", "1"]
        worker = subprocess.Popen(
            command,
            cwd=ROOT,
            env=stage.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.5)
        before = cpu_seconds(stage.database_pid)
        deadline, done, left, seconds = time.monotonic() + 300, 0, count, 0.0
        while left and time.monotonic() < deadline:
            time.sleep(0.5)
            done, left, seconds = database.execute(_DONE, [began_at]).fetchone() or (0, 0, 0)
        cpu = cpu_seconds(worker.pid) + cpu_seconds(stage.database_pid) - before
        worker.terminate()
        worker.wait(20)
    if left:
        raise RuntimeError(f"{left} messages did not go out")
    return Run(done, float(seconds), cpu)


def main(options: argparse.Namespace, command: str) -> int:
    """Entry point of ./dev bench --exchange; 1 when an aim was missed."""
    with Stage() as stage, city(stage.folder) as url:
        stage.allow(url.removeprefix("http://"))
        stage.prepare(50 * options.messages)
        stage.shell("outbox", f"connect({url + '/open311/v2'!r}, {KEY!r}, {CATEGORY!r})")
        rates, ratios = [], []
        small: list[Run] = []
        for _block in range(3):
            ours = work(stage, options.messages)
            theirs = bare(url, options.messages)
            small.append(ours)
            rates.append((ours.rate, theirs))
            ratios.append(ours.rate / theirs)
        stage.shell("outbox", f"past({options.past})")
        large = [work(stage, options.messages) for _block in range(3)]
        version = stage.postgres_version()
    growth = statistics.median(run.cost for run in large) / statistics.median(
        run.cost for run in small
    )
    text = _told(options, command, version, rates, statistics.median(ratios), small, large, growth)
    print(text)
    if options.write:
        report.write(ROOT / "docs" / "measurements.md", text, markers=(START, END))
    return int(statistics.median(ratios) < WANTED_RATIO or growth > WANTED_GROWTH)


def _told(  # noqa: PLR0917 - the figures of one table
    options: argparse.Namespace,
    command: str,
    version: str,
    rates: list[tuple[float, float]],
    ratio: float,
    small: list[Run],
    large: list[Run],
    growth: float,
) -> str:
    ours, theirs = (statistics.median(side) for side in zip(*rates, strict=True))
    before, after = (statistics.median(run.cost for run in runs) for runs in (small, large))
    return (
        f"Measured by `{command}` with PostgreSQL {version} (durable) on 2 cores: three blocks of "
        f"{options.messages} messages to a simulated Open311 city, taking turns with as many equal calls "
        f"by a script that does nothing else (one connection a call, as ours; medians).\n\n"
        f"| | ours | reference | ratio | aim |\n|---|---|---|---|---|\n"
        f"| deliveries a second of one worker | {ours:.1f} | {theirs:.1f} | {ratio:.2f} | "
        f"≥ {WANTED_RATIO} |\n"
        f"| CPU ms of worker and database for a delivery, {options.past:,} rows in the outbox, "
        f"beside under {7 * options.messages:,} | {after:.1f} | {before:.1f} | {growth:.2f} | "
        f"≤ {WANTED_GROWTH} |\n"
    )
