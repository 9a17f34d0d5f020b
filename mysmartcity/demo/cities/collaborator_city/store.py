"""The simulated municipality's own database: one SQLite file. What is accepted survives a kill -9."""

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

_TABLE = """
CREATE TABLE IF NOT EXISTS object (
    number INTEGER PRIMARY KEY AUTOINCREMENT, fields TEXT NOT NULL, made_at REAL NOT NULL);
"""


@dataclass(frozen=True)
class Row:
    """A stored object."""

    number: int
    fields: dict[str, str]
    made_at: float


class Store:
    """Everything the municipality remembers. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLE)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def add(self, fields: dict[str, str], *, now: float) -> Row:
        """Store an object and give it a number."""
        with self._lock:
            number = self._database.execute(
                "INSERT INTO object (fields, made_at) VALUES (?, ?)", (json.dumps(fields), now)
            ).lastrowid
        return Row(number or 0, fields, now)

    def rows(self, number: int | None = None) -> list[Row]:
        """All objects, oldest first, or the one with a number."""
        where, values = ("WHERE number = ?", (number,)) if number is not None else ("", ())
        with self._lock:
            found = self._database.execute(
                f"SELECT number, fields, made_at FROM object {where} ORDER BY number",  # noqa: S608
                values,
            ).fetchall()
        return [Row(number, json.loads(fields), made_at) for number, fields, made_at in found]

    def references(self) -> dict[str, int]:
        """How many objects carry each `Reference: …` in the last line of their words."""
        counted: dict[str, int] = {}
        for row in self.rows():
            last = row.fields.get("F10", "").strip().rpartition("\n")[2]
            if match := re.fullmatch(r"Reference: (\S+)", last.strip()):
                counted[match[1]] = counted.get(match[1], 0) + 1
        return counted
