"""One week from its first report to the last comparison."""

import time
from collections import Counter
from collections.abc import Callable

from devtools.faults.platform import Target
from devtools.week.calendar import SPELLS, Calendar
from devtools.week.compare import Row, ask, compare, lost_and_doubled, read_ours, table
from devtools.week.door import Door
from devtools.week.reporting import Reporting, Week

_OPEN = """
SELECT count(*) FROM issues_issue i
LEFT JOIN dispatch_handover h ON h.issue_id = i.id AND h.is_current
LEFT JOIN dispatch_delivery d ON d.handover_id = h.id
WHERE i.description LIKE 'Made by a week run: %' AND (d.id IS NULL OR d.state NOT IN ('done', 'dead'))
"""

STILL_SECONDS = 90.0
"""So long without a change both sides are at rest: every open handover had its turn."""

RESUMED = "resumed"

MANY = 5000
"""From so many reports on, systems are asked for news less often: each question reads ten minutes again."""


def run_week(target: Target, *, reports: int, seconds: float, life: float, patience: float) -> bool:
    """Whether both sides agree at the end; prints the table and what differs."""
    reporter, staff = Door(target), Door(target)
    try:
        week = Week(reports, seconds)
        calendar, reporting = Calendar(target, staff, week), Reporting(reporter, week)
        _prepare(target, calendar, reports)
        began = week.began = time.monotonic()
        reporting.start()
        calendar.start()
        reporting.join()
        calendar.join()
        _all_well(target)
        print(f"  the week is over after {time.monotonic() - began:.0f} s", flush=True)
        settled: Counter[str] = Counter()
        drained = _drain(target, staff, settled, patience)
        delivered = time.monotonic() - began
        rows = _at_rest(target, staff, settled, life=life, patience=patience)
        return _tell(
            target, reporting, calendar, rows, settled=settled, times=(began, delivered, drained)
        )
    finally:
        reporter.close()
        staff.close()


def _prepare(target: Target, calendar: Calendar, reports: int) -> None:
    """Settings that fit a week of minutes; and one category without a code."""
    pace = 10 if reports < MANY else 30
    target.query(
        "UPDATE connectors_connection SET settings = settings || jsonb_build_object("
        "'poll_seconds', %s::int, 'asks_per_poll', 400, 'settle_seconds', 2)",
        [pace],
    )
    calendar.take_codes()


def _all_well(target: Target) -> None:
    """Every switch off, whatever the calendar left."""
    for _begins, _ends, word, _on, off in SPELLS:
        target.control(word, **off)


def _drain(target: Target, staff: Door, settled: Counter[str], patience: float) -> float:
    """Until everything is out or given up; a dispatcher settles what nothing else can."""
    began = time.monotonic()

    def is_done() -> bool:
        _settle(target, staff, settled)
        _resume(target, staff, settled)
        return not target.query(_OPEN)[0][0]

    _until(is_done, patience, pause=3)
    return time.monotonic() - began


def _settle(target: Target, staff: Door, settled: Counter[str]) -> None:
    """What a dispatcher does: asks the body for our reference, and says what they heard."""
    urls = {str(one["name"]): str(one["url"]) for one in target.demo["cities"]}
    open_questions = [one for one in read_ours(target) if one.asks_human]
    for city in {one.city for one in open_questions}:
        asked = [one for one in open_questions if one.city == city]
        states = ask(urls[city], "states")
        for one in asked:
            found = states.get(one.reference)
            # An office's number comes with its answer.
            theirs = found["theirs"] if found and one.system != "mail" else ""
            settled[city] += bool(
                staff("settle", delivery_id=one.delivery_id, arrived=bool(found), theirs=theirs)
            )


def _resume(target: Target, staff: Door, settled: Counter[str]) -> None:
    """What an operator does who is told that a system refused our key: looks, and starts it again."""
    rows = target.query("SELECT id FROM connectors_connection WHERE NOT is_active ORDER BY id")
    if rows:
        staff("resume", ids=[int(row[0]) for row in rows])
        settled[RESUMED] += len(rows)


def _at_rest(
    target: Target, staff: Door, settled: Counter[str], *, life: float, patience: float
) -> list[Row]:
    """The comparison, when both sides have come to rest: once every life has ended and was told.

    Once nothing changes any more the platform compares for itself, as it does every Sunday: a city that
    takes its word back without saying so is found by that only.
    """
    time.sleep(life)
    ids = [int(row[0]) for row in target.query("SELECT id FROM connectors_connection ORDER BY id")]
    rows = _until_still(target, settled, patience)
    left = sum(len(row.different) for row in rows)
    if left:
        print(f"  before the weekly comparison {left} states differ", flush=True)
        print(f"  it found {staff('compare', ids=ids)} differences", flush=True)
        rows = _until_still(target, settled, patience)
    return rows


def _until_still(target: Target, settled: Counter[str], patience: float) -> list[Row]:
    """The comparison once both sides agree, or nothing has come nearer for a while."""
    ends = time.monotonic() + patience
    best, changed = 1 << 30, time.monotonic()
    while True:
        rows, now = compare(target, settled), time.monotonic()
        left = sum(len(row.different) + len(row.missing) for row in rows)
        if left < best:
            best, changed = left, now
        if not left or now > ends or now - changed > STILL_SECONDS:
            return rows
        time.sleep(5)


def _until(is_true: Callable[[], bool], seconds: float, *, pause: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _tell(
    target: Target,
    reporting: Reporting,
    calendar: Calendar,
    rows: list[Row],
    *,
    settled: Counter[str],
    times: tuple[float, float, float],
) -> bool:
    began, delivered, drained = times
    lost, doubled = lost_and_doubled(target, reporting.acknowledged)
    faults = [*reporting.faults, *calendar.faults]
    print(table(rows))
    for row in rows:
        for name in ("missing", "doubled", "strange", "different"):
            for one in getattr(row, name)[:5]:
                print(f"  {row.system}, {name}: {one}")
    for fault in faults[:10]:
        print(f"  {fault}")
    sent = sum(row.once for row in rows)
    resumed = settled[RESUMED]
    print(
        f"acknowledged {len(reporting.acknowledged)}, repeated {reporting.repeated}, lost here {lost}, "
        f"doubled here {doubled}, exchange killed {calendar.kills} times, connections paused by the "
        f"exchange and resumed by an operator {resumed}"
    )
    print(
        f"{time.monotonic() - began:.0f} s in all; all out after {delivered:.0f} s "
        f"({sent / delivered:.1f} deliveries/s), the last {drained:.0f} s after the week"
    )
    agree = all(row.agrees for row in rows) and not (lost or doubled or faults)
    is_whole = sum(row.reports for row in rows) >= len(reporting.acknowledged)
    print("PASS: both sides agree" if agree and is_whole else "FAIL")
    return agree and is_whole
