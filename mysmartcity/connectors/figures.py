"""How the exchange goes, counted: five minutes to a row, one direction each, durations in buckets.

Only figures stand here: what they say about a connection is the business of `health.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection as database

from mysmartcity.connectors.models import Connection, ExchangeFigure
from mysmartcity.lib import clock

BOUNDS: Final = (25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000, 60_000)
"""Upper bounds in milliseconds; one bucket more counts what took longer. Never change one: rows
that are there were counted by them."""

SPAN: Final = timedelta(minutes=5)
KEPT: Final = timedelta(days=35)

# Without waiting for the disk: a figure lost with the machine harms nobody, and the row, which all
# lanes of a connection share, is held for microseconds instead of for the time of a flush.
_QUICK = "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"
_COUNT = """
INSERT INTO connectors_exchangefigure AS known
    (connection_id, is_out, begins_at, ok_count, error_count, buckets)
SELECT %(connection)s, %(is_out)s, %(begins_at)s, %(ok)s, %(error)s, %(buckets)s::integer[]
{source}
ON CONFLICT (connection_id, is_out, begins_at) DO UPDATE SET
    ok_count = known.ok_count + EXCLUDED.ok_count,
    error_count = known.error_count + EXCLUDED.error_count,
    buckets[%(place)s] = known.buckets[%(place)s] + 1
"""


@dataclass(frozen=True)
class Bar:
    """Five minutes of one direction, ready to be drawn. `p95_ms` is None where nothing was called."""

    begins_at: datetime
    is_out: bool
    ok_count: int
    error_count: int
    p95_ms: int | None


def note_call(*, connection_id: int, is_out: bool, is_ok: bool, milliseconds: float) -> None:
    """Count one call. To be called outside a transaction, so that no other waits for its row."""
    place = next((n for n, bound in enumerate(BOUNDS) if milliseconds <= bound), len(BOUNDS))
    buckets = [0] * (len(BOUNDS) + 1)
    buckets[place] = 1
    # Within a transaction it would spare that one's own flush too, which is not ours to decide.
    is_alone = not database.in_atomic_block
    sql = (_QUICK if is_alone else "") + _COUNT.format(source="FROM quick" if is_alone else "")
    with database.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "connection": connection_id,
                "is_out": is_out,
                "begins_at": span_of(clock.now()),
                "ok": int(is_ok),
                "error": int(not is_ok),
                "buckets": buckets,
                "place": place + 1,  # PostgreSQL counts from 1
            },
        )


def span_of(moment: datetime) -> datetime:
    """When the five minutes of a moment began."""
    return moment - timedelta(
        minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond
    )


def figures_of(connection: Connection, *, since: datetime) -> list[Bar]:
    """The bars of a connection since a moment, oldest first; spans without any call are left out."""
    rows = connection.figures.filter(begins_at__gte=span_of(since)).order_by("begins_at", "is_out")
    return [
        Bar(row.begins_at, row.is_out, row.ok_count, row.error_count, p95(row.buckets))
        for row in rows
    ]


def p95(buckets: Sequence[int]) -> int | None:
    """The time in milliseconds that 95 of 100 calls kept to, even within a bucket; None for no calls."""
    total = sum(buckets)
    if not total:
        return None
    wanted, before = total * 0.95, 0
    for place, count in enumerate(buckets[: len(BOUNDS)]):
        if count and before + count >= wanted:
            lower = BOUNDS[place - 1] if place else 0
            return round(lower + (BOUNDS[place] - lower) * (wanted - before) / count)
        before += count
    return BOUNDS[-1]


def added(rows: Sequence[Sequence[int]]) -> list[int]:
    """Several rows of buckets as one."""
    return [sum(column) for column in zip(*rows, strict=True)] if rows else []


def forget_old_figures() -> int:
    """Remove what nobody looks at any more; gives how many rows."""
    removed, _by_model = ExchangeFigure.objects.filter(begins_at__lt=clock.now() - KEPT).delete()
    return removed
