"""What an Open311 city pushes: lists of servicerequestupdates, read like those that are asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import BadPush, ConnectionValues
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.open311.connector import Open311Connector
from tests.demo.processes import running


def connector(**settings: Any) -> Open311Connector:
    return Open311Connector(
        ConnectionValues(
            body_name="City",
            settings={"endpoint": "https://x.invalid", **settings},
            secret="demo-city-key",
            statuses={},
            allowed_hosts=settings.pop("allowed_hosts", ()),
            memory=ConnectionMemory(),
        )
    )


def read(body: bytes, headers: Mapping[str, str] | None = None) -> list[Any]:
    return list(connector(has_push=True).read_push(headers or {}, body))


def test_it_works() -> None:
    body = b"""[{"update_id": 7, "service_request_id": "C-1", "status": "FIXED",
        "updated_datetime": "2026-05-04T10:00:00+02:00", "description": "Done.",
        "media_url": "https://x.invalid/a.jpg"},
        {"update_id": 6, "service_request_id": "C-1", "status": "INVESTIGATING",
        "updated_datetime": "2026-05-04T09:00:00+02:00"}]"""
    first, second = read(body)
    assert (first.event_id, first.remote_status) == ("update:6", "INVESTIGATING")
    assert (second.event_id, second.body_reference) == ("update:7", "C-1")
    assert second.happened_at == datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert (second.words, second.photos) == ("Done.", ("https://x.invalid/a.jpg",))


def test_xml_is_read_as_well() -> None:
    body = (
        b"<service_request_updates><request_update><update_id>7</update_id>"
        b"<service_request_id>C-1</service_request_id><status>OPEN</status>"
        b"<updated_datetime>2026-05-04T10:00:00Z</updated_datetime></request_update>"
        b"</service_request_updates>"
    )
    assert [one.event_id for one in read(body)] == ["update:7"]


def test_an_empty_list_is_no_news() -> None:
    assert read(b"[]") == []


@pytest.mark.parametrize("body", [b"", b"null", b'{"error": "x"}', b"<html></html>", b"\xff\xfe"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadPush):
        read(body)


def test_it_pushes_only_where_that_is_set() -> None:
    assert connector(has_push=True).capabilities.push
    assert not connector().capabilities.push
    assert not connector().capabilities.windows
    assert connector(has_updates=True).capabilities.windows


@pytest.mark.slow
def test_a_window_ends(tmp_path: Any) -> None:
    """Against the simulated city: what happened after the window is not in it."""
    with running("open311_city", "--port", "0", "--data", str(tmp_path / "c.db")) as city:
        its = connector(
            endpoint=f"{city.url}/open311/v2", has_updates=True, allowed_hosts=[city.place]
        )
        now = datetime.now(UTC)
        window = {"since": now - timedelta(days=20), "until": now - timedelta(days=10)}
        assert list(its.fetch_window(**window, references=[])) == []
