"""Addresses that the door to the network refuses before a single byte is sent."""

import socket
from collections.abc import Callable

import pytest

from mysmartcity.lib import http
from tests.lib.test_http import FINE, answering, ask, listening


def answers(*addresses: str) -> Callable[..., list[tuple[object, ...]]]:
    """A resolver that gives these addresses, and keeps giving the last one."""

    def resolve(host: str, port: object, **named: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0)) for found in addresses]

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.0.0.1:8443/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://localhost/",
    ],
)
def test_inner_addresses(url: str) -> None:
    with pytest.raises(http.Forbidden, match=r"not a public address|can't be read"):
        http.request("GET", url, timeout=http.Timeouts(connect=1, total=1))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://8.8.8.8/",
        "https://8.8.8.8:22/",
        "https://user:secret@8.8.8.8/",
        "https://8.8.8.8@127.0.0.1/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "https:///path",
        "https://8.8.8.8:99999/",
        "//8.8.8.8/",
        "",
    ],
)
def test_forms_of_address(url: str) -> None:
    with pytest.raises(http.Forbidden):
        http.request("GET", url)


def test_a_plain_request_to_this_machine_needs_the_list() -> None:
    kept: list[bytes] = []
    with listening(answering(FINE, kept=kept)) as place:
        with pytest.raises(http.Forbidden):
            ask(place, allowed_hosts=["example.org", "127.0.0.1:1", place + "0"])
        assert kept == []
        assert ask(place, allowed_hosts=["127.0.0.1"]).status == 200
        assert ask(place, allowed_hosts=[place]).status == 200


def test_one_inner_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("8.8.8.8", "127.0.0.1"))
    with pytest.raises(http.Forbidden, match=r"127\.0\.0\.1"):
        http.request("GET", "https://city.example/")


def test_a_name_is_looked_up_once_and_that_answer_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that answers a second time with another address is never asked again."""
    asked: list[str] = []
    with listening(answering(FINE)) as place:
        port = int(place.partition(":")[2])

        def resolve(host: str, *rest: object, **named: object) -> list[tuple[object, ...]]:
            asked.append(host)
            if len(asked) > 1:
                raise AssertionError("looked up twice")
            return answers("127.0.0.1")(host, port)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        real = socket.create_connection
        tried: list[object] = []

        def connect(address: tuple[str, int], *rest: object, **named: object) -> socket.socket:
            tried.append(address)
            # The address is literal by now: hand the plain connection over without a look-up.
            connection = socket.socket()
            connection.connect(address)
            return connection

        monkeypatch.setattr(socket, "create_connection", connect)
        reply = http.request("GET", f"http://city.example:{port}/", allowed_hosts=["city.example"])
        monkeypatch.setattr(socket, "create_connection", real)
    assert reply.body == b"hello"
    assert asked == ["city.example"]
    assert tried == [("127.0.0.1", port)]


def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    kept: list[bytes] = []
    with listening(answering(moved, kept=kept)) as place:
        assert ask(place).status == 302
    assert len(kept) == 1


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_a_header_cannot_carry_another(value: str) -> None:
    kept: list[bytes] = []
    with listening(answering(FINE, kept=kept)) as place:
        with pytest.raises(http.Forbidden):
            ask(place, headers={"X-A": value})
        assert kept == []
