"""The door to the network, tried against real sockets that misbehave in every way we know."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mysmartcity.lib import http

QUICK = http.Timeouts(connect=1.0, total=1.0)
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A one-connection-at-a-time server on a real port; yields its "host:port"."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    try:
                        talk(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def receive(connection: socket.socket) -> bytes:
    """The next bytes; raises ConnectionError when there will be none."""
    if got := connection.recv(65536):
        return got
    raise ConnectionError("the client has gone")


def read_request(connection: socket.socket) -> bytes:
    """The whole request, by its Content-Length."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += receive(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += receive(connection)
    return head + b"\r\n\r\n" + body


def answering(reply: bytes, *, kept: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        got = read_request(connection)
        if kept is not None:
            kept.append(got)
        connection.sendall(reply)

    return talk


def ask(place: str, *, method: str = "POST", **named: object) -> http.Reply:
    named = {"data": {"a": "b"}, "allowed_hosts": [place], "timeout": QUICK, **named}
    return http.request(method, f"http://{place}/x.json", **named)


def test_it_works() -> None:
    kept: list[bytes] = []
    reply = b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nok"
    with listening(answering(reply, kept=kept)) as place:
        got = ask(place, data={"name": "Ü & co", "many": ["1", "2"]}, params={"page": "3"})
    assert (got.status, got.body, got.headers["x-a"]) == (201, b"ok", "1, 2")
    head, _, body = kept[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x.json?page=3 HTTP/1.1\r\n")
    assert f"host: {place}".encode() in head.lower()
    assert b"accept-encoding: identity" in head.lower()
    assert body == b"name=%C3%9C+%26+co&many=1&many=2"


def test_files_go_as_multipart_and_bytes_as_they_are() -> None:
    kept: list[bytes] = []
    with listening(answering(FINE, kept=kept)) as place:
        ask(place, files={"photo": ("a.jpg", b"\xff\xd8", "image/jpeg")})
        ask(place, data=b"{}", headers={"Content-Type": "application/json"})
    assert b'name="photo"; filename="a.jpg"' in kept[0]
    assert kept[1].endswith(b"\r\n\r\n{}")


def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening(answering(FINE)) as place:
        assert ask(place).body == b"hello"


# --- Sent, or certainly not sent ------------------------------------------------------------------


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(http.Unreachable):
        ask(place)


def test_a_server_that_never_accepts_was_not_sent() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        place = ("127.0.0.1", server.getsockname()[1])
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(place)
            start = time.monotonic()
            with pytest.raises(http.Unreachable):
                ask(f"127.0.0.1:{place[1]}", timeout=http.Timeouts(connect=0.2, total=5))
            assert time.monotonic() - start < 2
        finally:
            for one in waiting:
                one.close()


def test_a_broken_tls_handshake_was_not_sent() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(talk) as place, pytest.raises(http.Unreachable):
        http.request("GET", f"https://{place}/", allowed_hosts=[place], timeout=QUICK)


def test_the_certificate_is_checked() -> None:
    context = http._trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def close_at_once(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def close_after_reading(connection: socket.socket) -> None:
    read_request(connection)


def reset_after_reading(connection: socket.socket) -> None:
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def stay_silent(connection: socket.socket) -> None:
    read_request(connection)
    connection.recv(1)


@pytest.mark.parametrize(
    "talk",
    [
        close_at_once,
        close_after_reading,
        reset_after_reading,
        stay_silent,
        answering(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\nhalf"),
        answering(b"HTTP/1.1 201 Cre"),
        answering(b"SSH-2.0-OpenSSH_9.6\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz"),
    ],
)
def test_whatever_breaks_after_the_connection_stands_is_ambiguous(
    talk: Callable[[socket.socket], None],
) -> None:
    with listening(talk) as place, pytest.raises(http.Ambiguous):
        ask(place, timeout=http.Timeouts(connect=1, total=0.4))


@pytest.mark.parametrize(
    "part", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
)
def test_a_reply_that_drips_ends_at_the_deadline(part: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(part)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    with listening(drip) as place:
        start = time.monotonic()
        with pytest.raises(http.Ambiguous):
            ask(place, timeout=http.Timeouts(connect=1, total=0.5))
        assert 0.4 < time.monotonic() - start < 1.5


# --- Size -----------------------------------------------------------------------------------------


def test_a_long_reply_is_cut_off() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    with listening(answering(reply)) as place:
        assert len(ask(place, max_bytes=2000).body) == 2000
        with pytest.raises(http.TooLarge):
            ask(place, max_bytes=1999)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with listening(answering(head.encode() + bomb)) as place, pytest.raises(http.TooLarge):
        ask(place)


def test_an_honest_gzip_reply_is_unpacked() -> None:
    packed = gzip.compress(b"hello")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    with listening(answering(head.encode() + packed)) as place:
        assert ask(place, max_bytes=5).body == b"hello"
