"""Connections drawn: who is needed first, what a strip and its table say, the empty state."""

import re
from datetime import timedelta

import pytest

from mysmartcity.connectors.models import Connection, ExchangeFigure, InboxItem
from mysmartcity.desk import exchange
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import T0, FakeCity, connection, create_of, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db


def figure(its: Connection, minutes_ago: float, ok: int, errors: int = 0) -> None:
    ExchangeFigure.objects.create(
        connection=its, is_out=True, ok_count=ok, error_count=errors, buckets=[ok + errors],
        begins_at=clock.now() - timedelta(minutes=minutes_ago),
    )  # fmt: skip


def named(name: str, **its: object) -> Connection:
    return connection(to=build.body(name=name), **its)


def test_it_works(city: FakeCity, operator: Staff) -> None:
    now = clock.now()
    named("Calm Office", last_out_at=now, last_in_at=now)
    named("Broken Office", failing_since=now - timedelta(hours=3))
    named("Paused Office", is_active=False, pause_reason="Moving", paused_at=now)
    named("Trying Office", mode="shadow")
    page = operator.page("/desk/connections")
    order = ["Broken Office", "Paused Office", "Trying Office", "Calm Office"]
    assert sorted(order, key=page.index) == order
    assert "2 of 4 connections need somebody." in page
    for word in ("Failing", "Paused", "Shadow", "Works"):
        assert f"<span>{word}</span>" in page


def test_the_strip_and_the_table_behind_it_agree(city: FakeCity, operator: Staff) -> None:
    its = named("Roads")
    with clock.frozen(T0 + timedelta(minutes=10)):
        figure(its, 5, ok=30, errors=2)
        figure(its, 12 * 60, ok=8)
        figure(its, 25 * 60, ok=500)
        (row,) = exchange.rows_of(Connection.objects.select_related("body"))
    assert 'aria-label="In the last 24 hours 38 calls went well, 2 failed"' in row.strip
    assert row.strip.count("<rect") == 3
    assert ">30<" in row.strip
    assert (sum(ok for _at, ok, _e in row.table), sum(e for *_x, e in row.table)) == (38, 2)
    assert len(row.table) == 8


def test_an_ok_connection_with_dead_letters_stands_before_the_calm_ones(
    city: FakeCity, operator: Staff
) -> None:
    handover = handed_over()
    now = clock.now()
    its = connection(to=handover.body, last_out_at=now)
    named("A calm one", last_out_at=now)
    Delivery.objects.update(state=DeliveryState.DEAD, lane=its.pk)
    first, second = exchange.rows_of(Connection.objects.select_related("body"))
    assert (first.connection, first.needs_somebody) == (its, True)
    assert (second.needs_somebody, second.look.key) == (False, "ok")
    assert "1 dead letter" in operator.page("/desk/connections")


def test_the_number_of_queries_does_not_grow(city: FakeCity, operator: Staff) -> None:
    named("One")
    operator.page("/desk/connections")
    for number in range(8):
        figure(named(f"Office {number}"), 5, ok=3)
    operator.page("/desk/connections")
    operator.page("/desk/")


def test_without_connections_the_page_says_what_to_do(operator: Staff) -> None:
    assert "No body is connected yet" in operator.page("/desk/connections")
    assert "/admin/connectors/connection/add/" in operator.page("/desk/connections")
    assert "No body is connected yet" in operator.page("/desk/")


def counter(page: str, label: str) -> int:
    found = re.search(
        rf'counter-number">(\d+)</span> <span class="counter-label">{re.escape(label)}<', page
    )
    assert found, label
    return int(found.group(1))


def test_home_counts_what_waits_for_humans(city: FakeCity, operator: Staff) -> None:
    handover = handed_over()
    its = connection(to=handover.body)
    Delivery.objects.update(lane=its.pk)
    page = operator.page("/desk/")
    labels = (
        "Dead letters",
        "Uncertain",
        "Calls to make",
        "Needs mapping",
        "Nobody is responsible",
    )
    assert {counter(page, label) for label in labels} == {0}
    Delivery.objects.update(state=DeliveryState.BY_HAND)
    InboxItem.objects.create(
        connection=its, event_id="1", remote_status="Odd", happened_at=T0, outcome="needs mapping"
    )
    handover.issue.queue_entries.create(reason=QueueReason.NO_ROUTE)
    page = operator.page("/desk/")
    assert [counter(page, label) for label in labels] == [0, 0, 1, 1, 1]
    assert create_of(handover).state == DeliveryState.BY_HAND


def test_a_body_cannot_smuggle_markup(city: FakeCity, operator: Staff) -> None:
    named("<script>alert(1)</script>", pause_reason="<b>x</b>", is_active=False)
    page = operator.page("/desk/connections")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
