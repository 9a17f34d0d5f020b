"""The fault experiments: each breaks one thing while six clients report, heals it, and says what must hold.

Numbers follow the list of the field's experiments kept with the project's reference. Every experiment gives
the sentences of what did not hold, beside the counts that hold for all of them.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devtools.environment import ROOT
from devtools.faults.clients import Ledger, reporting
from devtools.faults.platform import Target

Experiment = Callable[[Target, Ledger], list[str]]

CAPE_TOWN, ETHEKWINI = "Cape Town", "eThekwini"


@dataclass(frozen=True)
class Listed:
    """One experiment of the list. `needs_proxy`: the database must stand behind our proxy."""

    number: str
    name: str
    run: Experiment
    needs_proxy: bool = False
    pause: float = 0.6


EXPERIMENTS: list[Listed] = []


def listed(
    number: str, name: str, *, needs_proxy: bool = False, pause: float = 0.6
) -> Callable[[Experiment], Experiment]:
    """Put an experiment on the list."""

    def add(run: Experiment) -> Experiment:
        EXPERIMENTS.append(Listed(number, name, run, needs_proxy, pause))
        return run

    return add


def _within(what: str, seconds: float, limit: float) -> list[str]:
    return [] if seconds <= limit else [f"{what}: {seconds:.1f} s, not {limit:.0f} s"]


@listed("1", "PostgreSQL killed")
def postgres_killed(target: Target, _ledger: Ledger) -> list[str]:
    """kill -9 of the whole server in mid-load."""
    time.sleep(2)
    target.kill("postgres")
    time.sleep(0.3)
    return _within("back", target.wait_until_ready(60), 10)


@listed("2", "web killed between commit and reply")
def web_killed_after_commit(target: Target, _ledger: Ledger) -> list[str]:
    """Three times: the report stands, the phone knows nothing of it and asks again."""
    wrong = []
    for _round in range(3):
        target.crash_file.write_text("after-report")
        deadline = time.monotonic() + 20
        while target.crash_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if target.crash_file.exists():
            target.crash_file.unlink()
            wrong.append("the step was never reached")
        time.sleep(0.3)
        target.wait_until_ready(60)
    return wrong


@listed("3", "web killed in mid-upload")
def web_killed_while_uploading(target: Target, _ledger: Ledger) -> list[str]:
    """Half a photo arrives: no row, no file of it."""
    before = target.query("SELECT count(*) FROM issues_photo")[0][0]
    files = _files(target)
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
    connection.putrequest("POST", "/open311/v2/requests.json")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", "4000000")
    connection.endheaders()
    connection.send(
        b'--b\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n'
    )
    connection.send(b"\xff\xd8\xff" + b"x" * 1_000_000)
    target.kill("web")
    connection.close()
    time.sleep(0.3)
    target.wait_until_ready(60)
    after = target.query("SELECT count(*) FROM issues_photo")[0][0]
    wrong = [] if after == before else [f"{after - before} photo rows of half an upload"]
    left = _files(target) - files
    return wrong + ([f"files left behind: {len(left)}"] if left else [])


def _files(target: Target) -> set[Path]:
    return {path for path in (target.folder / "data" / "photos").rglob("*") if path.is_file()}


@listed("4", "exchange killed after the city said yes")
def exchange_killed_after_send(target: Target, _ledger: Ledger) -> list[str]:
    """Before it could write that down, five times; the city must have each report once."""
    return _die_at(target, ["after-send"] * 5)


def _die_at(target: Target, names: list[str]) -> list[str]:
    """Let the exchange die at these steps, one after the other."""
    wrong = []
    for name in names:
        old = target.pid("exchange")
        target.crash_file.write_text(name)
        deadline = time.monotonic() + 45
        while target.crash_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if target.crash_file.exists():
            target.crash_file.unlink()
            wrong.append(f"{name} was never reached")
        else:
            target.wait_for_new("exchange", old)
    return wrong


@listed("crash", "exchange killed at every step of sending and reading")
def killed_at_every_step(target: Target, _ledger: Ledger) -> list[str]:
    """Those of look-ups and refusals with a city that loses answers and refuses some."""
    wrong = _die_at(target, ["after-lease", "before-send", "before-record", "after-record"])
    wrong += _die_at(target, ["after-fetch", "after-inbox", "after-apply"])
    target.control(ETHEKWINI, drop_after_accept=40)
    wrong += _die_at(target, ["before-look-up", "after-look-up"])
    target.control(ETHEKWINI, drop_after_accept=False, error=429, error_rate=0.5, retry_after=1)
    wrong += _die_at(target, ["after-refusal"])
    target.control(ETHEKWINI, error=None, error_rate=1.0)
    return wrong


@listed("5", "exchange killed every second")
def exchange_killed_in_a_loop(target: Target, _ledger: Ledger) -> list[str]:
    """For a minute."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        old = target.pid("exchange")
        target.kill("exchange")
        target.wait_for_new("exchange", old)
        time.sleep(1)
    return []


@listed("6", "two exchanges at once")
def two_exchanges(target: Target, _ledger: Ledger) -> list[str]:
    """A second process works on the same outbox."""
    settings = {**os.environ, **target.data("environment.json"), "PYTHONPATH": str(ROOT)}
    settings["DJANGO_SETTINGS_MODULE"] = "mysmartcity.config.settings"
    command = [sys.executable, "-W", "ignore", "manage.py", "procrastinate", "worker"]
    command += ["--queues", "exchange", "--concurrency", "8", "--fetch-job-polling-interval", "1"]
    second = subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(15)
    second.terminate()
    second.wait(20)
    return []


@listed("7", "PostgreSQL stopped for 30 s")
def postgres_stopped(target: Target, ledger: Ledger) -> list[str]:
    """It neither answers nor refuses; the pages say 503 in time and the process lives."""
    time.sleep(2)
    seen = len(ledger.answers)
    target.signal("postgres", signal.SIGSTOP)
    try:
        wrong = _while_away(target, 30)
    finally:
        target.signal("postgres", signal.SIGCONT)
    target.wait_until_ready(60)
    return wrong + _answers_in_time(ledger, seen)


def _while_away(target: Target, seconds: float) -> list[str]:
    """The process must say that it is up, again and again."""
    ends = time.monotonic() + seconds
    slowest, failed = 0.0, 0
    while time.monotonic() < ends:
        began = time.monotonic()
        failed += target.get("/healthz", timeout=15) != 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(1)
    return _within("/healthz", slowest, 6) + ([f"/healthz failed {failed} times"] if failed else [])


def _answers_in_time(ledger: Ledger, seen: int) -> list[str]:
    later = ledger.answers[seen:]
    refusals = [wait for _at, status, wait in later if status == 503]
    wrong = [] if refusals else ["nobody was told 503"]
    others = [status for _at, status, _wait in later if status >= 500 and status != 503]
    wrong += [f"{len(others)} answers {others[0]}"] if others else []
    return wrong + _within("slowest 503", max(refusals, default=0.0), 12)


@listed("8", "packets to PostgreSQL dropped for 30 s", needs_proxy=True)
def postgres_dropped(target: Target, ledger: Ledger) -> list[str]:
    """As a firewall does it: no refusal, no answer."""
    time.sleep(2)
    seen = len(ledger.answers)
    target.database.is_dropping.set()
    try:
        wrong = _while_away(target, 30)
    finally:
        target.database.is_dropping.clear()
    target.wait_until_ready(90)
    return wrong + _answers_in_time(ledger, seen)


@listed("9", "connection reset in mid-transaction", needs_proxy=True)
def transaction_cut(target: Target, _ledger: Ledger) -> list[str]:
    """Thirty times, each after another number of bytes."""
    before = target.database.cut_count
    for number in range(30):
        target.database.cut_after = 200 + 977 * number % 9000
        time.sleep(0.4)
    target.database.cut_after = None
    target.wait_until_ready(60)
    cut = target.database.cut_count - before
    return [] if cut >= 25 else [f"only {cut} connections were cut"]


@listed("10", "answer to COMMIT lost", needs_proxy=True)
def commit_answer_lost(target: Target, _ledger: Ledger) -> list[str]:
    """The server has committed, nobody knows it."""
    before = target.database.lost_count
    for _round in range(15):
        target.database.lose_commits = 2
        time.sleep(0.6)
    target.database.lose_commits = 0
    target.wait_until_ready(60)
    lost = target.database.lost_count - before
    return [] if lost >= 20 else [f"only {lost} answers were lost"]


@listed("13", "workers killed and the job queue emptied")
def queue_emptied(target: Target, _ledger: Ledger) -> list[str]:
    """The queue is no truth: the rows are. Reports are taken meanwhile."""
    target.kill("worker")
    target.kill("exchange")
    target.query("TRUNCATE procrastinate_jobs CASCADE")
    time.sleep(3)
    target.query("TRUNCATE procrastinate_jobs CASCADE")
    target.wait_until_ready(60)
    return []


@listed("18", "a city answers after 30 s")
def city_slow(target: Target, _ledger: Ledger) -> list[str]:
    """Only its own lane may slow down."""
    target.control(CAPE_TOWN, latency=30)
    time.sleep(20)
    slow = _delivered_within(target, ETHEKWINI, 15)
    target.control(CAPE_TOWN, latency=0)
    return [] if slow > 0.95 else [f"only {slow:.0%} of the other city's reports went out at once"]


def _delivered_within(target: Target, word: str, seconds: int) -> float:
    """The share of the last reports to a city that went out within 5 s."""
    slug = {CAPE_TOWN: "capetown", ETHEKWINI: "ethekwini"}[word]
    rows = target.query(
        "SELECT avg((d.done_at IS NOT NULL AND d.done_at - d.made_at < interval '5 s')::int) "
        "FROM dispatch_delivery d JOIN dispatch_handover h ON h.id = d.handover_id "
        "JOIN issues_issue i ON i.id = h.issue_id JOIN issues_jurisdiction j "
        "ON j.id = i.jurisdiction_id WHERE j.slug = %s AND d.kind = 'create' AND "
        "d.made_at BETWEEN now() - %s * interval '1 s' AND now() - interval '5 s'",
        [slug, seconds + 5],
    )
    return float(rows[0][0] or 0)


@listed("19", "a city answers 500, then 429 with Retry-After")
def city_refuses(target: Target, _ledger: Ledger) -> list[str]:
    """No hammering: a city that is down is asked some times a minute, whatever waits."""
    wrong = []
    for error, most in ((500, 60), (429, 20)):
        target.control(ETHEKWINI, error=error, retry_after=15, calls=0)
        time.sleep(30)
        calls = int(target.counts(ETHEKWINI)["switches"]["calls"])
        if calls > most:
            wrong.append(f"{calls} calls in 30 s while it answered {error}")
    target.control(ETHEKWINI, error=None)
    return wrong


@listed("20", "cities accept, then close before replying")
def city_loses_answers(target: Target, _ledger: Ledger) -> list[str]:
    """Every third accepted report has no answer."""
    for _round in range(10):
        target.control(ETHEKWINI, drop_after_accept=2)
        time.sleep(1)
    target.control(ETHEKWINI, drop_after_accept=False)
    return []


@listed("21", "a city answers garbage, a portal's page, repeats, backward news")
def city_talks_nonsense(target: Target, _ledger: Ledger) -> list[str]:
    """None of it may move an issue to where it does not stand."""
    for switch in ("garbage", "html_page", "wrong_charset", "duplicates", "backwards"):
        target.control(ETHEKWINI, **{switch: True})
        time.sleep(6)
        target.control(ETHEKWINI, **{switch: False})
    moved = target.query(
        "SELECT count(*) FROM issues_timelineentry e WHERE e.kind = 'status' AND e.actor = 'body' "
        "AND EXISTS (SELECT FROM issues_timelineentry l WHERE l.issue_id = e.issue_id AND l.id < e.id "
        "AND l.kind = 'status' AND l.actor = 'body' AND l.happened_at > e.happened_at)"
    )[0][0]
    return [f"{moved} times old news overwrote newer"] if moved else []


@listed("22", "a message that breaks our own code")
def poison(target: Target, _ledger: Ledger) -> list[str]:
    """It ends in the dead letters with its reason; the others flow; mended, it goes."""
    time.sleep(1)
    target.control(ETHEKWINI, latency=1)
    deadline = time.monotonic() + 20
    rows: list[tuple[object, ...]] = []
    while not rows and time.monotonic() < deadline:
        rows = target.query(
            "UPDATE dispatch_delivery SET content = '[]' WHERE id = (SELECT id FROM dispatch_delivery "
            "WHERE state = 'waiting' AND kind = 'create' AND leased_until IS NULL "
            "ORDER BY id DESC LIMIT 1) RETURNING id"
        )
        time.sleep(0.05)
    target.control(ETHEKWINI, latency=0)
    if not rows:
        return ["no waiting message was found to poison"]
    poisoned, state = rows[0][0], ""
    for _round in range(60):
        target.query(
            "UPDATE dispatch_delivery SET next_try_at = now() WHERE id = %s AND state = 'waiting'",
            [poisoned],
        )
        time.sleep(1)
        state = target.query("SELECT state FROM dispatch_delivery WHERE id = %s", [poisoned])[0][0]
        if state == "dead":
            break
    wrong = [] if state == "dead" else [f"the poisoned message is {state}, not dead"]
    target.query(
        "UPDATE dispatch_delivery SET content = '{}', state = 'waiting', attempt_count = 0, "
        "next_try_at = now() WHERE id = %s",
        [poisoned],
    )
    return wrong


def run_one(target: Target, one: Listed) -> bool:
    """Run an experiment, print its line, and say whether it held."""
    began = time.monotonic()
    with reporting(target.demo, pause=one.pause) as ledger:
        wrong = one.run(target, ledger)
        time.sleep(1.5)
    recovered = target.drain(400)
    found = target.count(ledger)
    wrong += [f"{name}: {found[name]}" for name in BAD if found[name]]
    wrong += [f"{target.waiting()} reports never went out"] if target.waiting() else []
    numbers = "  ".join(f"{name} {number}" for name, number in found.items())
    print(
        f"{one.number:>5}  {one.name}: {numbers}  silence {ledger.longest_silence():.1f} s  "
        f"drained in {recovered:.1f} s  ({time.monotonic() - began:.0f} s)  "
        f"{'FAIL: ' + '; '.join(wrong) if wrong else 'PASS'}",
        flush=True,
    )
    return not wrong


BAD = ("lost", "dup", "remote missing", "remote dup")
