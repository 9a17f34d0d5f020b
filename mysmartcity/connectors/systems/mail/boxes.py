"""Mailboxes that replies arrive in: a Maildir or an IMAP box. Nothing is ever deleted.

A letter is taken (marked as seen) only after what it says is in the database; a crash in between
means that it is read twice, and the inbox recognises it. What belongs to nobody goes to `unmatched`.
"""

import imaplib
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

MAX_BYTES = 25_000_000
"""What most mail servers take at all: a reply with some photos of a phone."""

TIMEOUT_SECONDS = 30
UNMATCHED = "unmatched"


class BoxFailed(Exception):
    """A mailbox can't be read now. The text is for staff and holds no password."""


class Letter(ABC):
    """One raw mail in a box. `raw` is None when it is larger than allowed."""

    raw: bytes | None

    @abstractmethod
    def take(self) -> None:
        """It was dealt with: mark it as seen."""

    @abstractmethod
    def put_aside(self) -> None:
        """It belongs to nobody: into `unmatched`, for a human."""


def boxes() -> "list[MaildirBox | ImapBox]":
    """The boxes that the settings INBOUND_MAILDIR and IMAP_URL name."""
    found: list[MaildirBox | ImapBox] = []
    if settings.INBOUND_MAILDIR:
        found.append(MaildirBox(Path(settings.INBOUND_MAILDIR)))
    if settings.IMAP_URL:
        found.append(ImapBox(settings.IMAP_URL))
    return found


# --- Maildir --------------------------------------------------------------------------------------


@dataclass
class MaildirLetter(Letter):
    """A file in `new/`."""

    raw: bytes | None
    path: Path
    box: Path

    def take(self) -> None:
        """Into `cur/` with the flag for seen."""
        self._move(self.box / "cur")

    def put_aside(self) -> None:
        """Into the subfolder `unmatched`, where every mail program shows it."""
        self._move(self.box / f".{UNMATCHED}" / "cur")

    def _move(self, folder: Path) -> None:
        with suppress(FileNotFoundError):  # another reader was quicker; it did the same
            self.path.rename(folder / f"{self.path.name.partition(':')[0]}:2,S")


@dataclass(frozen=True)
class MaildirBox:
    """A Maildir, as mail servers and the standard library write it."""

    folder: Path

    def letters(self) -> Iterator[MaildirLetter]:
        """What is new, the oldest first."""
        for root in (self.folder, self.folder / f".{UNMATCHED}"):
            for name in ("new", "cur", "tmp"):
                (root / name).mkdir(parents=True, exist_ok=True)
        files = [path for path in (self.folder / "new").iterdir() if path.is_file()]
        for path in sorted(files, key=lambda path: path.name):
            with suppress(FileNotFoundError):
                raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
                yield MaildirLetter(raw, path, self.folder)


# --- IMAP -----------------------------------------------------------------------------------------


@dataclass
class ImapLetter(Letter):
    """An unseen mail, by its UID."""

    raw: bytes | None
    uid: str
    connection: imaplib.IMAP4

    def take(self) -> None:
        """Flag it as seen."""
        _expect_ok(self.connection.uid("STORE", self.uid, "+FLAGS", r"(\Seen)"))

    def put_aside(self) -> None:
        """A copy into the folder `unmatched`, then seen."""
        if self.connection.uid("COPY", self.uid, UNMATCHED)[0] != "OK":
            self.connection.create(UNMATCHED)
            _expect_ok(self.connection.uid("COPY", self.uid, UNMATCHED))
        self.take()


@dataclass(frozen=True)
class ImapBox:
    """imaps://user:password@host[:port]/FOLDER; plain imap:// only for a server on this machine."""

    url: str

    def letters(self) -> Iterator[ImapLetter]:
        """What is unseen. Raises BoxFailed."""
        try:
            with self._signed_in() as connection:
                for uid in _unseen(connection):
                    yield ImapLetter(_fetch(connection, uid), uid, connection)
        except (imaplib.IMAP4.error, OSError) as error:
            raise BoxFailed(f"The IMAP box can't be read: {type(error).__name__}.") from error

    def _signed_in(self) -> imaplib.IMAP4:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "imaps":
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                host,
                parts.port or 993,
                ssl_context=ssl.create_default_context(),
                timeout=TIMEOUT_SECONDS,
            )
        elif parts.scheme == "imap" and host in ("127.0.0.1", "::1", "localhost"):
            connection = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT_SECONDS)
        else:
            raise BoxFailed("IMAP_URL must begin with imaps://")
        connection.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        _expect_ok(connection.select('"' + folder.replace("\\", "").replace('"', "") + '"'))
        return connection


def _expect_ok(answer: tuple[str, object]) -> None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(f"the server says {answer[0]}")


def _unseen(connection: imaplib.IMAP4) -> list[str]:
    answer = connection.uid("SEARCH", "UNSEEN")
    _expect_ok(answer)
    return [uid.decode() for line in answer[1] if isinstance(line, bytes) for uid in line.split()]


def _fetch(connection: imaplib.IMAP4, uid: str) -> bytes | None:
    """The raw mail, not marked as seen; None when it is too large to be fetched."""
    size = re.search(rb"RFC822\.SIZE (\d+)", _flat(connection.uid("FETCH", uid, "(RFC822.SIZE)")))
    if size is not None and int(size[1]) > MAX_BYTES:
        return None
    answer = connection.uid("FETCH", uid, "(BODY.PEEK[])")
    _expect_ok(answer)
    bodies = [part[1] for part in answer[1] if isinstance(part, tuple)]
    return bytes(bodies[0]) if bodies else None


def _flat(answer: tuple[str, list[object]]) -> bytes:
    return b" ".join(part for part in answer[1] if isinstance(part, bytes))
