"""./dev faults: kill -9 web, worker and PostgreSQL in turn while clients report, and count.

Every acknowledged report must stand exactly once here and exactly once at the simulated city.
A client that gets no answer sends the same report again with the same key, as a phone would.
"""

import argparse
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from devtools.environment import ROOT, free_port

VICTIMS = ("web", "worker", "postgres")


@dataclass
class Ledger:
    """What the clients know."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """Our reference by the client's tag."""
    unknown: set[str] = field(default_factory=set)
    """Sent at least once, never answered."""
    guard: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """One phone: reports without pause until told to stop."""

    def __init__(self, demo: dict[str, Any], ledger: Ledger, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.demo, self.ledger, self.stop = demo, ledger, stop

    def run(self) -> None:
        """Report, again with the same key while there is no answer, then the next."""
        while not self.stop.is_set():
            tag = f"fault-{secrets.token_hex(8)}"
            with self.ledger.guard:
                self.ledger.unknown.add(tag)
            while not self.stop.is_set():
                reference = self._post(tag)
                if reference:
                    with self.ledger.guard:
                        self.ledger.unknown.discard(tag)
                        self.ledger.acknowledged[tag] = reference
                    break
                self.stop.wait(0.2)
            self.stop.wait(0.1)

    def _post(self, tag: str) -> str | None:
        where = next(one for one in self.demo["jurisdictions"] if one["id"] == "capetown")
        values = {
            "api_key": self.demo["api_key"],
            "jurisdiction_id": "capetown",
            "service_code": "pothole",
            "lat": where["point"][0],
            "long": where["point"][1],
            "description": f"Made by a fault run: {tag}",
        }
        request = urllib.request.Request(  # noqa: S310 - a loopback address of our own
            f"{self.demo['open311']}/requests.json",
            data=urllib.parse.urlencode(values).encode(),
            headers={"Idempotency-Key": tag},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                return str(json.load(reply)[0]["service_request_id"])
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500:
                print(f"unexpected refusal {refusal.code}: {refusal.read()[:300]!r}")
            return None
        except (OSError, ValueError, http.client.HTTPException):
            return None


class Run:
    """One platform of its own, under attack."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="msc-faults-"))
        self.port = free_port()
        self.log = (self.folder / "run.log").open("w+")
        command = [str(ROOT / "dev"), "run", "--port", str(self.port)]
        command += ["--data", str(self.folder / "data")]
        # Six clients of one key at full speed are more than anybody may send otherwise.
        environment = {**os.environ, "POSTS_PER_MINUTE": "0"}
        self.process = subprocess.Popen(
            [*command, "--pace", "20"],
            stdout=self.log,
            stderr=self.log,
            env=environment,
            start_new_session=True,
        )

    def data(self, name: str) -> Any:
        """A JSON file that the platform wrote."""
        return json.loads((self.folder / "data" / name).read_text())

    def is_ready(self) -> bool:
        """Whether the platform says that all of it works."""
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=3) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_until_ready(self, seconds: float) -> None:
        """Raises TimeoutError when it does not come back."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.log.seek(0)
                raise TimeoutError(f"the platform is not ready\n{self.log.read()[-3000:]}")
            time.sleep(0.3)

    def kill(self, victim: str) -> None:
        """kill -9 of a process with all its children."""
        os.killpg(self.data("pids.json")[victim], signal.SIGKILL)

    def end(self) -> None:
        """Stop everything and remove the folder."""
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database directly."""
        url = self.data("environment.json")["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def at_the_city(self) -> Counter[str]:
        """How often each of our references stands at the simulated City of Cape Town."""
        city = next(one for one in self.data("demo.json")["cities"] if "Cape Town" in one["name"])
        url = f"{city['url'].rstrip('/')}/_control/references"
        with urllib.request.urlopen(url, timeout=30) as reply:  # noqa: S310
            return Counter(json.load(reply))


def attack(run: Run, rounds: int, clients: int) -> Ledger:
    """Clients report while one process after the other is killed."""
    ledger, stop = Ledger(), threading.Event()
    phones = [Client(run.data("demo.json"), ledger, stop) for _ in range(clients)]
    for phone in phones:
        phone.start()
    for number in range(rounds):
        time.sleep(1.5 + (number % 3) * 0.4)
        victim = VICTIMS[number % len(VICTIMS)]
        started = time.monotonic()
        run.kill(victim)
        time.sleep(0.3)
        run.wait_until_ready(90)
        back = time.monotonic() - started
        count = len(ledger.acknowledged)
        print(f"round {number + 1:2} {victim:8} back after {back:4.1f} s, {count} acknowledged")
    time.sleep(2)
    stop.set()
    for phone in phones:
        phone.join(30)
    return ledger


UNCERTAIN = """
SELECT i.reference FROM issues_issue i
JOIN dispatch_handover h ON h.issue_id = i.id JOIN dispatch_delivery d ON d.handover_id = h.id
WHERE i.description LIKE 'Made by a fault run:%' AND d.state = 'uncertain'
AND d.next_try_at > now() + interval '30 days'
"""
"""Before a human: Cape Town's system can't be asked whether a message arrived."""

DRAINED = f"""
SELECT count(*) FROM issues_issue i
WHERE i.description LIKE 'Made by a fault run:%' AND i.status = 'received'
AND i.reference NOT IN ({UNCERTAIN})
"""  # noqa: S608


def drain(run: Run, seconds: float) -> None:
    """Wait until every report went out, or until it is clear that some will not."""
    deadline = time.monotonic() + seconds
    while run.query(DRAINED)[0][0] and time.monotonic() < deadline:
        time.sleep(1)


def count(run: Run, ledger: Ledger) -> dict[str, int]:
    """Compare what the clients know with what stands here and at the city."""
    rows = run.query(
        "SELECT reference, description FROM issues_issue WHERE description LIKE 'Made by a fault run:%'"
    )
    here = Counter(description.split(": ")[1] for _, description in rows)
    by_tag = {description.split(": ")[1]: reference for reference, description in rows}
    there = run.at_the_city()
    ours = set(by_tag.values())
    asked = {str(reference) for (reference,) in run.query(UNCERTAIN)}
    queue = run.query(
        "SELECT count(*) FROM dispatch_queueentry q JOIN issues_issue i ON i.id = q.issue_id "
        "WHERE i.description LIKE 'Made by a fault run:%' AND q.settled_at IS NULL"
    )
    return {
        "acknowledged": len(ledger.acknowledged),
        "unknown": len(ledger.unknown),
        "lost": sum(by_tag.get(tag) != ref for tag, ref in ledger.acknowledged.items()),
        "duplicated": sum(n > 1 for n in here.values()),
        "remote missing": sum(there[reference] == 0 for reference in ours - asked),
        "remote duplicated": sum(there[reference] > 1 for reference in ours),
        "uncertain": len(asked),
        "waiting for a human": int(queue[0][0]),
    }


STUCK = """
SELECT i.reference, i.status, d.kind, d.state, d.attempt_count, d.error_class, d.error,
       (SELECT string_agg(j.task_name || ' ' || j.status || ' ' || j.attempts, ', ' ORDER BY j.id)
        FROM procrastinate_jobs j WHERE j.args->>'issue_id' = i.id::text
           OR j.args->>'delivery_id' = d.id::text)
FROM issues_issue i
LEFT JOIN dispatch_handover h ON h.issue_id = i.id
LEFT JOIN dispatch_delivery d ON d.handover_id = h.id
WHERE i.description LIKE 'Made by a fault run:%' AND i.status = 'received' LIMIT 10
"""


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev faults; 0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog=f"./dev {command}")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=6)
    options = parser.parse_args(arguments)
    run = Run(options)
    try:
        run.wait_until_ready(300)
        ledger = attack(run, options.rounds, options.clients)
        drain(run, 240)
        result = count(run, ledger)
        for row in run.query(STUCK):
            print("stuck:", *row)
    except TimeoutError as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        run.end()
    for name, number in result.items():
        print(f"{name:20} {number}")
    bad = ("lost", "duplicated", "remote missing", "remote duplicated")
    return int(any(result[name] for name in bad))
