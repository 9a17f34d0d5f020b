"""The faults that a tester can switch on in the simulated city, and how they change an exchange."""

import asyncio
import random
from dataclasses import dataclass, fields
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mysmartcity.demo.cities.serving import cut_off

_GARBAGE = b"\x00<html><title>Portal</title>\xff\xfe{]"
_MEANINGS: dict[str, Any] = {
    "error": (429, 500, 502, 503, None),
    "status_case": ("lower", "upper", "title", "odd"),
    "date_format": ("w3c", "z", "naive", "space", "slash", "mail", "epoch"),
}


class BadSwitch(ValueError):
    """A switch or a value that does not exist; the text names it."""


@dataclass
class Switches:
    """All off at the start. `latency` in seconds before anything is done; `error` answers that
    status instead of working, for a share `error_rate` of the calls, with Retry-After where set;
    `drop_after_accept` cuts the connection after a write was stored (True, or so many times);
    `garbage` answers 200 with rubbish after the work was done; `duplicates` lists everything twice;
    `token_mode` answers creates with a token that becomes an id after `token_seconds`.
    """

    latency: float = 0.0
    error: int | None = None
    error_rate: float = 1.0
    retry_after: float | None = 1.0
    drop_after_accept: bool | int = False
    garbage: bool = False
    duplicates: bool = False
    status_case: str = "lower"
    date_format: str = "w3c"
    token_mode: bool = False
    token_seconds: float = 3.0

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, all or none. Raises BadSwitch."""
        kinds = {one.name: type(getattr(Switches(), one.name)) for one in fields(self)}
        for name, value in wanted.items():
            if name not in kinds:
                raise BadSwitch(f"There is no switch {name}.")
            if name in _MEANINGS:
                is_fine = value in _MEANINGS[name]
            elif kinds[name] is bool:
                is_fine = isinstance(value, bool) or (
                    name == "drop_after_accept" and _is_count(value)
                )
            else:
                is_fine = _is_count(value) or (name == "retry_after" and value is None)
            if not is_fine:
                raise BadSwitch(f"{name} can't be {value!r}.")
        for name, value in wanted.items():
            setattr(self, name, value)

    def takes_drop(self) -> bool:
        """Whether this accepted write loses its answer; counts down where a number was set."""
        if isinstance(self.drop_after_accept, bool):
            return self.drop_after_accept
        if self.drop_after_accept <= 0:
            return False
        self.drop_after_accept -= 1
        return True


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6


class Faults:
    """Stands before the Open311 calls and spoils them as the switches say."""

    def __init__(self, app: ASGIApp, *, switches: Switches, prefix: str) -> None:
        self._app = app
        self._switches = switches
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one exchange, spoilt or not."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        switches = self._switches
        if switches.latency:
            await asyncio.sleep(switches.latency)
        if switches.error and random.random() < switches.error_rate:
            await _answer_error(switches, send)
            return
        await self._work_and_spoil(scope, receive, send)

    async def _work_and_spoil(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The work is done and stored whole before its answer is lost or replaced."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        was_stored = scope["method"] == "POST" and 200 <= kept[0]["status"] < 300
        if was_stored and self._switches.takes_drop():
            cut_off(scope["client"])
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if self._switches.garbage:
            kept = _whole(200, _GARBAGE, "text/html")
        for message in kept:
            await send(message)


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
