"""The simulated city's own database: one SQLite file. What is accepted survives a kill -9."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from mysmartcity.demo.cities.open311_city.life import Filed
from mysmartcity.lib.clock import CITY_ZONE

ReferenceStyle = Literal["nine", "daily", "plain"]

_TABLES = """
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, token TEXT UNIQUE,
    service_code TEXT NOT NULL, description TEXT NOT NULL, lat REAL, lng REAL,
    address TEXT NOT NULL, answers TEXT NOT NULL, filed_at REAL NOT NULL, shown_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS picture (
    id INTEGER PRIMARY KEY, request_number INTEGER NOT NULL REFERENCES request, url TEXT NOT NULL,
    bytes INTEGER, error TEXT);
CREATE TABLE IF NOT EXISTS comment (
    id INTEGER PRIMARY KEY, request_id TEXT NOT NULL, update_id TEXT NOT NULL, status TEXT NOT NULL,
    words TEXT NOT NULL, at REAL NOT NULL, reopens INTEGER NOT NULL, UNIQUE (request_id, update_id));
"""


@dataclass(frozen=True)
class NewRequest:
    """What a valid POST holds."""

    service_code: str
    description: str
    lat: float | None
    lng: float | None
    address: str
    answers: dict[str, list[str]]
    media_urls: Sequence[str]


@dataclass(frozen=True)
class Row:
    """A stored request. Times in seconds since 1970; it is listed from `shown_at` on."""

    number: int
    request_id: str
    token: str
    service_code: str
    description: str
    lat: float | None
    lng: float | None
    address: str
    filed_at: float
    shown_at: float
    reopened_at: tuple[float, ...]
    pictures: tuple[tuple[str, int | None, str | None], ...]

    def filed(self) -> Filed:
        """What its life depends on."""
        return Filed(self.request_id, self.description, self.filed_at, self.reopened_at)


class Store:
    """Everything the city remembers. Safe to use from several threads."""

    def __init__(self, file: Path, *, style: ReferenceStyle = "nine") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLES)
        self._lock = Lock()
        self._style = style

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def add(self, new: NewRequest, *, token: str, now: float, shown_at: float) -> Row:
        """Store a request and give it the city's reference."""
        with self._writing() as database:
            number = database.execute(
                "INSERT INTO request (token, service_code, description, lat, lng, address, answers,"
                " filed_at, shown_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    token,
                    new.service_code,
                    new.description,
                    new.lat,
                    new.lng,
                    new.address,
                    json.dumps(new.answers),
                    now,
                    shown_at,
                ),
            ).lastrowid
            reference = self._reference(number or 0, now)
            database.execute("UPDATE request SET id = ? WHERE number = ?", (reference, number))
            database.executemany(
                "INSERT INTO picture (request_number, url) VALUES (?, ?)",
                [(number, url) for url in new.media_urls],
            )
        return self.find("id = ?", [reference])[0]

    def _reference(self, number: int, now: float) -> str:
        """As South African cities write them: `9` and nine digits, or the day and a count."""
        if self._style == "plain":
            return str(number)
        if self._style == "nine":
            return f"9{104_200_000 + number:09d}"
        day = datetime.fromtimestamp(now, CITY_ZONE).strftime("%y%m%d")
        found = self._database.execute(
            "SELECT count(*) FROM request WHERE id LIKE ?", (f"{day}/%",)
        ).fetchone()
        return f"{day}/{found[0] + 1}"

    def find(
        self,
        where: str = "1",
        values: Sequence[object] = (),
        *,
        limit: int = 100_000,
        offset: int = 0,
    ) -> list[Row]:
        """Requests, newest first. `where` is SQL written by us; values go in as parameters."""
        query = f"SELECT * FROM request WHERE {where} ORDER BY number DESC LIMIT ? OFFSET ?"  # noqa: S608
        with self._lock:
            rows = self._database.execute(query, (*values, limit, offset)).fetchall()
            span = (rows[-1]["number"], rows[0]["number"]) if rows else (0, 0)
            pictures = _grouped(
                self._database.execute(
                    "SELECT request_number, url, bytes, error FROM picture"
                    " WHERE request_number BETWEEN ? AND ? ORDER BY id",
                    span,
                )
            )
            reopened = _grouped(
                self._database.execute(
                    "SELECT request_id, at FROM comment WHERE reopens ORDER BY at"
                )
            )
        return [
            Row(
                number=row["number"],
                request_id=row["id"],
                token=row["token"],
                service_code=row["service_code"],
                description=row["description"],
                lat=row["lat"],
                lng=row["lng"],
                address=row["address"],
                filed_at=row["filed_at"],
                shown_at=row["shown_at"],
                reopened_at=tuple(at for (at,) in reopened.get(row["id"], ())),
                pictures=tuple(
                    (url, size, error) for url, size, error in pictures.get(row["number"], ())
                ),
            )
            for row in rows
        ]

    def touched(self, *, since: float, now: float) -> list[Row]:
        """Visible requests that were filed or opened again after a moment, newest first."""
        return self.find(
            "shown_at <= ? AND (filed_at >= ? OR id IN"
            " (SELECT request_id FROM comment WHERE reopens AND at >= ?))",
            [now, since, since],
        )

    def comment(
        self, request_id: str, *, update_id: str, status: str, words: str, at: float, reopens: bool
    ) -> int:
        """Store what a client says about a request, once for each `update_id`; gives its number."""
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO comment (request_id, update_id, status, words, at, reopens)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (request_id, update_id, status, words, at, reopens),
            )
            found = database.execute(
                "SELECT id FROM comment WHERE request_id = ? AND update_id = ?",
                (request_id, update_id),
            ).fetchone()
        return int(found["id"])

    def comments(self, request_id: str) -> list[tuple[str, str, float]]:
        """(status, words, at) of what clients said about a request, oldest first."""
        with self._lock:
            found = self._database.execute(
                "SELECT status, words, at FROM comment WHERE request_id = ? ORDER BY id",
                (request_id,),
            ).fetchall()
        return [(one["status"], one["words"], one["at"]) for one in found]

    def pictures_to_fetch(self) -> list[tuple[int, str]]:
        """(id, url) of pictures that were not tried yet."""
        with self._lock:
            found = self._database.execute(
                "SELECT id, url FROM picture WHERE bytes IS NULL AND error IS NULL"
            ).fetchall()
        return [(one["id"], one["url"]) for one in found]

    def picture_fetched(self, picture_id: int, *, size: int | None, error: str | None) -> None:
        """Remember how a picture's fetching ended."""
        with self._writing() as database:
            database.execute(
                "UPDATE picture SET bytes = ?, error = ? WHERE id = ?", (size, error, picture_id)
            )

    def counts(self) -> dict[str, int]:
        """How much of everything there is."""
        with self._lock:
            return {
                f"{name}s": self._database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
                for name in ("request", "picture", "comment")
            }

    def references(self) -> dict[str, int]:
        """How many requests carry each `Reference: …` in the last line of their description."""
        with self._lock:
            rows = self._database.execute("SELECT description FROM request").fetchall()
        counted: dict[str, int] = {}
        for row in rows:
            last = row["description"].strip().rpartition("\n")[2]
            if match := re.fullmatch(r"Reference: (\S+)", last.strip()):
                counted[match[1]] = counted.get(match[1], 0) + 1
        return counted


def _grouped(rows: Iterable[sqlite3.Row]) -> dict[object, list[tuple[Any, ...]]]:
    """Rows without their first column, by that column."""
    found: dict[object, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(tuple(row)[1:])
    return found
