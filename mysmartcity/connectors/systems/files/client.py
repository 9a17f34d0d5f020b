"""Folders that messages are put into and news is taken from: on this machine, or over SFTP.

A file appears under its name whole or not at all: it is written under a temporary name that readers skip
(it begins with a dot), then renamed. Knows nothing of what stands in files (mapping.py, readers.py).
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import sftp
from mysmartcity.lib.sftp import Entry

MAX_BYTES = 10_000_000
"""A nightly file of a large city holds some thousand rows; this is twenty times as much."""


class TooLarge(Exception):
    """A file is longer than MAX_BYTES."""


class Place(ABC):
    """The folders of one exchange. Every method raises DeliveryFailed when the place is away."""

    @abstractmethod
    def entries(self, folder: str) -> Sequence[Entry]:
        """The plain files of a folder, those with a leading dot left out."""

    @abstractmethod
    def stat(self, folder: str, name: str) -> Entry | None:
        """A plain file, or None."""

    @abstractmethod
    def read(self, folder: str, name: str) -> bytes:
        """A whole file. Raises TooLarge."""

    @abstractmethod
    def put(self, folder: str, name: str, data: bytes) -> None:
        """A file under its name, whole or not at all. Ambiguous when the last step got no answer."""

    @abstractmethod
    def make(self, folder: str) -> None:
        """Make a folder unless it is there."""

    @abstractmethod
    def move(self, folder: str, name: str, to: str, as_name: str) -> None:
        """Into another folder, over a file of that name."""

    @abstractmethod
    def remove(self, folder: str, name: str) -> None:
        """Delete a file; one that is gone already is fine."""


@contextmanager
def opened(
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    *,
    root: str,
    allowed_hosts: Collection[str],
) -> Iterator[Place]:
    """The place that a connection's settings name: `host` for SFTP, `folder` below `root` otherwise.

    Raises DeliveryFailed.
    """
    if not settings.get("host"):
        yield FolderPlace(_own_folder(str(settings.get("folder") or ""), root))
        return
    account = sftp.Account(
        host=str(settings["host"]),
        port=int(settings.get("port") or sftp.PORT),
        user=str(settings.get("user") or ""),
        host_key=_lines(settings.get("host_key")),
        password=secrets.get("password", ""),
        private_key=secrets.get("private_key", ""),
    )
    with _failing(), sftp.session(account, allowed_hosts=allowed_hosts) as session:
        yield SftpPlace(session, str(settings.get("folder") or "."))


def _lines(given: Any) -> str:
    return "\n".join(map(str, given)) if isinstance(given, list) else str(given or "")


def _own_folder(name: str, root: str) -> Path:
    """A folder below the one that the platform's operator set aside for exchanges."""
    parts = PurePosixPath(name).parts
    if not root or not parts or name.startswith("/") or ".." in parts:
        sentence = "The setting “folder” must name a folder below EXCHANGE_DIR."
        raise DeliveryFailed(ErrorClass.AUTH, sentence)
    return Path(root).joinpath(*parts)


# --- On this machine ------------------------------------------------------------------------------


class FolderPlace(Place):
    """Folders on this machine: a mounted share, or the end of somebody else's SFTP."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def entries(self, folder: str) -> Sequence[Entry]:
        """See Place."""
        with _failing(), os.scandir(self._base / folder) as found:
            files = [one for one in found if one.is_file(follow_symlinks=False)]
            return [
                Entry(one.name, its.st_size, datetime.fromtimestamp(its.st_mtime, UTC))
                for one in files
                if not one.name.startswith(".")
                for its in [one.stat(follow_symlinks=False)]
            ]

    def stat(self, folder: str, name: str) -> Entry | None:
        """See Place."""
        path = self._base / folder / name
        with _failing():
            if not path.is_file() or path.is_symlink():
                return None
            its = path.stat()
            return Entry(name, its.st_size, datetime.fromtimestamp(its.st_mtime, UTC))

    def read(self, folder: str, name: str) -> bytes:
        """See Place."""
        with _failing(), (self._base / folder / name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise TooLarge
        return data

    def put(self, folder: str, name: str, data: bytes) -> None:
        """See Place. On the disk before it has its name, so that no power cut leaves half of it."""
        where = self._base / folder
        part = where / f".{name}.part"
        with _failing():
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(where / name)
            _keep_names(where)

    def make(self, folder: str) -> None:
        """See Place."""
        with _failing():
            (self._base / folder).mkdir(parents=True, exist_ok=True)

    def move(self, folder: str, name: str, to: str, as_name: str) -> None:
        """See Place."""
        with _failing():
            (self._base / folder / name).rename(self._base / to / as_name)

    def remove(self, folder: str, name: str) -> None:
        """See Place."""
        with _failing():
            (self._base / folder / name).unlink(missing_ok=True)


def _keep_names(folder: Path) -> None:
    """Have the disk keep a new name, where the file system can do that for folders."""
    # The file is there already, so nothing that fails here may say that it is not.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- Over SFTP ------------------------------------------------------------------------------------


class SftpPlace(Place):
    """Folders behind one SFTP session."""

    def __init__(self, session: sftp.Session, base: str) -> None:
        self._session = session
        self._base = base.rstrip("/")

    def _path(self, folder: str, name: str = "") -> str:
        return "/".join(part for part in (self._base, folder, name) if part) or "/"

    def entries(self, folder: str) -> Sequence[Entry]:
        """See Place."""
        found = self._session.list(self._path(folder))
        return [one for one in found if not one.name.startswith(".")]

    def stat(self, folder: str, name: str) -> Entry | None:
        """See Place."""
        return self._session.stat(self._path(folder, name))

    def read(self, folder: str, name: str) -> bytes:
        """See Place."""
        try:
            return self._session.read(self._path(folder, name), max_bytes=MAX_BYTES)
        except sftp.TooLarge as error:
            raise TooLarge from error

    def put(self, folder: str, name: str, data: bytes) -> None:
        """See Place. Until the name is given nothing is there that anybody reads."""
        part = self._path(folder, f".{name}.part")
        self._session.write(part, data)
        try:
            self._session.rename(part, self._path(folder, name))
        except sftp.Lost as error:
            raise DeliveryFailed(ErrorClass.AMBIGUOUS, str(error)) from error

    def make(self, folder: str) -> None:
        """See Place."""
        self._session.make_folder(self._path(folder))

    def move(self, folder: str, name: str, to: str, as_name: str) -> None:
        """See Place."""
        self._session.rename(self._path(folder, name), self._path(to, as_name))

    def remove(self, folder: str, name: str) -> None:
        """See Place."""
        self._session.remove(self._path(folder, name))


@contextmanager
def _failing() -> Iterator[None]:
    """Failures of disks and servers as those of the contract.

    What a human must mend (a key, a permission, a setting) pauses; all else is tried again.
    """
    try:
        yield
    except (sftp.Forbidden, sftp.NotTrusted, sftp.NotAccepted) as error:
        raise DeliveryFailed(ErrorClass.AUTH, str(error)) from error
    except sftp.Refused as error:
        kind = ErrorClass.AUTH if error.is_permission else ErrorClass.TRANSIENT
        raise DeliveryFailed(kind, str(error), is_systemic=True) from error
    except sftp.SftpFailure as error:
        raise DeliveryFailed(ErrorClass.TRANSIENT, str(error), is_systemic=True) from error
    except OSError as error:
        kind = ErrorClass.AUTH if isinstance(error, PermissionError) else ErrorClass.TRANSIENT
        sentence = f"The folder can't be used: {error.strerror or type(error).__name__}."
        raise DeliveryFailed(kind, sentence, is_systemic=True) from error
