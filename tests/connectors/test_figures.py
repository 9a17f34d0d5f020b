"""The figures of the exchange: buckets, five-minute rows, many at once, and what is forgotten."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db import transaction

from mysmartcity.config import tasks
from mysmartcity.connectors.figures import BOUNDS, figures_of, forget_old_figures, note_call, p95
from mysmartcity.connectors.models import Connection, ExchangeFigure
from mysmartcity.lib import clock
from tests.connectors.build import connection, handed_over

T = datetime(2026, 6, 1, 8, 3, 20, tzinfo=UTC)


def note(where: Connection, milliseconds: float, **its: bool) -> None:
    its = {"is_out": True, "is_ok": True, **its}
    note_call(connection_id=where.pk, milliseconds=milliseconds, **its)


@pytest.mark.django_db
def test_it_works() -> None:
    handed_over()
    where = connection()
    with clock.frozen(T):
        note(where, 80)
        note(where, 90_000, is_ok=False)
        note(where, 10, is_out=False)
    with clock.frozen(T + timedelta(minutes=2)):
        note(where, 80)
    bars = figures_of(where, since=T)
    assert [(one.begins_at.minute, one.is_out, one.ok_count, one.error_count) for one in bars] == [
        (0, False, 1, 0),
        (0, True, 1, 1),
        (5, True, 1, 0),
    ]
    assert [one.p95_ms for one in bars] == [24, BOUNDS[-1], 98]
    rows = ExchangeFigure.objects.values_list("buckets", flat=True)
    assert all(len(buckets) == len(BOUNDS) + 1 for buckets in rows)
    assert figures_of(where, since=T + timedelta(minutes=5))[0].begins_at.minute == 5


def test_p95() -> None:
    empty = [0] * (len(BOUNDS) + 1)
    assert p95(empty) is None
    assert p95([]) is None
    assert p95([100, *empty[1:]]) == round(BOUNDS[0] * 0.95)
    mostly = [96, *empty[1:4], 4, *empty[5:]]
    assert p95(mostly) <= BOUNDS[0]  # type: ignore[operator]
    tail = [90, *empty[1:4], 10, *empty[5:]]
    assert BOUNDS[3] < p95(tail) <= BOUNDS[4]  # type: ignore[operator]
    assert p95([*empty[:-1], 1]) == BOUNDS[-1]


@pytest.mark.django_db(transaction=True)
def test_many_lanes_at_once_lose_no_call() -> None:
    handed_over()
    where = connection()
    start = threading.Barrier(4)

    def lane() -> None:
        start.wait(timeout=10)
        for number in range(50):
            note(where, number, is_ok=number % 2 == 0)
        database.close()

    with clock.frozen(T):
        threads = [threading.Thread(target=lane) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    (bar,) = figures_of(where, since=T)
    assert (bar.ok_count, bar.error_count) == (100, 100)
    assert sum(ExchangeFigure.objects.get().buckets) == 200


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_that_keeps_its_own_flush() -> None:
    handed_over()
    where = connection()

    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        note(where, 5)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    note(where, 5)
    assert ExchangeFigure.objects.get().ok_count == 2


@pytest.mark.django_db
def test_old_figures_are_forgotten() -> None:
    handed_over()
    where = connection()
    for days in (36, 34):
        with clock.frozen(clock.now() - timedelta(days=days)):
            note(where, 5)
    assert forget_old_figures() == 1
    tasks.remove_exchange(timestamp=0)
    tasks.remove_exchange(timestamp=0)
    assert ExchangeFigure.objects.count() == 1
