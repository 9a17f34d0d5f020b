"""A real SFTP server on loopback, in a thread of its own, that can be made to misbehave."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from mysmartcity.lib.sftp import Account

USER, PASSWORD = "city", "s3cret-word"


@dataclass
class Running:
    """A server, and what it does wrong. `at` maps a call ("posix_rename") to "before", "after" or "no"."""

    folder: Path
    host_key: Any
    client_key: Any
    port: int = 0
    at: dict[str, str] = field(default_factory=dict)
    signed_in: int = 0
    accepts_everybody: bool = False
    connections: list[Any] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def account(self, **its: Any) -> Account:
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "host_key": self.host_key.export_public_key().decode(),
            "password": PASSWORD,
        }
        return Account(**{**given, **its})


def _door(state: Running) -> type:
    class Door(asyncssh.SSHServer):
        def connection_made(self, conn: Any) -> None:
            state.connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return not state.accepts_everybody

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

        def auth_completed(self) -> None:
            state.signed_in += 1

    return Door


def _spoilt(state: Running, name: str, work: Callable[[], Any]) -> Any:
    """What a call does when it is to go wrong: "no", "denied", "unsupported", cut "before" or "after"."""
    fault = state.at.get(name)
    if fault in _SAYS:
        raise _SAYS[fault]
    done = work() if fault != "before" else None
    if fault in ("before", "after"):
        state.connections[-1].abort()
    return done


_SAYS = {
    "no": asyncssh.SFTPFailure(f"no room, {PASSWORD}"),
    "denied": asyncssh.SFTPPermissionDenied("no"),
    "unsupported": asyncssh.SFTPOpUnsupported("no"),
}


def _files(state: Running) -> type:
    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: Any) -> None:
            super().__init__(chan, chroot=str(state.folder))

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            usual = super().posix_rename
            return _spoilt(state, "posix_rename", lambda: usual(oldpath, newpath))

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            usual = super().open
            return _spoilt(state, "open", lambda: usual(path, pflags, attrs))

    return Files


@contextmanager
def sftp_server(folder: Path) -> Iterator[Running]:
    """Serve a folder until the block ends."""
    state = Running(
        folder,
        asyncssh.generate_private_key("ssh-ed25519"),
        asyncssh.generate_private_key("ssh-ed25519"),
    )
    allowed = folder.parent / "authorized_keys"
    state.client_key.write_public_key(str(allowed))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_door(state),
            server_host_keys=[state.host_key],
            authorized_client_keys=str(allowed),
            sftp_factory=_files(state),
            config=None,
        )

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:

        async def leave() -> None:
            server.close()
            for one in state.connections:
                one.abort()
            await server.wait_closed()

        asyncio.run_coroutine_threadsafe(leave(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
