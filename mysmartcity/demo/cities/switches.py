"""The faults that a tester can switch on in a simulated city over HTTP, and how they change an exchange.

Those of the wire are done here, for every city alike; those of the content (statuses, dates, lists)
by the city that has such content.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mysmartcity.demo.cities.serving import cut_off

_PORTAL = b"<!doctype html><html><title>Maintenance</title><h1>Please sign in</h1></html>"
_GARBAGE = b"\x00<html><title>Portal</title>\xff\xfe{]"
_MEANINGS: dict[str, Any] = {
    "error": (429, 500, 502, 503, None),
    "status_case": ("lower", "upper", "title", "odd"),
    "date_format": ("w3c", "z", "naive", "space", "slash", "mail", "epoch"),
    # Of cities that have more switches than the shared ones.
    "signature": ("raw", "hex"),
    "weekend_says": ("refuse", "502", "503"),
}


class BadSwitch(ValueError):
    """A switch or a value that does not exist; the text names it."""


@dataclass
class Switches:
    """All off at the start. `latency` in seconds before anything is done; `error` answers that
    status instead of working, for a share `error_rate` of the calls, with Retry-After where set;
    `drop_after_accept` cuts the connection after a write was stored (True, or so many times);
    `drop_before_accept` cuts it before anything was done; `garbage` answers 200 with rubbish after the
    work was done, `html_page` 200 with a portal's page and nothing done; `wrong_charset` sends the answer
    in Latin-1 while calling it UTF-8.

    Of the content: `duplicates` lists everything twice; `token_mode` answers creates with a token that
    becomes an id after `token_seconds`; `backwards` lets finished work stand as open again for a while;
    `clock_skew` seconds are added to every moment told; `overlap` repeats the end of a page at the start
    of the next; `expired` so many calls meet a session that is over; `renamed` ("OLD=NEW") calls a
    status by another word from now on.

    `calls` counts every exchange; set it to 0 to begin anew.
    """

    latency: float = 0.0
    error: int | None = None
    error_rate: float = 1.0
    retry_after: float | None = 1.0
    drop_before_accept: bool | int = False
    drop_after_accept: bool | int = False
    garbage: bool = False
    html_page: bool = False
    wrong_charset: bool = False
    duplicates: bool = False
    status_case: str = "lower"
    date_format: str = "w3c"
    token_mode: bool = False
    token_seconds: float = 3.0
    backwards: bool = False
    clock_skew: float = 0.0
    overlap: bool = False
    expired: int = 0
    renamed: str = ""
    calls: int = 0

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, all or none. Raises BadSwitch."""
        off = type(self)()
        kinds = {one.name: type(getattr(off, one.name)) for one in fields(self)}
        for name, value in wanted.items():
            if name not in kinds:
                raise BadSwitch(f"There is no switch {name}.")
            if not _is_fine(name, value, kinds[name]):
                raise BadSwitch(f"{name} can't be {value!r}.")
        for name, value in wanted.items():
            setattr(self, name, value)

    def word_now(self, word: str) -> str:
        """A status as it is called now."""
        old, _, new = self.renamed.partition("=")
        return new if old and word == old else word

    def takes_drop(self, name: str) -> bool:
        """Whether this exchange is cut by the switch `name`; counts down where a number was set."""
        left = getattr(self, name)
        if isinstance(left, bool):
            return left
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True

    def takes_expired(self) -> bool:
        """Whether this call meets a session that is over; counts down."""
        if self.expired <= 0:
            return False
        self.expired -= 1
        return True


def _is_fine(name: str, value: Any, kind: type) -> bool:
    """Whether a switch may have a value; `kind` is the type of its value when it is off."""
    if name in _MEANINGS:
        return value in _MEANINGS[name]
    if name == "renamed":
        return isinstance(value, str) and value.count("=") == int(bool(value))
    if kind is bool:
        return isinstance(value, bool) or (name.startswith("drop_") and _is_count(value))
    if name == "clock_skew":
        return isinstance(value, int | float) and _is_count(abs(value))
    return _is_count(value) or (name == "retry_after" and value is None)


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6


def _is_post(scope: Scope) -> bool:
    return bool(scope["method"] == "POST")


class Faults:
    """Stands before the calls of a system and spoils them as the switches say.

    `writes` says which calls store something: where reading and logging in are POSTs too.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        switches: Switches,
        prefix: str | tuple[str, ...],
        writes: Callable[[Scope], bool] = _is_post,
    ) -> None:
        self._app = app
        self._switches = switches
        self._prefix = prefix
        self._writes = writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one exchange, spoilt or not."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        switches = self._switches
        switches.calls += 1
        if switches.latency:
            await asyncio.sleep(switches.latency)
        if switches.error and random.random() < switches.error_rate:
            await _answer_error(switches, send)
            return
        if self._writes(scope) and switches.takes_drop("drop_before_accept"):
            await _cut(scope, receive)
            return
        if switches.html_page:
            for message in _whole(200, _PORTAL, "text/html; charset=utf-8"):
                await send(message)
            return
        await self._work_and_spoil(scope, receive, send)

    async def _work_and_spoil(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The work is done and stored whole before its answer is lost or replaced."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        was_stored = self._writes(scope) and 200 <= kept[0]["status"] < 300
        if was_stored and self._switches.takes_drop("drop_after_accept"):
            await _cut(scope, receive)
            return
        if self._switches.garbage:
            kept = _whole(200, _GARBAGE, "text/html")
        elif self._switches.wrong_charset:
            kept = _in_latin1(kept)
        for message in kept:
            await send(message)


async def _cut(scope: Scope, receive: Receive) -> None:
    cut_off(scope["client"])
    while (await receive())["type"] != "http.disconnect":
        pass


def _in_latin1(kept: list[Message]) -> list[Message]:
    """The same answer as a system would send it that writes one charset and names another."""
    body = b"".join(message.get("body", b"") for message in kept[1:])
    body = body.decode(errors="replace").encode("latin-1", errors="replace")
    head = [pair for pair in kept[0]["headers"] if pair[0].lower() != b"content-length"]
    head.append((b"content-length", str(len(body)).encode()))
    return [
        {**kept[0], "headers": head},
        {"type": "http.response.body", "body": body},
    ]


async def _answer_error(switches: Switches, send: Send) -> None:
    status = switches.error or 500
    extra = []
    if switches.retry_after is not None and status in (429, 503):
        extra = [(b"retry-after", f"{switches.retry_after:g}".encode())]
    body = f"<html><title>Error {status}</title><p>Something broke</p></html>".encode()
    for message in _whole(status, body, "text/html", extra):
        await send(message)


def _whole(
    status: int, body: bytes, kind: str, extra: list[tuple[bytes, bytes]] | None = None
) -> list[Message]:
    head = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    return [
        {"type": "http.response.start", "status": status, "headers": head + (extra or [])},
        {"type": "http.response.body", "body": body},
    ]
