"""What goes wrong in the week, hour by hour: Monday 00:00 is 0, Saturday 00:00 is 120."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from devtools.faults.platform import Target
from devtools.week.door import Door
from devtools.week.reporting import WAITS_FOR_CODE, Week

CAPE_TOWN, ROADS, ETHEKWINI = "Cape Town", "Roads Agency", "eThekwini"
EKURHULENI, TSHWANE, PIKITUP, OFFICES = "Ekurhuleni", "Tshwane", "Pikitup", "Mail offices"

DOWN = {"error": 503, "retry_after": None}
WELL = {"error": None, "error_rate": 1.0, "retry_after": 1.0}

KILL_EVERY, KILL_SECONDS = 11.0, 45.0
"""So many hours of the week after each other the exchange is killed, but not oftener than once in so many
real seconds: starting takes it some, and a week of two minutes would be spent on that.
"""

RENAMED = {"IN_PROGRESS": "WERK_BEGIN", "werk_begin": "in_progress"}


def _throttled(rate: float) -> dict[str, Any]:
    return {"error": 429, "error_rate": rate, "retry_after": 1.0}


SPELLS: Sequence[tuple[float, float, str, dict[str, Any], dict[str, Any]]] = (
    # from hour, to hour, system, switches on, switches off
    (8, 12, ROADS, DOWN, WELL),
    # Early, while little is finished: what a city takes back without a word ends before a human.
    (10, 12.5, ETHEKWINI, {"backwards": True}, {"backwards": False}),
    (14, 18, ETHEKWINI, _throttled(0.5), WELL),
    (20, 24, ETHEKWINI, {"drop_after_accept": 8}, {"drop_after_accept": False}),
    (26, 30, EKURHULENI, _throttled(0.5), WELL),
    (32, 38, ETHEKWINI, {**DOWN, "error": 502}, WELL),
    (40, 44, CAPE_TOWN, _throttled(0.3), WELL),
    (46, 52, CAPE_TOWN, {"drop_after_accept": 5}, {"drop_after_accept": False}),
    (54, 59, EKURHULENI, DOWN, WELL),
    (60, 65, TSHWANE, {**DOWN, "error": 500}, WELL),
    (66, 70, TSHWANE, {"drop_after_accept": 6}, {"drop_after_accept": False}),
    (66, 70, ROADS, {"drop_after_accept": 6}, {"drop_after_accept": False}),
    (66, 70, EKURHULENI, {"drop_after_accept": 6}, {"drop_after_accept": False}),
    (72, 75, ETHEKWINI, {"garbage": True}, {"garbage": False}),
    (76, 82, PIKITUP, {"away": True}, {"away": False}),
    (79, 82, ROADS, {"html_page": True}, {"html_page": False}),
    (84, 87, TSHWANE, {"garbage": True}, {"garbage": False}),
    (88, 96, PIKITUP, {"repeated": True, "bad_rows": True}, {"repeated": False, "bad_rows": False}),
    (90, 94, TSHWANE, _throttled(0.4), WELL),
    (98, 104, OFFICES, {"refuse": 451}, {"refuse": None}),
    (100, 112, PIKITUP, {"partial": True}, {"partial": False}),
    (104, 112, ETHEKWINI, {"duplicates": True}, {"duplicates": False}),
    (104, 112, TSHWANE, {"duplicates": True, "overlap": True}, {"duplicates": False, "overlap": False}),
    (106, 116, ROADS, {"clock_skew": 300}, {"clock_skew": 0}),
    (106, 116, TSHWANE, {"clock_skew": -5}, {"clock_skew": 0}),
    (108, 112, OFFICES, {"drop_after_accept": True}, {"drop_after_accept": False}),
    (120, 168, CAPE_TOWN, DOWN, WELL),
    (122, 140, OFFICES, {"double_answers": True, "auto_reply": True},
     {"double_answers": False, "auto_reply": False}),
    (142, 146, ROADS, {"drop_before_accept": 6}, {"drop_before_accept": False}),
    (150, 154, EKURHULENI, {"expired": 20}, {"expired": 0}),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing that happens at an hour."""

    hour: float
    words: str
    act: Callable[[], object]


class Calendar(threading.Thread):
    """Lets the week's disturbances happen. Its faults end the run."""

    def __init__(self, target: Target, door: Door, week: Week) -> None:
        super().__init__(daemon=True)
        self.target, self.door, self.week = target, door, week
        self.kills = 0
        self.faults: list[str] = []
        self.codes: dict[int, dict[str, str]] = {}
        self.entries = sorted(
            [*self._spells(), *self._by_people(), *self._kills()], key=lambda entry: entry.hour
        )

    def connections(self, word: str) -> list[int]:
        """The connections that lead to a system; the files' is known by its name."""
        where = f"%{self.target.city(word)}%" if word != PIKITUP else '%"pikitup"%'
        rows = self.target.query(
            "SELECT id FROM connectors_connection WHERE settings::text LIKE %s ORDER BY id", [where]
        )
        return [int(row[0]) for row in rows]

    def run(self) -> None:
        """All entries in their order, each when its hour has come."""
        for entry in self.entries:
            while self.week.hour() < entry.hour:
                time.sleep(0.05)
            try:
                entry.act()
            except (OSError, RuntimeError, TimeoutError) as error:
                self.faults.append(f"{entry.words}: {error}")
            print(f"  {_day(entry.hour)} {entry.words}", flush=True)

    def _spells(self) -> list[Entry]:
        found = []
        for begins, ends, word, switches, off in SPELLS:
            for hour, wanted in ((begins, switches), (ends, off)):
                told = ", ".join(f"{name} {value}" for name, value in wanted.items())
                found.append(Entry(hour, f"{word}: {told}", self._switching(word, wanted)))
        return found

    def _switching(self, word: str, wanted: dict[str, Any]) -> Callable[[], object]:
        return lambda: self.target.control(word, **wanted)

    def _by_people(self) -> list[Entry]:
        old, new = "IN_PROGRESS", RENAMED["IN_PROGRESS"]
        words = {"werk_begin": "in_progress"}
        return [
            Entry(48, f"{ETHEKWINI} calls {old} now {new}",
                  lambda: self.target.control(ETHEKWINI, renamed=f"{old}={new}")),
            Entry(64, "its new word is mapped",
                  lambda: self.door("map_status", ids=self.connections(ETHEKWINI), words=words)),
            Entry(86, f"{EKURHULENI} is paused",
                  lambda: self.door("pause", ids=self.connections(EKURHULENI))),
            Entry(96, f"{EKURHULENI} is resumed",
                  lambda: self.door("resume", ids=self.connections(EKURHULENI))),
            Entry(100, f"{CAPE_TOWN}'s code for {WAITS_FOR_CODE} is given", self.give_codes),
            Entry(144, "odd words are mapped", self._map_odd),
        ]  # fmt: skip

    def take_codes(self) -> None:
        """At the beginning Cape Town's connections know no code for one category."""
        for one in self.connections(CAPE_TOWN):
            row = self.target.query(
                "SELECT category_codes ->> %s FROM connectors_connection WHERE id = %s",
                [WAITS_FOR_CODE, one],
            )[0]
            self.codes[one] = {WAITS_FOR_CODE: str(row[0])}
        self.target.query(
            "UPDATE connectors_connection SET category_codes = category_codes - %s "
            "WHERE id = ANY(%s)",
            [WAITS_FOR_CODE, list(self.codes)],
        )

    def give_codes(self) -> None:
        """An operator enters it."""
        for one, codes in self.codes.items():
            self.door("map_category", ids=[one], codes=codes)

    def _map_odd(self) -> None:
        self.door("map_status", ids=self.connections(TSHWANE), words={"5": "declined:other"})
        words = {"assigned without reference": "scheduled"}
        self.door("map_status", ids=self.connections(EKURHULENI), words=words)

    def _kills(self) -> list[Entry]:
        every = max(KILL_EVERY, KILL_SECONDS * 168 / self.week.seconds)
        return [
            Entry(every * (number + 1), "the exchange is killed", self._kill)
            for number in range(int(167 / every))
        ]

    def _kill(self) -> None:
        old = self.target.pid("exchange")
        self.target.kill("exchange")
        self.target.wait_for_new("exchange", old)
        self.kills += 1


def _day(hour: float) -> str:
    hour = min(hour, 168 - 1 / 60)
    name = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[int(hour // 24)]
    return f"{name} {int(hour % 24):02}:{int(hour * 60 % 60):02}"
