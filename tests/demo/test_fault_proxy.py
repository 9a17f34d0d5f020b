"""The fault proxy in front of a simulated city (HTTP) and of an echoing server (plain TCP)."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mysmartcity.lib import http
from tests.demo.processes import Running, running

PATH = "/open311/v2/requests.json"
FORM = {"service_code": "POTHOLE", "lat": "-33.9", "long": "18.4", "api_key": "demo-city-key"}
QUICK = http.Timeouts(connect=1, total=1)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("open311_city", "--port", "0", "--data", str(file)) as process:
        yield process


@pytest.fixture(scope="module")
def front(city: Running) -> Iterator[Running]:
    with running("fault_proxy", "--to", city.place) as process:
        yield process


@pytest.fixture
def proxy(front: Running) -> Running:
    assert front.control(reset=True)[0] == 200
    return front


def place(proxy: Running) -> str:
    return str(proxy.json("/_control")["address"])


def ask(proxy: Running, method: str = "POST", path: str = PATH) -> http.Reply:
    where = place(proxy)
    data = FORM if method == "POST" else None
    return http.request(
        method, f"http://{where}{path}", data=data, allowed_hosts=[where], timeout=QUICK
    )


def count(city: Running) -> int:
    return int(city.json("/_control")["requests"])


def test_it_works(proxy: Running, city: Running) -> None:
    before = count(city)
    assert ask(proxy).status == 201
    assert count(city) == before + 1
    assert "service_code=POTHOLE" in proxy.json("/_control/seen")[-1]


@pytest.mark.parametrize(
    ("switches", "is_stored"),
    [
        ({"latency": 3.0}, None),
        ({"cut_before": True}, False),
        ({"cut_request_after": 60}, False),
        ({"cut_reply_after": 40}, True),
        ({"lose_reply": True}, True),
        ({"drip": 0.2}, True),
    ],
)
def test_a_lost_exchange(
    switches: dict[str, Any], is_stored: bool | None, proxy: Running, city: Running
) -> None:
    before = count(city)
    proxy.control(**switches)
    with pytest.raises(http.Ambiguous):
        ask(proxy)
    if is_stored is not None:
        assert count(city) == before + is_stored


@pytest.mark.parametrize(
    ("switches", "status", "words", "is_stored"),
    [
        ({"status": 429, "retry_after": 7}, 429, b"Something broke", False),
        ({"status_after": 502}, 502, b"Something broke", True),
        ({"page": True}, 200, b"Please sign in", False),
        ({"garbage": True}, 200, b"\xff\xfe", True),
        ({"echo": True}, 500, b"demo-city-key", False),
    ],
)
def test_a_wrong_answer(
    switches: dict[str, Any],
    status: int,
    words: bytes,
    is_stored: bool,
    proxy: Running,
    city: Running,
) -> None:
    before = count(city)
    proxy.control(**switches)
    reply = ask(proxy)
    assert reply.status == status
    assert words in reply.body
    assert reply.headers.get("retry-after") == ("7" if status == 429 else None)
    assert count(city) == before + is_stored


def test_only_some_and_so_many_are_spoilt(proxy: Running) -> None:
    proxy.control(status=500, only="^POST ", times=2)
    assert ask(proxy, "GET").status == 200
    assert [ask(proxy).status for _ in range(3)] == [500, 500, 201]


def test_an_outage_is_a_closed_door(proxy: Running) -> None:
    where = place(proxy)
    proxy.control(away=True)
    with pytest.raises(http.Unreachable):
        http.request("GET", f"http://{where}{PATH}", allowed_hosts=[where], timeout=QUICK)
    proxy.control(away=False)
    assert place(proxy) == where
    assert ask(proxy, "GET").status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"nosuch": 1}, {"status": 200}, {"times": -1}, {"only": "("}, {"latency": "x"}, {"page": 1}],
)
def test_an_unknown_switch_changes_nothing(wrong: dict[str, Any], proxy: Running) -> None:
    assert proxy.control(garbage=True, **wrong)[0] == 400
    assert proxy.json("/_control")["switches"]["garbage"] is False


# --- Plain TCP ------------------------------------------------------------------------------------


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while piece := self.request.recv(4096):
            self.request.sendall(piece)


@pytest.fixture(scope="module")
def tcp() -> Iterator[Running]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        to = f"127.0.0.1:{server.server_address[1]}"
        with running("fault_proxy", "--mode", "tcp", "--to", to) as process:
            yield process
        server.shutdown()
        thread.join(5)


def said(proxy: Running, words: bytes) -> bytes:
    """What comes back until the words are complete or the line ends."""
    host, _, port = place(proxy).partition(":")
    back = b""
    with socket.create_connection((host, int(port)), 2) as line:
        try:
            line.sendall(words)
            while len(back) < len(words) and (piece := line.recv(4096)):
                back += piece
        except ConnectionError:
            pass
    return back


@pytest.mark.parametrize(
    ("switches", "back"),
    [
        ({}, b"hello there"),
        ({"cut_before": True}, b""),
        ({"cut_reply_after": 0}, b""),
        ({"cut_request_after": 3}, b""),
        ({"drip": 0.01}, b"hello there"),
    ],
)
def test_bytes_pass_or_are_cut(switches: dict[str, Any], back: bytes, tcp: Running) -> None:
    tcp.control(reset=True, **switches)
    began = time.monotonic()
    assert said(tcp, b"hello there") == back
    assert time.monotonic() - began >= switches.get("drip", 0) * 10
    tcp.control(reset=True)
    assert said(tcp, b"again") == b"again"
