"""What the simulated systems share: a web server that says when it listens and ends cleanly.

Knows nothing of cities or mail.
"""

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from html import escape
from typing import Any

import uvicorn
from starlette.responses import HTMLResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #bbb;padding:.4rem;"
    "text-align:left;vertical-align:top}pre{white-space:pre-wrap}"
)

_CONNECTIONS: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """Remembers each connection by its client's address, so that a fault can cut it off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")[:2]
        _CONNECTIONS[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        _CONNECTIONS.pop(self._peer, None)
        super().connection_lost(exc)


def cut_off(client: tuple[str, int]) -> None:
    """Drop the connection of `client` without another byte, as a dying server would."""
    transport = _CONNECTIONS.get((client[0], client[1]))
    if transport is not None:
        transport.abort()


class AnnouncingServer(uvicorn.Server):
    """Prints `ready http://…` when it listens, and leaves with 0 on SIGTERM and SIGINT."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so; with port 0 the line names the real port."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            print(f"ready http://{host}:{port}", flush=True)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Both signals ask for a clean end; uvicorn would kill itself with the signal afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        yield

    def _leave(self) -> None:
        self.should_exit = True


async def serve(app: Any, *, host: str, port: int) -> None:
    """Serve an ASGI app until a signal comes."""
    listener = socket.create_server((host, port), backlog=128)
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
    )
    try:
        await AnnouncingServer(config).serve(sockets=[listener])
    finally:
        listener.close()


def page(title: str, body: str, *, refresh_seconds: int = 0) -> HTMLResponse:
    """A plain page; `body` is HTML whose texts are already escaped, `title` is plain text."""
    again = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>",
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src *",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
