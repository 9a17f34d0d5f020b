"""A small IMAP server on loopback: enough of RFC 3501 for reading one box."""

import re
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ImapBoxState:
    """What the server holds and what was done to it."""

    letters: Sequence[bytes]
    port: int = 0
    seen: set[int] = field(default_factory=set)
    copied: dict[int, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {"INBOX"})


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("* OK ready")
        for raw in self.rfile:
            tag, _, rest = raw.decode().strip().partition(" ")
            command = rest.removeprefix("UID ")
            word = command.split(" ")[0].upper()
            reply = getattr(self, f"do_{word.lower()}", self.do_other)(command)
            self.say(f"{tag} {reply}")
            if word == "LOGOUT":
                return

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    @property
    def box(self) -> ImapBoxState:
        return self.server.box  # type: ignore[attr-defined,no-any-return]

    def do_capability(self, command: str) -> str:
        self.say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def do_login(self, command: str) -> str:
        return "OK in" if command.split(" ", 1)[1] in ('us "secret"', "us secret") else "NO wrong"

    def do_select(self, command: str) -> str:
        self.say(f"* {len(self.box.letters)} EXISTS")
        return "OK [READ-WRITE] done"

    def do_search(self, command: str) -> str:
        unseen = [str(n) for n in range(1, len(self.box.letters) + 1) if n not in self.box.seen]
        self.say(f"* SEARCH {' '.join(unseen)}")
        return "OK done"

    def do_fetch(self, command: str) -> str:
        uid = int(command.split(" ")[1])
        letter = self.box.letters[uid - 1]
        if "SIZE" in command:
            self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(letter)})")
        else:
            assert "BODY.PEEK[]" in command, "a fetch must not mark a mail as seen"
            self.say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(letter)}}}".encode())
            self.wfile.write(letter)
            self.say(")")
        return "OK done"

    def do_store(self, command: str) -> str:
        assert "Seen" in command
        self.box.seen.add(int(command.split(" ")[1]))
        return "OK done"

    def do_create(self, command: str) -> str:
        self.box.folders.add(command.split(" ")[1].strip('"'))
        return "OK done"

    def do_copy(self, command: str) -> str:
        found = re.match(r"COPY (\d+) \"?(\w+)", command, re.IGNORECASE)
        assert found is not None
        if found[2] not in self.box.folders:
            return "NO [TRYCREATE] no such folder"
        self.box.copied[int(found[1])] = found[2]
        return "OK done"

    def do_logout(self, command: str) -> str:
        self.say("* BYE")
        return "OK bye"

    def do_other(self, command: str) -> str:
        return "OK done"


@contextmanager
def imap_server(letters: Sequence[bytes]) -> Iterator[Any]:
    """Serve one box until the block ends."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk)
    server.daemon_threads = True
    server.box = ImapBoxState(letters, port=server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.box  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
