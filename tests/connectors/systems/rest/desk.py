"""A system that answers over a real socket as a test's function says, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mysmartcity.connectors.contract import ConnectionValues, Message
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.rest.connector import RestConnector
from tests.connectors.systems.mail.test_out import message as some_message


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def tree(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What to answer. `cut` drops the connection instead."""

    tree: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    raw: bytes | None = None
    cut: bool = False


@dataclass
class Desk:
    """Where it is, how it answers, and what came."""

    place: str = ""
    answer: Callable[[Asked], Reply] = lambda asked: Reply({})
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def connector(
        self,
        definition: Any = None,
        *,
        secrets: Mapping[str, str] | None = None,
        memory: ConnectionMemory | None = None,
        **settings: Any,
    ) -> RestConnector:
        given = {"definition": definition} if definition is not None else {}
        kept = dict(secrets or {})
        values = ConnectionValues(
            "The city", {**given, **settings}, kept.get("key", ""), {}, [self.place],
            memory or ConnectionMemory(), kept,
        )  # fmt: skip
        return RestConnector(values)


@contextmanager
def desk() -> Iterator[Desk]:
    """A running `Desk` on a port of its own."""
    office = Desk()

    class Counter(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            query = {name: found[0] for name, found in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Asked(self.command, unquote(parts.path), query, headers, self.rfile.read(length))
            office.asked.append(came)
            reply = office.answer(came)
            if reply.cut:
                self.close_connection = True
                return
            content = reply.raw if reply.raw is not None else json.dumps(reply.tree).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            for cookie in reply.cookies:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    server.daemon_threads = True
    office.place = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def small(office: Desk | None = None, **its: Any) -> dict[str, Any]:
    """A small good definition; `its` are further parts of it."""
    return {
        "title": "The desk",
        "form": 1,
        "base_url": office.url + "/api" if office else "https://desk.example/api",
        "messages": {
            "create": {
                "request": {
                    "method": "POST",
                    "path": "/requests",
                    "json": {"text": "{{ description }}", "ours": "{{ reference }}"},
                },
                "answer": {"reference": "id"},
            }
        },
        **its,
    }


def say(**its: Any) -> Message:
    """A message without photos and answers."""
    return some_message(**{"photo_urls": (), "answers": (), **its})
