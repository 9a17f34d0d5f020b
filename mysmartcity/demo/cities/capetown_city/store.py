"""The simulated city's own database: one SQLite file. What is accepted survives a kill -9."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from mysmartcity.demo.cities.capetown_city.intake import NewRequest

STYLES: Final[dict[str, Callable[[int], str]]] = {
    "nine": lambda number: f"9{104_200_000 + number:09d}",
    "seven": lambda number: str(2_101_824 + number),
    "twelve": lambda number: f"{10_011_100 + number:012d}",
}
"""The three forms of reference that were seen."""

_TABLE = """
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT, reference TEXT UNIQUE, type INTEGER NOT NULL,
    subtype INTEGER NOT NULL, message TEXT NOT NULL, fields TEXT NOT NULL, filed_at REAL NOT NULL)
"""
_OURS = re.compile(r"Reference: ([0-9A-Z]+-[0-9A-Z]+)\s*$")


@dataclass(frozen=True)
class Row:
    """A stored request; `filed_at` in seconds since 1970."""

    reference: str
    type_code: int
    subtype_code: int
    message: str
    fields: dict[str, Any]
    filed_at: float


class Store:
    """Everything the city remembers. Safe to use from several threads."""

    def __init__(self, file: Path, *, style: str = "nine") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._style = STYLES[style]
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(_TABLE)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def add(self, new: NewRequest, *, now: float) -> str:
        """Store a request, each time it is sent: this city knows no key of the sender."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                number = self._database.execute(
                    "INSERT INTO request (type, subtype, message, fields, filed_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (
                        new.type_code,
                        new.subtype_code,
                        new.message,
                        json.dumps(new.fields),
                        now,
                    ),
                ).lastrowid
                reference = self._style(number or 0)
                self._database.execute(
                    "UPDATE request SET reference = ? WHERE number = ?", (reference, number)
                )
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        return reference

    def get(self, reference: str) -> Row | None:
        """One request."""
        return next(iter(self._rows("WHERE reference = ?", reference)), None)

    def newest(self, limit: int) -> list[Row]:
        """The newest first."""
        return self._rows("ORDER BY number DESC LIMIT ?", limit)

    def all(self) -> list[Row]:
        """Everything, oldest first."""
        return self._rows("ORDER BY number")

    def count(self) -> int:
        """How many requests there are."""
        with self._lock:
            found = self._database.execute("SELECT count(*) FROM request").fetchone()
        return int(found[0])

    def references(self) -> Counter[str]:
        """How often each of our references stands in the last line of a message."""
        with self._lock:
            rows = self._database.execute("SELECT message FROM request").fetchall()
        found = (_OURS.search(message) for (message,) in rows)
        return Counter(match[1] for match in found if match)

    def _rows(self, end: str, *values: object) -> list[Row]:
        query = (
            "SELECT reference, type, subtype, message, fields, filed_at FROM request "  # noqa: S608
            f"{end}"
        )
        with self._lock:
            rows = self._database.execute(query, values).fetchall()
        return [
            Row(reference, type_code, subtype_code, message, json.loads(sent), filed_at)
            for reference, type_code, subtype_code, message, sent, filed_at in rows
        ]
