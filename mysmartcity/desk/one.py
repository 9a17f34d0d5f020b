"""One connection, looked at closely: figures over time, what it can, settings without secrets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mysmartcity.connectors.contract import Connector, DeliveryFailed, RemoteCategory
from mysmartcity.connectors.figures import Bar, figures_of
from mysmartcity.connectors.health import Health, cannot
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.desk import words
from mysmartcity.lib import clock
from mysmartcity.look import charts
from mysmartcity.look.charts import Series, Step
from mysmartcity.look.times import short_words

SECRETIVE: Final = re.compile(r"secret|password|passwd|token|(^|_)key$", re.I)
"""Names of settings whose value is not shown, should somebody have put a secret there."""


@dataclass(frozen=True)
class Period:
    """How far back the charts reach, and how much time one bar holds."""

    key: str
    span: timedelta
    step: timedelta
    tick: timedelta

    @property
    def count(self) -> int:
        """How many bars there are."""
        return int(self.span / self.step)


PERIODS: Final = {
    one.key: one
    for one in (
        Period("day", timedelta(hours=24), timedelta(minutes=30), timedelta(hours=4)),
        Period("week", timedelta(days=7), timedelta(hours=3), timedelta(days=1)),
    )
}


def find(public_id: str) -> Connection:
    """The connection with this public id, its secrets left sealed. Raises Http404."""
    connections = Connection.objects.defer("secrets").select_related("body__parent")
    found = connections.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def head(connection: Connection, current: str, *, counts: Mapping[str, int]) -> dict[str, Any]:
    """What every page about one connection begins with: its title and its tabs."""
    tabs = [
        ("desk:connection", _("Health")),
        ("desk:connection-messages", _("Messages")),
        ("desk:connection-codes", _("Codes")),
        ("desk:connection-use", _("Use")),
        ("desk:connection-categories", _("Their categories")),
    ]
    name = connection.name or connection.system
    return {
        "page_title": f"{connection.body.name}: {name}",
        "connection": connection,
        "tabs": [
            {
                "href": reverse(view, args=[connection.public_id]),
                "label": label,
                "current": view == current,
                "count": counts.get(view, 0),
            }
            for view, label in tabs
        ],
    }


def connector_of(connection: Connection) -> Connector | None:
    """Its connector; None when no system has that name any more."""
    try:
        return connector_for(connection)
    except UnknownSystem:
        return None


def able(connection: Connection) -> dict[str, Any]:
    """What it can, needs and cannot, and what is wrong with its settings."""
    connector = connector_of(connection)
    if connector is None:
        return {"can": [], "needs": [], "cannot": [], "problems": [_("No system has this name.")]}
    capabilities = connector.capabilities
    return {
        "can": words.abilities(capabilities),
        "needs": words.needs(capabilities),
        "cannot": cannot(connection),
        "problems": list(connector.problems()),
    }


def settings_of(connection: Connection) -> list[dict[str, str]]:
    """Names and values without anything secret, and which secrets are there."""
    rows = [
        {"label": name, "value": _("not shown") if SECRETIVE.search(name) else _plain(value)}
        for name, value in sorted(connection.settings.items())
    ]
    connector = connector_of(connection)
    wanted = connector.secret_names if connector is not None else ()
    for name in dict.fromkeys([*wanted, *connection.secrets]):
        given = _("given, never shown") if connection.secrets.get(name) else _("not given")
        rows.append({"label": _("secret “%(name)s”") % {"name": name}, "value": given})
    return rows


def _plain(value: Any) -> str:
    """A value as text; an address loses the name and password before its host."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    if "://" in text and "@" in text:
        parts = urlsplit(text)
        text = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return text


def drawings(connection: Connection, period: Period) -> list[dict[str, Any]]:
    """The charts of a period, each with the rows of its table."""
    ends = _end(period)
    began = ends - period.span
    bins: dict[tuple[int, bool], list[Bar]] = {}
    for bar in figures_of(connection, since=began):
        place = int((bar.begins_at - began) / period.step)
        if 0 <= place < period.count:
            bins.setdefault((place, bar.is_out), []).append(bar)
    ticks = _ticks(began, period)
    return [
        _calls(bins, began, period, ticks, is_out=True),
        _calls(bins, began, period, ticks, is_out=False),
        _durations(bins, began, period, ticks),
    ]


def _end(period: Period) -> datetime:
    """The end of the step that is running now, on the cities' clocks."""
    now = clock.now().astimezone(clock.CITY_ZONE)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (int((now - midnight) / period.step) + 1) * period.step


def _ticks(began: datetime, period: Period) -> list[tuple[float, str]]:
    """Round moments below a chart."""
    here = began.astimezone(clock.CITY_ZONE)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + (int((here - midnight) / period.tick) + 1) * period.tick
    ticks, moment = [], first
    while moment < here + period.span:
        label = f"{moment:%H:%M}" if period.tick < timedelta(days=1) else _day(moment)
        ticks.append(((moment - here) / period.span, label))
        moment += period.tick
    return ticks


def _day(moment: datetime) -> str:
    """Mon, and nothing else: seven of them stand below a week."""
    return short_words(moment, now=moment + timedelta(days=1)).split()[0]


def _calls(
    bins: Mapping[tuple[int, bool], Sequence[Bar]],
    began: datetime,
    period: Period,
    ticks: list[tuple[float, str]],
    *,
    is_out: bool,
) -> dict[str, Any]:
    steps = []
    for place in range(period.count):
        bars = bins.get((place, is_out), ())
        steps.append(Step(sum(b.ok_count for b in bars), sum(b.error_count for b in bars)))
    title = _("Out: messages sent") if is_out else _("In: news asked for or pushed")
    ok, errors = sum(s.ok for s in steps), sum(s.errors for s in steps)
    failed = ngettext("%(n)s failed", "%(n)s failed", errors) % {"n": errors}
    note = _("%(ok)s went well, %(failed)s") % {"ok": ok, "failed": failed}
    return {
        "title": title,
        "note": note,
        "svg": charts.bars(steps, label=f"{title}: {note}", ticks=ticks),
        "columns": [
            {"label": _("From")},
            {"label": _("Went well"), "number": True},
            {"label": _("Failed"), "number": True},
        ],
        "rows": [
            [_moment(began + place * period.step), step.ok, step.errors]
            for place, step in enumerate(steps)
            if step.ok or step.errors
        ],
    }


def _durations(
    bins: Mapping[tuple[int, bool], Sequence[Bar]],
    began: datetime,
    period: Period,
    ticks: list[tuple[float, str]],
) -> dict[str, Any]:
    points: dict[bool, list[float | None]] = {True: [], False: []}
    for is_out, line in points.items():
        for place in range(period.count):
            known = [b.p95_ms for b in bins.get((place, is_out), ()) if b.p95_ms is not None]
            line.append(float(max(known)) if known else None)
    series = [
        Series(f"{name} {words.milliseconds(_last(points[key]))}", points[key])
        for key, name in ((True, _("out")), (False, _("in")))
        if any(point is not None for point in points[key])
    ]
    title = _("How long calls took")
    rows = [
        [_moment(began + place * period.step), *(words.milliseconds(p) or "–" for p in pair)]
        for place, pair in enumerate(zip(points[True], points[False], strict=True))
        if any(p is not None for p in pair)
    ]
    return {
        "title": title,
        "note": _("95 % were done within this time, in the slowest five minutes of each step"),
        "svg": charts.line(series, label=title, say=words.milliseconds, ticks=ticks),
        "columns": [
            {"label": _("From")},
            {"label": _("Out"), "number": True},
            {"label": _("In"), "number": True},
        ],
        "rows": rows,
    }


def _last(points: Sequence[float | None]) -> float | None:
    return next((point for point in reversed(points) if point is not None), None)


def _moment(moment: datetime) -> str:
    return short_words(moment)


@dataclass(frozen=True)
class Listed:
    """What a system says it can take, or why it could not be asked."""

    categories: list[RemoteCategory]
    error: str = ""


def remote_categories(connection: Connection) -> Listed:
    """Ask the system now. Never raises: what went wrong is a sentence for the operator."""
    connector = connector_of(connection)
    if connector is None:
        return Listed([], _("No system has this name."))
    if not connector.capabilities.lists_categories:
        return Listed([], _("This system can't list its categories."))
    if problems := list(connector.problems()):
        return Listed([], " ".join(problems))
    try:
        return Listed(list(connector.list_categories()))
    except DeliveryFailed as failure:
        return Listed([], failure.sentence)


def figures(health: Health) -> list[dict[str, Any]]:
    """The figures of a connection as label and value, those without a value left out."""
    differ = _("%(n)s of %(all)s") % {"n": health.drift_count, "all": health.checked_count}
    found = [
        (_("Waiting"), str(health.waiting_count)),
        (_("Oldest waiting"), words.age(health.oldest_waiting_at) if health.waiting_count else ""),
        (_("Errors in the last hour"), words.share(health.error_share)),
        (_("95 % out within"), words.milliseconds(health.p95_out_ms)),
        (_("95 % in within"), words.milliseconds(health.p95_in_ms)),
        (_("Differ at the last comparison"), differ if health.reconciled_at else ""),
    ]
    return [{"label": label, "value": value} for label, value in found if value]
