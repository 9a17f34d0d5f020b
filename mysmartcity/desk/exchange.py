"""Connections as the desk draws them: health, the strip of the last day, and who is needed first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import DateTimeField, F, Func, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mysmartcity.connectors.health import Health, health_of
from mysmartcity.connectors.models import Connection, ExchangeFigure
from mysmartcity.desk import words
from mysmartcity.lib import clock
from mysmartcity.look import charts
from mysmartcity.look.charts import Step

HALF_HOUR: Final = timedelta(minutes=30)
DAY_STEPS: Final = 48
_TABLE_STEPS: Final = 6
"""Half hours in one row of the table behind a strip: three hours are enough to be read aloud."""

_ORDER: Final = {"failing": 0, "paused": 1, "slow": 2, "new": 4, "shadow": 5, "ok": 6}
_HAS_WORK: Final = 3


@dataclass(frozen=True)
class Row:
    """One connection, ready for a template."""

    health: Health
    look: words.StateLook
    strip: SafeString
    table: list[tuple[str, int, int]]
    facts: dict[str, str]

    @property
    def connection(self) -> Connection:
        """Whose row it is."""
        return self.health.connection

    @property
    def has_work(self) -> bool:
        """Whether anything of it lies before a human, calls included."""
        return _has_work(self.health) or bool(self.health.by_hand_count)

    @property
    def needs_somebody(self) -> bool:
        """Whether a human has to act or at least to look."""
        return rank(self.health) <= _HAS_WORK


class _HalfHour(Func):
    """The half hour in which something began."""

    template = "date_bin('30 minutes', %(expressions)s, TIMESTAMPTZ '2000-01-01 00:00+00')"
    output_field = DateTimeField()


def day_began() -> datetime:
    """The start of the first of the 48 half hours that end now."""
    now = clock.now()
    current = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return current - (DAY_STEPS - 1) * HALF_HOUR


def rank(health: Health) -> int:
    """Smaller: look at it earlier."""
    place = _ORDER[health.state]
    return min(place, _HAS_WORK) if _has_work(health) else place


def _has_work(health: Health) -> bool:
    waits = health.dead_count + health.uncertain_count + health.unmapped_count
    return bool(waits or health.drift_count or health.warnings)


def rows_of(connections: Iterable[Connection]) -> list[Row]:
    """Every connection drawn, the ones that need somebody first. A fixed number of queries."""
    found = health_of(list(connections))
    began = day_began()
    strips = _strips([one.connection.pk for one in found], began)
    found.sort(
        key=lambda one: (rank(one), -_weight(one), str(one.connection.body), one.connection.pk)
    )
    return [_row(one, strips.get(one.connection.pk, {}), began) for one in found]


def _weight(one: Health) -> int:
    return one.waiting_count + one.dead_count + one.uncertain_count + one.unmapped_count


def _strips(pks: Sequence[int], began: datetime) -> dict[int, dict[int, Step]]:
    """Counts by connection and half hour, both directions together."""
    figures = (
        ExchangeFigure.objects.filter(connection__in=pks, begins_at__gte=began)
        .annotate(half_hour=_HalfHour(F("begins_at")))
        .order_by()
        .values_list("connection_id", "half_hour")
        .annotate(ok=Sum("ok_count"), errors=Sum("error_count"))
    )
    strips: dict[int, dict[int, Step]] = {}
    for pk, half_hour, ok, errors in figures:
        strips.setdefault(pk, {})[int((half_hour - began) / HALF_HOUR)] = Step(ok, errors)
    return strips


def _row(health: Health, counted: dict[int, Step], began: datetime) -> Row:
    steps = [counted.get(place, Step(0, 0)) for place in range(DAY_STEPS)]
    return Row(
        health=health,
        look=words.STATES[health.state],
        strip=charts.strip(steps, label=strip_words(steps)),
        table=_table(steps, began),
        facts=facts_of(health),
    )


def strip_words(steps: Sequence[Step]) -> str:
    """What the drawing says, in a sentence."""
    ok, errors = sum(one.ok for one in steps), sum(one.errors for one in steps)
    if not ok and not errors:
        return _("Nothing was exchanged in the last 24 hours")
    return _("In the last 24 hours %(ok)s calls went well, %(errors)s failed") % {
        "ok": ok,
        "errors": errors,
    }


def _table(steps: Sequence[Step], began: datetime) -> list[tuple[str, int, int]]:
    rows = []
    for start in range(0, len(steps), _TABLE_STEPS):
        part = steps[start : start + _TABLE_STEPS]
        when = (began + start * HALF_HOUR).astimezone(clock.CITY_ZONE)
        rows.append((f"{when:%H:%M}", sum(s.ok for s in part), sum(s.errors for s in part)))
    return rows


def facts_of(health: Health) -> dict[str, str]:
    """The figures of a connection in words; empty where there is nothing to say."""
    return {
        "oldest": words.age(health.oldest_waiting_at) if health.waiting_count else "",
        "p95_out": words.milliseconds(health.p95_out_ms),
        "p95_in": words.milliseconds(health.p95_in_ms),
        "errors": words.share(health.error_share),
        "since": words.age(health.since),
    }


def standing(rows: Sequence[Row]) -> str:
    """The sentence above all of them."""
    needing = sum(row.needs_somebody for row in rows)
    if not needing:
        return _("No connection needs anybody.")
    facts: dict[str, Any] = {"needing": needing, "all": len(rows)}
    return _("%(needing)s of %(all)s connections need somebody.") % facts
