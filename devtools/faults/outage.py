"""Two figures: how soon a thousand reports are out after an outage, and what a dead city costs others."""

import statistics
import time

from devtools.faults.clients import report_many, reporting
from devtools.faults.experiments import CAPE_TOWN, ETHEKWINI
from devtools.faults.platform import Target

WAITING = 1000
DRAIN_LIMIT = 60.0
DEAD_LIMIT = 1.20


def after_an_outage(target: Target) -> bool:
    """A thousand reports wait, half for each of two cities, as they would after an hour.

    Nobody waits an hour here: once both connections have failed and rest, the waiting messages get the
    distances to their next try that an hour of failures leads to (up to an hour), then the cities are back.
    """
    for city in (CAPE_TOWN, ETHEKWINI):
        target.control(city, error=503, retry_after=None)
    report_many(target.demo, WAITING, ("capetown", "ethekwini"))
    deadline = time.monotonic() + 60
    while target.waiting() < WAITING and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(15)
    target.query(
        "UPDATE dispatch_delivery SET attempt_count = 5, error_class = 'transient', "
        "next_try_at = now() + random() * interval '1 hour' "
        "WHERE state = 'waiting' AND leased_until IS NULL AND attempt_count > 0"
    )
    target.query(
        "UPDATE connectors_connection SET failing_since = now() - interval '1 hour', "
        "failure_count = 80, rest_until = now() + interval '60 s' WHERE failing_since IS NOT NULL"
    )
    for city in (CAPE_TOWN, ETHEKWINI):
        target.control(city, error=None)
    began = time.monotonic()
    target.drain(400)
    seconds = time.monotonic() - began
    there, wrong = target.there(), 0
    for (reference,) in target.query(
        "SELECT reference FROM issues_issue i WHERE i.description LIKE 'Made by a fault run:%'"
    ):
        wrong += there[reference] != 1
    held = seconds <= DRAIN_LIMIT and not wrong
    print(
        f"drain  {WAITING} reports after an hour's outage: {seconds:.1f} s (aim {DRAIN_LIMIT:.0f}), "
        f"not exactly once: {wrong}  {'PASS' if held else 'FAIL'}",
        flush=True,
    )
    return held


def one_dead_city(target: Target, *, blocks: int = 3, seconds: float = 20) -> bool:
    """p95 from queued to delivered at one city, with the other well and with it hanging, in turn."""
    well, dead = [], []
    for _block in range(blocks):
        well.append(_p95(target, seconds))
        target.control(CAPE_TOWN, latency=30)
        time.sleep(5)
        dead.append(_p95(target, seconds))
        target.control(CAPE_TOWN, latency=0)
        target.drain(120)
    ratio = statistics.median(b / a for a, b in zip(well, dead, strict=True))
    held = ratio <= DEAD_LIMIT
    print(
        f"dead   p95 at the other city: {statistics.median(well) * 1000:.0f} ms, beside a dead one "
        f"{statistics.median(dead) * 1000:.0f} ms, ratio {ratio:.2f} (aim {DEAD_LIMIT:.2f})  "
        f"{'PASS' if held else 'FAIL'}",
        flush=True,
    )
    return held


def _p95(target: Target, seconds: float) -> float:
    with reporting(target.demo, clients=4, pause=0.3):
        time.sleep(seconds)
    time.sleep(3)
    rows = target.query(
        "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM d.done_at - d.made_at)) "
        "FROM dispatch_delivery d JOIN dispatch_handover h ON h.id = d.handover_id "
        "JOIN issues_issue i ON i.id = h.issue_id JOIN issues_jurisdiction j ON j.id = i.jurisdiction_id "
        "WHERE j.slug = 'ethekwini' AND d.kind = 'create' AND d.done_at IS NOT NULL "
        "AND d.made_at > now() - %s * interval '1 s'",
        [seconds + 3],
    )
    return float(rows[0][0] or 0)
