"""The door to SFTP, tried against a real server that misbehaves."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asgiref.sync import sync_to_async

from mysmartcity.lib import sftp
from tests.lib.sftp_server import PASSWORD, Running, sftp_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "files"
    folder.mkdir()
    with sftp_server(folder) as state:
        yield state


def opened(server: Running, **its: Any) -> Any:
    timeout = its.pop("timeout", sftp.Timeouts(connect=5, total=5))
    allowed = its.pop("allowed_hosts", [server.place])
    return sftp.session(server.account(**its), allowed_hosts=allowed, timeout=timeout)


def test_it_works(server: Running) -> None:
    with opened(server) as its:
        its.make_folder("out")
        its.make_folder("out")
        its.write("out/.a.part", b"hello")
        its.rename("out/.a.part", "out/a.csv")
        its.write("out/.a.part", b"hello again")
        its.rename("out/.a.part", "out/a.csv")
        assert its.read("out/a.csv", max_bytes=100) == b"hello again"
        assert [(one.name, one.size) for one in its.list("out")] == [("a.csv", 11)]
        assert its.stat("out/a.csv").size == 11
        assert its.stat("out/b.csv") is None
        its.remove("out/a.csv")
        its.remove("out/a.csv")
        assert its.list("out") == []


def test_it_works_in_a_worker_s_thread(server: Running) -> None:
    """Background jobs run in threads beside a running event loop."""

    def look() -> int:
        with opened(server) as its:
            return len(its.list("."))

    assert asyncio.run(sync_to_async(look, thread_sensitive=False)()) == 0


def test_a_key_opens_it_too(server: Running) -> None:
    key = server.client_key.export_private_key().decode()
    with opened(server, password="", private_key=key) as its:
        assert its.list(".") == []
    assert server.signed_in == 1


def test_another_host_key_is_refused_before_the_password_is_told(server: Running) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(sftp.NotTrusted), opened(server, host_key=other):
        pass
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_public_key().decode()
    with pytest.raises(sftp.NotTrusted), opened(server, host_key=rsa):
        pass
    assert server.signed_in == 0


def test_of_several_host_keys_one_may_fit(server: Running) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    both = other + server.host_key.export_public_key().decode()
    with opened(server, host_key=both) as its:
        assert its.list(".") == []


@pytest.mark.parametrize("key", ["", "  \n", "ssh-ed25519 nonsense", "hello"])
def test_without_a_host_key_nothing_is_opened(server: Running, key: str) -> None:
    with pytest.raises(sftp.Forbidden), opened(server, host_key=key):
        pass
    assert server.connections == []


def test_a_wrong_password_is_told_without_it(server: Running) -> None:
    with pytest.raises(sftp.NotAccepted) as caught, opened(server, password="wrong-word"):
        pass
    assert "wrong-word" not in str(caught.value)


def test_a_server_that_lets_everybody_in_is_refused(server: Running) -> None:
    server.accepts_everybody = True
    with pytest.raises(sftp.SftpFailure), opened(server):
        pass


def test_a_private_key_that_can_t_be_read(server: Running) -> None:
    with pytest.raises(sftp.Forbidden) as caught, opened(server, private_key="-----BEGIN secret"):
        pass
    assert "secret" not in str(caught.value)


def test_an_inner_address_must_be_on_the_list(server: Running) -> None:
    with pytest.raises(sftp.Forbidden, match="list"), opened(server, allowed_hosts=[]):
        pass
    with pytest.raises(sftp.Forbidden, match="public"), opened(server, allowed_hosts=[], port=22):
        pass
    with opened(server, allowed_hosts=["127.0.0.1"]) as its:
        assert its.list(".") == []
    assert len(server.connections) == 1


def test_nobody_there(server: Running) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = f"127.0.0.1:{port}"
    with pytest.raises(sftp.Unreachable), opened(server, port=port, allowed_hosts=[place]):
        pass


def test_a_silent_server_ends_in_time(server: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        quick = sftp.Timeouts(connect=0.3, total=0.5)
        allowed = [f"127.0.0.1:{port}"]
        with (
            pytest.raises(sftp.Unreachable),
            opened(server, port=port, allowed_hosts=allowed, timeout=quick),
        ):
            pass
        assert time.monotonic() - began < 3


def test_too_much_is_not_read(server: Running) -> None:
    (server.folder / "big.csv").write_bytes(b"x" * 101)
    with opened(server) as its:
        with pytest.raises(sftp.TooLarge):
            its.read("big.csv", max_bytes=100)
        assert len(its.read("big.csv", max_bytes=101)) == 101


def test_links_and_folders_are_not_files(server: Running) -> None:
    (server.folder / "sub").mkdir()
    (server.folder / "a.csv").write_bytes(b"x")
    (server.folder / "link.csv").symlink_to(server.folder / "a.csv")
    with opened(server) as its:
        assert [one.name for one in its.list(".")] == ["a.csv"]
        assert its.stat("link.csv") is None


def test_what_is_not_there(server: Running) -> None:
    with opened(server) as its:
        with pytest.raises(sftp.Missing):
            its.read("no.csv", max_bytes=10)
        with pytest.raises(sftp.Missing):
            its.list("nowhere")


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_line_cut_while_renaming_is_lost(server: Running, fault: str) -> None:
    """Nobody knows whether the name changed: the caller has to look."""
    server.at = {"posix_rename": fault}
    with opened(server) as its:
        its.write("a.part", b"x")
        with pytest.raises(sftp.Lost):
            its.rename("a.part", "a.csv")
    assert (server.folder / "a.csv").exists() == (fault == "after")


def test_a_server_that_says_no_may_not_repeat_the_password(server: Running) -> None:
    server.at = {"open": "no"}
    with opened(server) as its, pytest.raises(sftp.Refused) as caught:
        its.write("a", b"x")
    assert "no room" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert not caught.value.is_permission
    server.at = {"open": "denied"}
    with opened(server) as its, pytest.raises(sftp.Refused) as caught:
        its.write("a", b"x")
    assert caught.value.is_permission


def test_a_server_without_the_replacing_rename(server: Running) -> None:
    server.at = {"posix_rename": "unsupported"}
    with opened(server) as its:
        its.write("a.part", b"x")
        its.rename("a.part", "a.csv")
        assert its.read("a.csv", max_bytes=9) == b"x"


def test_an_account_shows_no_secret(server: Running) -> None:
    assert PASSWORD not in repr(server.account())
