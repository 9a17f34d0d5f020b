"""A TCP proxy before PostgreSQL that loses packets, cuts connections and swallows the word "committed"."""

import socket
import threading
from pathlib import Path

COMMIT = b"COMMIT"


class DatabaseProxy:
    """Listens on a loopback port and passes on to the server's socket, unless told otherwise.

    `is_dropping`: nothing passes and nothing is refused, as when a firewall drops. `cut_after`: the next
    connection that carries so many bytes more towards the server is reset. `lose_commits`: so many
    answers to a COMMIT are lost, and the connection with them; the server has committed.
    """

    def __init__(self, server: Path) -> None:
        self.server = server
        self.is_dropping = threading.Event()
        self.cut_after: int | None = None
        self.lose_commits = 0
        self.lost_count = self.cut_count = 0
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.server))
        except OSError:
            client.close()
            return
        loses = threading.Event()
        ends = [
            threading.Thread(target=self._to_server, args=[client, server, loses], daemon=True),
            threading.Thread(target=self._to_client, args=[client, server, loses], daemon=True),
        ]
        for end in ends:
            end.start()

    def _wait_while_dropping(self) -> None:
        while self.is_dropping.is_set():
            threading.Event().wait(0.05)

    def _to_server(
        self, client: socket.socket, server: socket.socket, loses: threading.Event
    ) -> None:
        try:
            while piece := client.recv(65536):
                self._wait_while_dropping()
                if self._takes_cut(len(piece)):
                    break
                if COMMIT in piece and self._takes_commit():
                    loses.set()
                server.sendall(piece)
        except OSError:
            pass
        _close(client, server)

    def _to_client(
        self, client: socket.socket, server: socket.socket, loses: threading.Event
    ) -> None:
        try:
            while piece := server.recv(65536):
                self._wait_while_dropping()
                if loses.is_set():
                    break  # The server has answered "COMMIT"; nobody will ever read it.
                client.sendall(piece)
        except OSError:
            pass
        _close(client, server)

    def _takes_cut(self, size: int) -> bool:
        with self._guard:
            if self.cut_after is None:
                return False
            self.cut_after -= size
            if self.cut_after > 0:
                return False
            self.cut_after, self.cut_count = None, self.cut_count + 1
            return True

    def _takes_commit(self) -> bool:
        with self._guard:
            if self.lose_commits <= 0:
                return False
            self.lose_commits -= 1
            self.lost_count += 1
            return True


def _close(*ends: socket.socket) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
        finally:
            end.close()
