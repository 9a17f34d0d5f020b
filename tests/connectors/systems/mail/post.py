"""A real SMTP server on loopback, and a crude one that fails at a chosen step."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Received:
    """Mails as the server got them."""

    envelopes: list[Any] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer


@contextmanager
def smtp_server(settings: Any) -> Iterator[Received]:
    """Django's mail goes to this server while it runs."""
    received = Received()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(received, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield received
    finally:
        controller.stop()


@contextmanager
def crude_server(settings: Any, **answers: str) -> Iterator[list[str]]:
    """Answers each command as told: `EHLO`, `MAIL`, `RCPT`, `DATA`, `END` (of the data), `QUIT`.

    An empty answer closes the connection. Gives the commands seen.
    """
    seen: list[str] = []
    replies = {
        "EHLO": "250 crude", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on",
        "END": "250 taken", "QUIT": "221 bye", "RSET": "250 ok", **answers,
    }  # fmt: skip
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _address = listener.accept()
        with line, line.makefile("rwb") as stream:
            stream.write(b"220 crude\r\n")
            stream.flush()
            for raw in stream:
                word = raw.split()[0].decode().upper()[:4]
                seen.append(word)
                if not _answer(stream, replies.get(word, "502 no")):
                    return
                if word == "DATA" and replies["DATA"].startswith("354"):
                    while stream.readline() not in (b".\r\n", b""):
                        pass
                    seen.append("END")
                    if not _answer(stream, replies["END"]):
                        return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_TIMEOUT = 5
    try:
        yield seen
    finally:
        listener.close()
        thread.join(5)


def _answer(stream: Any, reply: str) -> bool:
    if reply:
        stream.write(f"{reply}\r\n".encode())
        stream.flush()
    return bool(reply)
