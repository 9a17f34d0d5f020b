"""A city that answers over a real socket with what a test tells it, and remembers what it got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mysmartcity.connectors.systems.open311.client import Open311Client
from mysmartcity.lib import http

PAYLOADS = Path(__file__).parent / "payloads"


@dataclass
class City:
    """What to answer next (the last answer stays), and the requests that came."""

    place: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    packing: list[str] = field(default_factory=list)

    def answer(self, body: bytes | str, *, status: int = 200, **headers: str) -> "City":
        content = body if isinstance(body, bytes) else body.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, content, named))
        return self

    def payload(self, name: str) -> "City":
        return self.answer((PAYLOADS / name).read_bytes())

    def client(self, **named: Any) -> Open311Client:
        defaults = {
            "api_key": "key",
            "allowed_hosts": [self.place],
            "timeouts": http.Timeouts(connect=1, total=2),
        }
        return Open311Client(f"http://{self.place}/v2/", **{**defaults, **named})


@contextmanager
def replaying_city() -> Iterator[City]:
    """A running `City` on a port of its own."""
    city = City()

    class Desk(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            city.packing.append(self.headers.get("Accept-Encoding", ""))
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            parts = urlsplit(self.path)
            sent = parse_qs(body if self.command == "POST" else parts.query)
            city.asked.append((self.command, unquote(parts.path), sent))
            if not city.answers:
                self.close_connection = True
                return
            status, content, headers = city.answers[0]
            if len(city.answers) > 1:
                city.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    city.place = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
