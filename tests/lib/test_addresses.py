"""Which addresses count as public, and how names are looked up within a time limit."""

import socket
import threading
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.lib.addresses import UnknownName, addresses_of, is_public


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
        "ff02::1",
    ],
)  # fmt: skip
def test_inner_and_odd_addresses_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "41.0.0.1", "2a00:1450:4001::1"])
def test_addresses_of_the_open_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_becomes_public_by_being_mapped_into_ipv6(address) -> None:
    assert not is_public(ip_address(f"::ffff:{address}"))
    assert not is_public(ip_address(int(ip_address("64:ff9b::")) + int(address)))


@pytest.mark.parametrize("written", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_other_spellings_of_an_address_are_seen_for_what_they_are(written: str) -> None:
    assert addresses_of(written, within=2) == ["127.0.0.1"]


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **named: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnknownName, match=r"nowhere\.example is not known"):
        addresses_of("nowhere.example", within=2)


def test_a_resolver_that_hangs_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*args: object, **named: object) -> list[object]:
        release.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        with pytest.raises(UnknownName, match="not found in time"):
            addresses_of("slow.example", within=0.05)
    finally:
        release.set()
