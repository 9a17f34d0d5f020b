"""The simulated system's own database: one SQLite file. What is accepted survives a kill -9."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

_TABLE = """
CREATE TABLE IF NOT EXISTS notification (
    number INTEGER PRIMARY KEY AUTOINCREMENT, fields TEXT NOT NULL, made_at REAL NOT NULL);
"""


@dataclass(frozen=True)
class Row:
    """A stored notification."""

    number: int
    fields: dict[str, str]
    made_at: float

    @property
    def key(self) -> str:
        """Its number as the wire tells it."""
        return str(10_000_000 + self.number)


class Store:
    """Everything the system remembers. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLE)
        self._lock = Lock()
        self._known: list[Row] = []

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def add(self, fields: dict[str, str], *, now: float) -> Row:
        """Store a notification and give it a number."""
        with self._lock:
            number = self._database.execute(
                "INSERT INTO notification (fields, made_at) VALUES (?, ?)",
                (json.dumps(fields), now),
            ).lastrowid
        return Row(number or 0, fields, now)

    def rows(self) -> list[Row]:
        """All notifications, oldest first. None ever changes, so each is read once."""
        with self._lock:
            last = self._known[-1].number if self._known else 0
            found = self._database.execute(
                "SELECT number, fields, made_at FROM notification WHERE number > ? ORDER BY number",
                (last,),
            ).fetchall()
            self._known += [Row(number, json.loads(fields), at) for number, fields, at in found]
            return list(self._known)

    def references(self) -> dict[str, int]:
        """How many notifications carry each external reference."""
        counted: dict[str, int] = {}
        for row in self.rows():
            name = row.fields.get("MaintNotifExtReferenceNumber", "")
            counted[name] = counted.get(name, 0) + 1
        return counted
