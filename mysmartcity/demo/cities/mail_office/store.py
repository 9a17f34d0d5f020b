"""The mail office's memory: one SQLite file with mails, cases and answers still to be sent."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mysmartcity.demo.cities.control import State
from mysmartcity.demo.cities.mail_office.clerk import Planned
from mysmartcity.demo.cities.mail_office.letters import Letter

FIRST_NUMBER = 5_512_345

_TABLES = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY, box TEXT NOT NULL, recipient TEXT NOT NULL, message_id TEXT NOT NULL,
    sender TEXT NOT NULL, subject TEXT NOT NULL, reference TEXT NOT NULL, is_follow_up INTEGER NOT NULL,
    text TEXT NOT NULL, raw BLOB NOT NULL, received_at REAL NOT NULL, arrivals INTEGER NOT NULL,
    UNIQUE (box, recipient, message_id));
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY, office TEXT NOT NULL, reference TEXT NOT NULL, UNIQUE (office, reference));
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY, mail_id INTEGER NOT NULL REFERENCES mail, reference TEXT NOT NULL,
    due_at REAL NOT NULL, words TEXT NOT NULL, is_automatic INTEGER NOT NULL, done TEXT NOT NULL);
"""

_TOLD = ("", "registered", "at work", "closed")
_DECLINED = ("", "registered", "refused", "refused")
"""How a job stands after so many answers; see clerk.py."""


@dataclass(frozen=True)
class StoredMail:
    """A mail in a box. `received_at` in seconds since 1970."""

    mail_id: int
    box: str
    recipient: str
    sender: str
    subject: str
    reference: str
    text: str
    raw: bytes
    received_at: float


@dataclass(frozen=True)
class Due:
    """An answer. `done` is "" while it waits, else what became of it."""

    answer_id: int
    mail_id: int
    due_at: float
    words: str
    is_automatic: bool
    done: str


class Store:
    """Everything the office remembers. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLES)
        self._lock = Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything done inside is kept together, or not at all."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    # The next four belong inside `writing()`.

    def add(
        self, letter: Letter, *, box: str, recipient: str, raw: bytes, now: float
    ) -> int | None:
        """Keep a mail and give its number; None if this very mail (by Message-ID) is there already,
        as mail stores do.
        """
        found = self._database.execute(
            "UPDATE mail SET arrivals = arrivals + 1"
            " WHERE box = ? AND recipient = ? AND message_id = ? AND message_id <> ''",
            (box, recipient, letter.message_id),
        )
        if found.rowcount:
            return None
        added = self._database.execute(
            "INSERT INTO mail (box, recipient, message_id, sender, subject, reference, is_follow_up,"
            " text, raw, received_at, arrivals) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                box,
                recipient,
                letter.message_id or f"<none-{now}>",
                letter.sender,
                letter.subject,
                letter.reference,
                letter.is_follow_up,
                letter.text,
                raw,
                now,
            ),
        )
        return added.lastrowid

    def job_number(self, office: str, reference: str) -> int:
        """The office's own number for one of our references; a new one the first time."""
        self._database.execute(
            "INSERT OR IGNORE INTO job (number, office, reference) VALUES"
            " ((SELECT coalesce(max(number) + 1, ?) FROM job), ?, ?)",
            (FIRST_NUMBER, office, reference),
        )
        found = self._database.execute(
            "SELECT number FROM job WHERE office = ? AND reference = ?", (office, reference)
        ).fetchone()
        return int(found[0])

    def plan(self, mail_id: int, reference: str, planned: Sequence[Planned], *, now: float) -> None:
        """Note the answers to be sent."""
        self._database.executemany(
            "INSERT INTO answer (mail_id, reference, due_at, words, is_automatic, done)"
            " VALUES (?, ?, ?, ?, ?, '')",
            [(mail_id, reference, now + one.after, one.words, one.is_automatic) for one in planned],
        )

    def forget_plans(self, reference: str) -> None:
        """What was still to be said about a reference is not said any more."""
        self._database.execute(
            "UPDATE answer SET done = 'not needed any more' WHERE reference = ? AND done = ''",
            (reference,),
        )

    # Reading, and marking an answer.

    def due(self, now: float) -> list[Due]:
        """Answers whose time has come, in their order."""
        return self._answers("done = '' AND due_at <= ? ORDER BY due_at, id", (now,))

    def answers_to(self, mail_id: int) -> list[Due]:
        """Every answer to a mail."""
        return self._answers("mail_id = ? ORDER BY due_at, id", (mail_id,))

    def _answers(self, where: str, values: Sequence[object]) -> list[Due]:
        columns = "id, mail_id, due_at, words, is_automatic, done"
        query = f"SELECT {columns} FROM answer WHERE {where}"  # noqa: S608
        with self._lock:
            rows = self._database.execute(query, values).fetchall()
        return [Due(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]

    def finish(self, answer_id: int, *, outcome: str) -> None:
        """An answer was sent, or lost on purpose."""
        with self.writing():
            self._database.execute("UPDATE answer SET done = ? WHERE id = ?", (outcome, answer_id))

    def mails(self, *, box: str = "", mail_id: int = 0, recipient: str = "") -> list[StoredMail]:
        """The newest 200 mails of a box or a recipient, or one by its number."""
        columns = "id, box, recipient, sender, subject, reference, text, raw, received_at"
        with self._lock:
            rows = self._database.execute(
                f"SELECT {columns} FROM mail WHERE (?1 = '' OR box = ?1)"  # noqa: S608
                " AND (?2 = 0 OR id = ?2) AND (?3 = '' OR recipient = ?3) ORDER BY id DESC LIMIT 200",
                (box, mail_id, recipient.lower()),
            ).fetchall()
        return [StoredMail(*row) for row in rows]

    def references(self) -> dict[str, int]:
        """How many first mails carry each of our references: more than one is a duplicate."""
        with self._lock:
            rows = self._database.execute(
                "SELECT reference, count(*) FROM mail WHERE box = 'office' AND reference <> ''"
                " AND NOT is_follow_up GROUP BY reference"
            ).fetchall()
        return dict(rows)

    def arrivals(self) -> dict[str, int]:
        """How often a first mail came in for each of our references, also where the mailbox showed the
        second one as the first.
        """
        with self._lock:
            rows = self._database.execute(
                "SELECT reference, sum(arrivals) FROM mail WHERE box = 'office' AND reference <> ''"
                " AND NOT is_follow_up GROUP BY reference"
            ).fetchall()
        return dict(rows)

    def states(self) -> list[State]:
        """Our reference, the job's number, and how it stands by the answers sent so far."""
        with self._lock:
            rows = self._database.execute(
                "SELECT m.reference, j.number, count(a.id), m.text LIKE '%[decline]%' FROM mail m"
                " JOIN job j ON j.office = m.recipient AND j.reference = m.reference"
                " LEFT JOIN answer a ON a.mail_id = m.id AND a.done = 'sent' AND NOT a.is_automatic"
                " WHERE m.box = 'office' AND NOT m.is_follow_up GROUP BY m.id, j.number ORDER BY m.id"
            ).fetchall()
        return [
            (str(ours), str(number), (_DECLINED if declines else _TOLD)[min(told, 3)])
            for ours, number, told, declines in rows
        ]

    def counts(self) -> dict[str, int]:
        """How much of everything there is."""
        queries = {
            "office_mails": "SELECT count(*) FROM mail WHERE box = 'office'",
            "inbox_mails": "SELECT count(*) FROM mail WHERE box = 'inbox'",
            "arrivals": "SELECT coalesce(sum(arrivals), 0) FROM mail",
            "answers_sent": "SELECT count(*) FROM answer WHERE done = 'sent'",
            "answers_waiting": "SELECT count(*) FROM answer WHERE done = ''",
        }
        with self._lock:
            return {
                name: self._database.execute(query).fetchone()[0] for name, query in queries.items()
            }
