"""The reports of the week: where, about what, and what their senders were told."""

import random
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devtools.week.door import Door

MARK = "Made by a week run"

REPEATED = 0.05
"""The share of reports that are sent a second time with the same key."""

WAYS: Mapping[str, tuple[str, Sequence[str]]] = {
    "capetown": ("capetown", ()),
    "roads agency": (
        "johannesburg",
        ("pothole", "stormwater-blocked", "road-surface", "flooded-road"),
    ),
    "ethekwini": ("ethekwini", ()),
    "ekurhuleni": ("ekurhuleni", ()),
    "tshwane": ("tshwane", ()),
    "pikitup": (
        "johannesburg",
        ("bin-not-collected", "illegal-dumping", "litter-street", "dead-animal"),
    ),
    "mail": (
        "johannesburg",
        ("long-grass", "tree-pruning", "burst-water-pipe", "missing-manhole-cover"),
    ),
}
"""City and categories that lead to each system; no category: all that the city offers."""

WAITS_FOR_CODE = "pothole"
"""Cape Town's connections know no code for it until Friday."""

_TAGS = (("[decline]", 0.03), ("[hold]", 0.03), ("[not ours]", 0.03), ("[odd]", 0.02))
"""Words by which the simulated systems end a report otherwise than repaired."""


@dataclass
class Week:
    """How far the week is: by the clock, but never further than the reports are."""

    reports: int
    seconds: float
    began: float = field(default_factory=time.monotonic)
    made: int = 0

    def hour(self) -> float:
        """The hour of the simulated week, 0 to 168."""
        share = (time.monotonic() - self.began) / self.seconds
        return 168 * min(share, 1.0, (self.made + 1) / self.reports)


class Reporting(threading.Thread):
    """Sends all reports, spread over the week, some again with the same key."""

    def __init__(self, door: Door, week: Week) -> None:
        super().__init__(daemon=True)
        self.door, self.week = door, week
        self.random = random.Random(11)
        self.acknowledged: dict[str, str] = {}
        """Our reference by the tag in the description."""
        self.faults: list[str] = []
        self.repeated = 0
        self.again: deque[dict[str, Any]] = deque()
        offered: dict[str, list[str]] = door("offered")
        self.ways = [
            (city, sorted(set(codes) & set(offered[city])) or offered[city])
            for city, codes in WAYS.values()
        ]
        self.points: dict[str, list[list[float]]] = door("points", count=150)

    def run(self) -> None:
        """Until all are made."""
        week = self.week
        try:
            while week.made < week.reports:
                due = int(week.reports * min(1.0, (time.monotonic() - week.began) / week.seconds))
                count = min(due - week.made, 40)
                if count <= 0:
                    time.sleep(0.05)
                    continue
                self._send([self._one(week.made + number) for number in range(count)])
                week.made += count
        except RuntimeError as broken:
            self.faults.append(str(broken))
            week.made = week.reports

    def _one(self, number: int) -> dict[str, Any]:
        city, codes = self.ways[number % len(self.ways)]
        code = self.random.choice(codes)
        if city == "capetown" and self.random.random() < 0.05:
            code = WAITS_FOR_CODE
        dice, words = self.random.random(), "please look"
        for tag, share in _TAGS:
            if 0 <= dice < share:
                words = tag
            dice -= share
        tag = f"week-{number}"
        return {
            "city": city,
            "category": code,
            "point": self.random.choice(self.points[city]),
            "description": f"{MARK}: {tag}: {words}",
            "key": f"{tag}-{self.random.getrandbits(64):x}",
        }

    def _send(self, fresh: list[dict[str, Any]]) -> None:
        """The new ones, and some of earlier batches once more."""
        second = [self.again.popleft() for _ in range(min(len(self.again), 5))]
        answers = self.door("report", many=fresh + second)
        for place, (one, (reference, is_repeat)) in enumerate(
            zip(fresh + second, answers, strict=True)
        ):
            tag = one["description"].split(": ")[1]
            known = self.acknowledged.setdefault(tag, reference)
            if known != reference or is_repeat != (place >= len(fresh)):
                self.faults.append(f"{tag} was answered {reference} after {known}")
            self.repeated += bool(is_repeat)
        self.again += [one for one in fresh if self.random.random() < REPEATED]
