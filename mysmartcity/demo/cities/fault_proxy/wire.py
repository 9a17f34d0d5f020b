"""The HTTP side of the proxy: one exchange for each connection, spoilt or not."""

import asyncio
from dataclasses import dataclass

from mysmartcity.demo.cities.fault_proxy.switches import ProxySwitches

LONGEST_HEAD = 65_536
_PORTAL = b"<!doctype html><html><title>Maintenance</title><h1>Please sign in</h1></html>"
_GUARDING = (b"authorization", b"cookie", b"x-")
_RUBBISH = b"\x00<html><title>Portal</title>\xff\xfe{]"


class Unreadable(Exception):
    """The client did not send a whole request."""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return self.head.split(b" ", 1)[0].decode("latin-1")

    @property
    def path(self) -> str:
        """With the query."""
        parts = self.head.split(b"\r\n", 1)[0].split(b" ")
        return parts[1].decode("latin-1") if len(parts) > 1 else ""

    def to_send(self) -> bytes:
        """For the system, which is asked to close the line when it has answered."""
        lines = self.head.rstrip(b"\r\n").split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        return b"\r\n".join([*kept, b"Connection: close", b"", b""]) + self.body


async def read_asked(reader: asyncio.StreamReader) -> Asked:
    """One whole request. Raises Unreadable."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(_fields(head))
        if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
            return Asked(head, await _chunks(reader))
        body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError) as error:
        raise Unreadable(str(error)) from error
    return Asked(head, body)


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [line.partition(b":") for line in head.split(b"\r\n")[1:] if b":" in line]
    return [(name.strip().lower(), value.strip()) for name, _, value in pairs]


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body in chunks, passed on as it came."""
    raw = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        raw += line
        size = int(line.split(b";")[0].strip(), 16)
        raw += await reader.readexactly(size + 2)
        if size == 0:
            return raw


def made_up(switches: ProxySwitches, asked: Asked) -> bytes | None:
    """The answer that is given although nothing was passed on; None where none is wanted."""
    if switches.status is not None:
        return error(switches.status, retry_after=switches.retry_after)
    if switches.page:
        return whole(200, _PORTAL, "text/html; charset=utf-8")
    if switches.echo:
        return whole(500, _repeated(asked), "text/html")
    return None


def _repeated(asked: Asked) -> bytes:
    """A debug page: what guards a request stands first, where a glimpse of the page would show it."""
    lines = asked.head.strip().split(b"\r\n")
    guarding = [line for line in lines[1:] if line.lower().startswith(_GUARDING)]
    shown = b"\n".join([*guarding, asked.body[:150], *lines])
    return b"<html><pre>" + shown + b"</pre></html>"


def replaced(switches: ProxySwitches, reply: bytes) -> bytes:
    """What the client hears once the system has answered `reply`."""
    if switches.status_after is not None:
        return error(switches.status_after, retry_after=switches.retry_after)
    return whole(200, _RUBBISH, "text/html") if switches.garbage else reply


def error(status: int, *, retry_after: float | None) -> bytes:
    """An error page as gateways send them."""
    page = f"<html><title>Error {status}</title><p>Something broke</p></html>".encode()
    extra = f"Retry-After: {retry_after:g}\r\n" if retry_after is not None else ""
    return whole(status, page, "text/html", extra)


def whole(status: int, body: bytes, kind: str, extra: str = "") -> bytes:
    """A reply with its body."""
    head = (
        f"HTTP/1.1 {status} Spoilt\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{extra}Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
