"""What the file office remembers: one SQLite file, written before anything is moved or answered."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mysmartcity.demo.cities.control import State

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    message TEXT PRIMARY KEY, reference TEXT NOT NULL, kind TEXT NOT NULL, job TEXT NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, reference TEXT NOT NULL, message TEXT NOT NULL,
    job TEXT NOT NULL, word TEXT NOT NULL, words TEXT NOT NULL, due REAL NOT NULL,
    done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS answers_of ON answers (message);
"""


@dataclass(frozen=True)
class Answer:
    """One row of a file that will be written when it is due. `kind` is ack or status."""

    kind: str
    reference: str
    message: str
    job: str
    word: str
    words: str
    due: float
    answer_id: int = 0


class Store:
    """Messages taken and answers planned."""

    def __init__(self, path: Path) -> None:
        self._line = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._line.executescript("PRAGMA journal_mode=WAL;" + _TABLES)
        self._guard = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing."""
        with self._guard:
            self._line.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._line.execute("ROLLBACK")
                raise
            self._line.execute("COMMIT")

    def job_of(self, reference: str) -> str:
        """The number of the job about one of our references; "" when there is none."""
        row = self._line.execute(
            "SELECT job FROM messages WHERE reference = ? AND kind = 'create'", (reference,)
        ).fetchone()
        return str(row[0]) if row else ""

    def take(self, message: str, *, reference: str, kind: str, job: str) -> bool:
        """Note that a file was taken; False when this message was taken before."""
        self._line.execute(
            "INSERT OR IGNORE INTO messages (message, reference, kind, job) VALUES (?, ?, ?, ?)",
            (message, reference, kind, job),
        )
        self._line.execute("UPDATE messages SET taken = taken + 1 WHERE message = ?", (message,))
        row = self._line.execute(
            "SELECT taken FROM messages WHERE message = ?", (message,)
        ).fetchone()
        return bool(row[0] == 1)

    def next_job(self) -> int:
        """A number for a new job."""
        row = self._line.execute("SELECT count(*) FROM messages WHERE kind = 'create'").fetchone()
        return 400_001 + int(row[0])

    def plan(self, answers: list[Answer]) -> None:
        """Answers to be written later."""
        self._line.executemany(
            "INSERT INTO answers (kind, reference, message, job, word, words, due)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (one.kind, one.reference, one.message, one.job, one.word, one.words, one.due)
                for one in answers
            ],
        )

    def due(self, now: float) -> list[Answer]:
        """Answers whose time has come, in their order."""
        with self._guard:
            rows = self._line.execute(
                "SELECT kind, reference, message, job, word, words, due, id FROM answers"
                " WHERE done = 0 AND due <= ? ORDER BY due, id",
                (now,),
            ).fetchall()
        return [Answer(*row) for row in rows]

    def finish(self, answers: list[Answer]) -> None:
        """They are written (or never will be)."""
        with self._guard:
            self._line.executemany(
                "UPDATE answers SET done = 1 WHERE id = ?", [(one.answer_id,) for one in answers]
            )

    def references(self) -> dict[str, int]:
        """Our reference → how many files with a new report about it were taken."""
        with self._guard:
            rows = self._line.execute(
                "SELECT reference, sum(taken) FROM messages WHERE kind = 'create' GROUP BY 1"
            ).fetchall()
        return {str(reference): int(count) for reference, count in rows}

    def states(self) -> list[State]:
        """How every job stands by what was written last about it; "" before anything was."""
        with self._guard:
            rows = self._line.execute(
                "SELECT m.reference, m.job, coalesce((SELECT a.word FROM answers a WHERE"
                " a.message = m.message AND a.done = 1 ORDER BY a.due DESC, a.id DESC LIMIT 1), '')"
                " FROM messages m WHERE m.kind = 'create' ORDER BY m.rowid"
            ).fetchall()
        return [(str(ours), str(job), str(word)) for ours, job, word in rows]

    def counts(self) -> dict[str, int]:
        """Messages taken, and answers written and planned."""
        with self._guard:
            taken = self._line.execute("SELECT count(*) FROM messages").fetchone()[0]
            done = self._line.execute("SELECT count(*) FROM answers WHERE done").fetchone()[0]
            planned = self._line.execute("SELECT count(*) FROM answers").fetchone()[0] - done
        return {"messages": taken, "answered": done, "planned": planned}

    def newest(self) -> list[tuple[str, str, str]]:
        """(reference, kind, job) of the last messages, for the screen."""
        with self._guard:
            return self._line.execute(
                "SELECT reference, kind, job FROM messages ORDER BY rowid DESC LIMIT 200"
            ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._line.close()
