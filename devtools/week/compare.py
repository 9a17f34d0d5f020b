"""Both sides, item by item: our rows as the database holds them, and what each simulated system has.

Asks nothing of the platform's code: what the words of each system mean is written down here once
more, beside what the week's operators mapped.
"""

import json
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devtools.faults.platform import Target
from devtools.week.reporting import MARK

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "open311": {
        "received": "acknowledged", "investigating": "acknowledged", "actionscheduled": "scheduled",
        "inprogress": "in_progress", "werkbegin": "in_progress", "onhold": "on_hold",
        "fixed": "reported_fixed", "nofurtheraction": "declined",
        "notcouncilsresponsibility": "declined",
    },
    "capetown": {
        "open": "acknowledged", "assigned": "scheduled", "inprogress": "in_progress",
        "onhold": "on_hold", "closed": "reported_fixed", "cancelled": "declined",
        "referred": "declined",
    },
    "collaborator": {
        "initial": "acknowledged", "registered": "acknowledged", "assigned": "scheduled",
        "completed": "reported_fixed", "finalised": "reported_fixed",
    },
    "rest": {
        "1": "acknowledged", "2": "on_hold", "3": "in_progress", "4": "reported_fixed",
        "5": "declined",
    },
    "files": {
        "accepted": "acknowledged", "inprogress": "in_progress", "completed": "reported_fixed",
    },
    "mail": {
        "registered": "acknowledged", "atwork": "scheduled", "closed": "reported_fixed",
        "refused": "declined",
    },
}  # fmt: skip

_OURS = """
SELECT i.reference, i.description, i.status, h.said, c.system, c.settings::text, d.state,
    d.state = 'uncertain' AND d.next_try_at > now() + interval '30 days', d.id,
    EXISTS (SELECT FROM dispatch_queueentry q
        WHERE q.issue_id = i.id AND q.reason = 'drift' AND q.settled_at IS NULL)
FROM issues_issue i
LEFT JOIN dispatch_handover h ON h.issue_id = i.id AND (h.is_current OR h.is_shared)
LEFT JOIN dispatch_delivery d ON d.handover_id = h.id AND d.kind = 'create'
LEFT JOIN connectors_connection c ON c.id = d.lane
WHERE i.description LIKE 'Made by a week run: %'
"""

NOWHERE = "with nobody"


@dataclass(frozen=True)
class Ours:
    """One report with one body, as we know it."""

    reference: str
    tag: str
    status: str
    said: str
    system: str
    city: str
    state: str
    asks_human: bool
    delivery_id: int
    is_disputed: bool = False
    """The platform has seen that both sides disagree, and asked a human."""


@dataclass
class Row:
    """A line of the table: one system."""

    system: str
    reports: int = 0
    once: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    equal: int = 0
    different: list[str] = field(default_factory=list)
    before_humans: int = 0
    """Settled by a dispatcher, still to be settled, or disputed: a city that took back a word."""
    dead: int = 0

    @property
    def agrees(self) -> bool:
        """Whether both sides have the same."""
        return not (self.missing or self.doubled or self.strange or self.different or self.dead)


def read_ours(target: Target) -> list[Ours]:
    """Every report of the week with every body that has it."""
    cities = {str(one["url"]).rstrip("/"): str(one["name"]) for one in target.demo["cities"]}
    found = []
    for row in target.query(_OURS):
        reference, description, status, said, system, settings, state, asks, number, drift = row
        found.append(
            Ours(
                reference=reference,
                tag=description.split(": ")[1],
                status=status,
                said=said or "",
                system=system or "",
                city=_city(system, settings or "", cities),
                state=state or "",
                asks_human=bool(asks),
                delivery_id=number or 0,
                is_disputed=bool(drift),
            )
        )
    return found


def _city(system: str | None, settings: str, cities: Mapping[str, str]) -> str:
    """The simulated system that a connection leads to."""
    first = {"mail": "Mail", "files": "Pikitup"}.get(system or "")
    if first is not None:
        return next(name for name in cities.values() if name.startswith(first))
    ways = ((f"{url}/", f'{url}"', name) for url, name in cities.items())
    return next(
        (name for one, other, name in ways if one in settings or other in settings), NOWHERE
    )


def ask(url: str, name: str) -> Any:
    """What a simulated system's tester's door says."""
    with urllib.request.urlopen(f"{url.rstrip('/')}/_control/{name}", timeout=60) as reply:  # noqa: S310
        return json.load(reply)


def compare(target: Target, settled: Mapping[str, int]) -> list[Row]:
    """One row for each system. `settled`: how many messages a dispatcher settled at each."""
    ours = read_ours(target)
    rows = []
    for one in target.demo["cities"]:
        name, mine = str(one["name"]), [row for row in ours if row.city == one["name"]]
        row = Row(name, before_humans=settled.get(name, 0))
        _count(row, mine, ask(one["url"], "references"), ask(one["url"], "states"))
        rows.append(row)
    lost = [one for one in ours if one.city == NOWHERE]
    if lost:
        rows.append(Row(NOWHERE, len(lost), missing=[one.reference for one in lost]))
    return rows


def _count(
    row: Row, mine: list[Ours], there: Mapping[str, int], states: Mapping[str, Mapping[str, str]]
) -> None:
    expected = Counter(one.reference for one in mine)
    row.reports = len(mine)
    row.strange = [name for name in there if name not in expected]
    for one in mine:
        count = there.get(one.reference, 0)
        row.dead += one.state == "dead"
        row.before_humans += one.asks_human
        if not count:
            row.missing.append(one.reference)
            continue
        if count > expected[one.reference]:
            row.doubled.append(one.reference)
        else:
            row.once += 1
        word = states.get(one.reference, {}).get("state", "")
        meaning = MEANINGS[one.system].get(_letters(word), f"“{word}”")
        if one.status == meaning == one.said:
            row.equal += 1
        elif one.is_disputed:
            row.before_humans += 1
        else:
            told = (
                f"{one.reference}: there {word}, so {meaning}; ours {one.status}, said {one.said}"
            )
            row.different.append(told)


def _letters(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def lost_and_doubled(target: Target, acknowledged: Mapping[str, str]) -> tuple[int, int]:
    """How many reports that were acknowledged do not stand here, and how many stand here twice."""
    found = target.query(
        f"SELECT reference, description FROM issues_issue WHERE description LIKE '{MARK}: %'"  # noqa: S608
    )
    tags = Counter(description.split(": ")[1] for _reference, description in found)
    by_tag = {description.split(": ")[1]: reference for reference, description in found}
    lost = sum(by_tag.get(tag) != reference for tag, reference in acknowledged.items())
    return lost, sum(count > 1 for count in tags.values())


def table(rows: list[Row]) -> str:
    """For people."""
    head = ("system", "reports", "there once", "missing", "doubled", "not ours", "states equal",
            "states different", "before humans", "dead letters")  # fmt: skip
    lines: list[tuple[object, ...]] = [
        (row.system, row.reports, row.once, len(row.missing), len(row.doubled), len(row.strange),
         row.equal, len(row.different), row.before_humans, row.dead)
        for row in rows
    ]  # fmt: skip
    lines.append(("all", *(sum(int(str(line[n])) for line in lines) for n in range(1, len(head)))))
    wide = max(len(str(line[0])) for line in lines)
    return "\n".join(
        f"{line[0]!s:<{wide}}  " + "  ".join(
            f"{value!s:>{len(name)}}" for value, name in zip(line[1:], head[1:], strict=True)
        )
        for line in [head, *lines]
    )  # fmt: skip
