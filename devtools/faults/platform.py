"""One platform of its own under attack: how to reach into it, and how to count what stands where."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from devtools.environment import ROOT, free_port
from devtools.faults.clients import Ledger
from devtools.faults.proxy import DatabaseProxy
from devtools.postgres import Cluster, die_with_parent

_UNCERTAIN = """
SELECT i.reference FROM issues_issue i
JOIN dispatch_handover h ON h.issue_id = i.id JOIN dispatch_delivery d ON d.handover_id = h.id
WHERE i.description LIKE 'Made by a fault run:%' AND d.state = 'uncertain'
AND d.next_try_at > now() + interval '30 days'
"""
"""Before a human: Cape Town's system can't be asked whether a message arrived."""

_WAITING = """
SELECT i.reference FROM issues_issue i
WHERE i.description LIKE 'Made by a fault run:%' AND i.status = 'received'
"""
_REPORTS = (
    "SELECT reference, description FROM issues_issue WHERE description LIKE 'Made by a fault run:%'"
)


class Target:
    """A `./dev run` in a folder of its own; with a proxy before its database where wanted."""

    def __init__(self, *, with_proxy: bool = False, pace: float = 20) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="msc-faults-"))
        self.crash_file = self.folder / "crash"
        self.port = free_port()
        # Six clients of one key at full speed are more than anybody may send otherwise.
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "POSTS_PER_MINUTE": "0",
            "CRASH_AT": f"@{self.crash_file}",
        }
        self.proxy: DatabaseProxy | None = None
        self.cluster: Cluster | None = None
        if with_proxy:
            self.cluster = Cluster(self.folder / "own-postgres")
            self.cluster.start()
            self.cluster.create_database("msc")
            self.proxy = DatabaseProxy(self.cluster.socket / ".s.PGSQL.5432")
            environment["DATABASE_URL"] = f"postgresql://msc@127.0.0.1:{self.proxy.port}/msc"
        self.log = (self.folder / "run.log").open("w+")
        command = [sys.executable, "-m", "devtools", "run", "--port", str(self.port)]
        command += ["--data", str(self.folder / "data"), "--pace", str(pace)]
        self.process = subprocess.Popen(
            command,
            stdout=self.log,
            stderr=self.log,
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    @property
    def database(self) -> DatabaseProxy:
        """The proxy before the database."""
        if self.proxy is None:
            raise RuntimeError("this platform has no proxy before its database")
        return self.proxy

    def data(self, name: str) -> Any:
        """A JSON file that the platform wrote."""
        return json.loads((self.folder / "data" / name).read_text())

    @property
    def demo(self) -> Any:
        """What the demonstration tells of itself."""
        return self.data("demo.json")

    def get(self, path: str, *, timeout: float = 5) -> int:
        """The status of an answer; 0 when there is none."""
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=timeout) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    def wait_until_ready(self, seconds: float) -> float:
        """Gives the seconds it took. Raises TimeoutError when it does not come back."""
        began = time.monotonic()
        while self.get("/readyz") != 200:
            if time.monotonic() - began > seconds or self.process.poll() is not None:
                self.log.seek(0)
                raise TimeoutError(f"the platform is not ready\n{self.log.read()[-3000:]}")
            time.sleep(0.2)
        return time.monotonic() - began

    def pid(self, name: str) -> int:
        """The process id of one part: web, worker, exchange, postgres."""
        return int(self.data("pids.json")[name])

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a part with all its children."""
        os.killpg(self.pid(name), number)

    def kill(self, name: str) -> None:
        """kill -9 of a part with all its children."""
        self.signal(name, signal.SIGKILL)

    def wait_for_new(self, name: str, old: int, seconds: float = 30) -> None:
        """Until the supervisor has started a part again. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while self.pid(name) == old:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} was not started again")
            time.sleep(0.05)

    def end(self) -> None:
        """Stop everything and remove the folder."""
        self.process.terminate()
        self.process.wait(90)
        if self.proxy is not None:
            self.proxy.stop()
        if self.cluster is not None:
            self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        """Ask the database directly, past any proxy."""
        url = self.cluster.url("msc") if self.cluster else self._own_url()
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def _own_url(self) -> str:
        return str(self.data("environment.json")["DATABASE_URL"])

    # --- The cities ---------------------------------------------------------------------------------

    def city(self, word: str) -> str:
        """The address of the simulated city whose name holds a word."""
        found = next(one for one in self.demo["cities"] if word in one["name"])
        return str(found["url"]).rstrip("/")

    def control(self, word: str, **wanted: Any) -> None:
        """Set switches of a simulated city."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.city(word)}/_control",
            data=json.dumps(wanted).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - loopback
            return

    def counts(self, word: str) -> Any:
        """The switches and counts of a simulated city."""
        with urllib.request.urlopen(f"{self.city(word)}/_control", timeout=30) as reply:  # noqa: S310
            return json.load(reply)

    def there(self) -> Counter[str]:
        """How often each of our references stands in the simulated systems, all together."""
        found: Counter[str] = Counter()
        for one in self.demo["cities"]:
            url = f"{one['url'].rstrip('/')}/_control/references"
            with urllib.request.urlopen(url, timeout=30) as reply:  # noqa: S310 - loopback
                found.update(json.load(reply))
        return found

    # --- Counting -----------------------------------------------------------------------------------

    def waiting(self) -> int:
        """How many reports of fault runs are neither out nor before a human."""
        return len({*self.query(_WAITING)} - {*self.query(_UNCERTAIN)})

    def drain(self, seconds: float) -> float:
        """Wait until every report went out, or until it is clear that some will not; the seconds."""
        began = time.monotonic()
        while self.waiting() and time.monotonic() - began < seconds:
            time.sleep(0.3)
        return time.monotonic() - began

    def count(self, ledger: Ledger) -> dict[str, int]:
        """Compare what the clients know with what stands here and at the cities."""
        rows = self.query(_REPORTS)
        tags = Counter(description.split(": ")[1] for _, description in rows)
        by_tag = {description.split(": ")[1]: reference for reference, description in rows}
        there = self.there()
        known = {*ledger.acknowledged, *ledger.unknown}
        asked = {str(reference) for (reference,) in self.query(_UNCERTAIN)}
        ours = {reference for tag, reference in by_tag.items() if tag in known}
        return {
            "acked": len(ledger.acknowledged),
            "unknown": len(ledger.unknown),
            "lost": sum(by_tag.get(tag) != ref for tag, ref in ledger.acknowledged.items()),
            "dup": sum(number > 1 for number in tags.values()),
            "remote missing": sum(there[reference] == 0 for reference in ours - asked),
            "remote dup": sum(there[reference] > 1 for reference in ours),
            "before a human": len(ours & asked),
        }
