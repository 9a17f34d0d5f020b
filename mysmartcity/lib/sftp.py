"""The one door to SFTP: short, guarded sessions with file servers that we do not control.

The rules are those of `lib.http`: the name is looked up once, each address must be public (or the host
listed by the operator), and the connection goes to that very address. The server must prove that it holds
the host key that the operator wrote down; without one nothing is opened at all. Nothing of this machine's
own SSH set-up (config, agent, keys, known hosts) is used. One deadline ends the whole session, and what
is read or listed has a cap.

`Unreachable` says that the session never began, so nothing was done; `Lost` that it broke on the way. A
caller that writes under a temporary name and renames it need only ask what became of the renaming.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final, TypeVar

import asyncssh

from mysmartcity.lib.addresses import UnknownName, addresses_of, is_public
from mysmartcity.lib.text import one_line

PORT: Final = 22
"""The only port that may be reached without being listed as `host:port`."""

MOST_LISTED: Final = 5_000
_CLOSING_SECONDS: Final = 2.0

T = TypeVar("T")


class SftpFailure(Exception):
    """Why it did not work. Its text is one English sentence for staff, without secrets."""


class Forbidden(SftpFailure):
    """Our own rules refuse the address, the port, or a session without a host key."""


class Unreachable(SftpFailure):
    """No session was made (name, refusal, timeout): nothing was done."""


class NotTrusted(SftpFailure):
    """The server does not hold the host key that we know: perhaps it is somebody else's."""


class NotAccepted(SftpFailure):
    """The server does not accept our name, key or password."""


class Lost(SftpFailure):
    """The session stood and then failed: the last step may or may not have been done."""


class Refused(SftpFailure):
    """The server understood and said no. `is_permission`: we may not, whatever the file."""

    def __init__(self, sentence: str, *, is_permission: bool = False) -> None:
        super().__init__(sentence)
        self.is_permission = is_permission


class Missing(Refused):
    """There is no such file or folder."""


class TooLarge(SftpFailure):
    """A file or a list is longer than allowed."""


@dataclass(frozen=True)
class Timeouts:
    """Limits in seconds: until the session stands, and for everything together."""

    connect: float = 10.0
    total: float = 45.0


@dataclass(frozen=True)
class Account:
    """Where, as whom, and by which key the server is known. A private key, a password, or both.

    `host_key` is one or several lines as in `ssh-keyscan`'s answer without the host: type and key.
    """

    host: str
    user: str
    host_key: str
    port: int = PORT
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Entry:
    """A plain file in a folder."""

    name: str
    size: int
    changed_at: datetime


DEFAULT_TIMEOUTS: Final = Timeouts()


@contextmanager
def session(
    account: Account,
    *,
    allowed_hosts: Collection[str] = (),
    timeout: Timeouts = DEFAULT_TIMEOUTS,
) -> Iterator["Session"]:
    """A session that ends with the block. `allowed_hosts` lists "host" or "host:port" that may be private.

    Raises Forbidden, Unreachable, NotTrusted or NotAccepted before it begins; its methods raise the others.
    """
    deadline = time.monotonic() + timeout.total
    connect_by = min(deadline, time.monotonic() + timeout.connect)
    options = _options(account)
    line = _connected(account, allowed_hosts, connect_by=connect_by)
    with line, asyncio.Runner() as runner:
        its = Session(runner, account, deadline=deadline)
        its.begin(line, options, connect_by=connect_by)
        try:
            yield its
        finally:
            its.end()


class Session:
    """What can be done while a session stands. Paths are the server's, with slashes."""

    def __init__(self, runner: asyncio.Runner, account: Account, *, deadline: float) -> None:
        self._runner = runner
        self._account = account
        self._deadline = deadline
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    def list(self, folder: str) -> "Sequence[Entry]":
        """The plain files of a folder; links and folders are left out."""
        return self._do(lambda client: _list(client, folder))

    def stat(self, path: str) -> Entry | None:
        """A plain file, or None where there is none."""
        try:
            return self._do(lambda client: _stat(client, path))
        except Missing:
            return None

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """A whole file."""
        return self._do(lambda client: _read(client, path, max_bytes))

    def write(self, path: str, data: bytes) -> None:
        """A whole file, in place of one that is there."""
        self._do(lambda client: _write(client, path, data))

    def rename(self, path: str, to: str) -> None:
        """Give a file another name, over one that is there."""
        self._do(lambda client: _rename(client, path, to))

    def remove(self, path: str) -> None:
        """Delete a file; one that is gone already is fine."""
        try:
            self._do(lambda client: client.remove(path))
        except Missing:
            return

    def make_folder(self, path: str) -> None:
        """Make a folder unless it is there."""
        self._do(lambda client: client.makedirs(path, exist_ok=True))

    # --- Begin, end, and every step between ---------------------------------------------------------

    def begin(
        self,
        line: socket.socket,
        options: asyncssh.SSHClientConnectionOptions,
        *,
        connect_by: float,
    ) -> None:
        """Shake hands, check the host key, sign in and open the file system."""
        host = self._account.host
        try:
            self._runner.run(self._begin(line, options, connect_by))
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
            sentence = f"{host} does not prove to be the server whose host key we know."
            raise NotTrusted(sentence) from error
        except asyncssh.PermissionDenied as error:
            raise NotAccepted(f"{host} does not accept our name, key or password.") from error
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise Unreachable(f"There is no session with {host}: {self._said(error)}.") from error

    async def _begin(
        self,
        line: socket.socket,
        options: asyncssh.SSHClientConnectionOptions,
        connect_by: float,
    ) -> None:
        async with asyncio.timeout(max(0.001, connect_by - time.monotonic())):
            self._connection = await asyncssh.connect(
                self._account.host, sock=line, options=options, config=None
            )
            self._client = await self._connection.start_sftp_client(path_errors="surrogateescape")

    def end(self) -> None:
        """Close the session; a server that does not say goodbye changes nothing."""
        if self._connection is not None:
            self._connection.abort()

    def _do(self, step: "Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, T]]") -> T:
        """One step within what is left of the time."""
        client = self._client
        if client is None:
            raise Lost("The session has ended.")
        left = max(0.001, self._deadline - time.monotonic())
        try:
            return self._runner.run(_within(left, step(client)))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            raise Missing(f"{self._account.host} has no such file or folder.") from error
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            raise Lost(f"The session with {self._account.host} broke off.") from error
        except asyncssh.SFTPPermissionDenied as error:
            sentence = f"{self._account.host} does not allow us to do this."
            raise Refused(sentence, is_permission=True) from error
        except asyncssh.SFTPError as error:
            raise Refused(f"{self._account.host} said no: {self._said(error)}.") from error
        except (asyncssh.Error, OSError, TimeoutError) as error:
            sentence = f"The session with {self._account.host} failed: {self._said(error)}."
            raise Lost(sentence) from error

    def _said(self, error: Exception) -> str:
        """What the other side said, short, and without our secrets should it repeat them."""
        said = one_line(str(error))[:200] or type(error).__name__
        for secret in filter(None, (self._account.password, self._account.private_key)):
            said = said.replace(secret, "…")
        return said


# --- Before anything is sent ----------------------------------------------------------------------


def _options(account: Account) -> asyncssh.SSHClientConnectionOptions:
    """Only what the account says: no file, agent, or habit of this machine takes part."""
    keys = _host_keys(account.host_key)
    try:
        own = [asyncssh.import_private_key(account.private_key)] if account.private_key else None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        raise Forbidden("Our private key can't be read.") from error
    return asyncssh.SSHClientConnectionOptions(
        known_hosts=(keys, [], []),
        username=account.user,
        password=account.password or None,
        client_keys=own,
        config=None,
        agent_path=None,
        gss_host=None,
        preferred_auth="publickey,password",
        # A server that lets everybody in is not the one that the operator described.
        disable_trivial_auth=True,
    )


def _host_keys(lines: str) -> list[asyncssh.SSHKey]:
    """The keys by which the server is known. Raises Forbidden where there is none to be read."""
    try:
        keys = [asyncssh.import_public_key(one) for one in lines.splitlines() if one.strip()]
    except (asyncssh.KeyImportError, ValueError) as error:
        raise Forbidden("The server's host key can't be read.") from error
    if not keys:
        raise Forbidden("A file server without a known host key is not used.")
    return keys


def _connected(
    account: Account, allowed_hosts: Collection[str], *, connect_by: float
) -> socket.socket:
    """A line to one of the addresses that were checked."""
    host, port = account.host, account.port
    names = {host.lower(), f"{host}:{port}".lower()}
    is_listed = any(name.lower() in names for name in allowed_hosts)
    if not is_listed and port != PORT:
        raise Forbidden(f"Port {port} of {host} is not on the list.")
    try:
        addresses = addresses_of(host, within=connect_by - time.monotonic())
    except UnknownName as error:
        raise Unreachable(str(error)) from error
    for text in addresses:
        if not is_listed and not is_public(ip_address(text.partition("%")[0])):
            raise Forbidden(f"{host} leads to {text}, which is not a public address.")
    failure: Exception = TimeoutError("no time left to connect")
    for text in addresses:
        try:
            return socket.create_connection((text, port), max(0.001, connect_by - time.monotonic()))
        except OSError as error:
            failure = error
    raise Unreachable(f"There is no connection to {host}: {failure}.") from failure


# --- Single steps ---------------------------------------------------------------------------------


async def _within(seconds: float, step: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(seconds):
        return await step


def _entry(name: str, attrs: asyncssh.SFTPAttrs) -> Entry | None:
    if attrs.type != asyncssh.FILEXFER_TYPE_REGULAR:
        return None
    return Entry(name, attrs.size or 0, datetime.fromtimestamp(attrs.mtime or 0, UTC))


async def _list(client: asyncssh.SFTPClient, folder: str) -> list[Entry]:
    found: list[Entry] = []
    seen = 0
    async for one in client.scandir(folder):
        seen += 1
        if seen > MOST_LISTED:
            raise TooLarge(f"The folder holds more than {MOST_LISTED} files.")
        entry = _entry(str(one.filename), one.attrs)
        if entry is not None:
            found.append(entry)
    return found


async def _stat(client: asyncssh.SFTPClient, path: str) -> Entry | None:
    return _entry(path.rpartition("/")[2], await client.lstat(path))


async def _read(client: asyncssh.SFTPClient, path: str, max_bytes: int) -> bytes:
    async with client.open(path, "rb") as file:
        data: Any = await file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TooLarge(f"The file is longer than {max_bytes} bytes.")
    return bytes(data)


async def _write(client: asyncssh.SFTPClient, path: str, data: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(data)


async def _rename(client: asyncssh.SFTPClient, path: str, to: str) -> None:
    """By the extension that replaces what is there, or as the protocol's first version can."""
    try:
        await client.posix_rename(path, to)
    except asyncssh.SFTPOpUnsupported:
        await client.rename(path, to)
