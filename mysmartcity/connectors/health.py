"""How connections do: for the operator all of it, for residents one honest line.

Reads only, in a fixed number of questions however many connections there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import NEEDS_MAPPING
from mysmartcity.connectors.actions.shadow import SHADOW_UNMAPPED
from mysmartcity.connectors.figures import added, p95
from mysmartcity.connectors.models import Connection, ExchangeFigure, InboxItem, Reconciliation
from mysmartcity.connectors.registry import capabilities_of
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock

FAILURES: Final = 3
FAILING_AFTER: Final = timedelta(minutes=2)
"""One lost connection is no outage: so many failures in a row, or so long without success, are."""

SLOW_MS: Final = 10_000
SLOW_QUEUE: Final = timedelta(minutes=15)
BAD_SHARE: Final = 0.1
FEW_CALLS: Final = 10
WARN_BEFORE: Final = timedelta(days=14)
_HOUR: Final = timedelta(hours=1)


class HealthState(StrEnum):
    """One word for how a connection does."""

    OK = "ok"
    SLOW = "slow"
    FAILING = "failing"
    PAUSED = "paused"
    SHADOW = "shadow"
    NEW = "new"
    """Nothing went either way yet."""


@dataclass(frozen=True)
class Health:
    """Everything an operator sees of one connection at a glance."""

    connection: Connection
    state: HealthState
    since: datetime | None
    last_out_at: datetime | None
    last_in_at: datetime | None
    waiting_count: int
    oldest_waiting_at: datetime | None
    uncertain_count: int
    dead_count: int
    by_hand_count: int
    unmapped_count: int
    error_share: float | None
    """Of the calls of the last hour; None where there were none."""
    p95_out_ms: int | None
    p95_in_ms: int | None
    certificate_until: datetime | None
    secrets_until: datetime | None
    drift_count: int
    checked_count: int
    reconciled_at: datetime | None
    warnings: list[str] = field(default_factory=list)


def health_of(connections: Sequence[Connection]) -> list[Health]:
    """The health of each connection, in the order given, in four questions."""
    pks = [connection.pk for connection in connections]
    facts = _Facts(pks, [one.pk for one in connections if one.mode == Mode.SHADOW])
    return [_health(connection, facts) for connection in connections]


class _Facts:
    """What the database knows of all of them, by connection."""

    def __init__(self, pks: Sequence[int], shadow_pks: Sequence[int]) -> None:
        self.lanes = _by_lane(pks)
        self.unmapped = _unmapped(pks, shadow_pks)
        self.figures = _last_hour(pks)
        runs = Reconciliation.objects.filter(connection__in=pks, ended_at__isnull=False)
        newest = runs.order_by("connection", "-began_at").distinct("connection")
        self.runs: dict[int, Any] = {run.connection_id: run for run in newest}

    def count(self, pk: int, *states: DeliveryState) -> int:
        """How many messages of a connection are in these states."""
        return sum(row["count"] for row in self.lanes.get(pk, ()) if row["state"] in states)

    def oldest(self, pk: int) -> datetime | None:
        """Since when the longest waiting message waits."""
        rows = self.lanes.get(pk, ())
        return min((row["oldest"] for row in rows if row["state"] in _MOVING), default=None)


_MOVING: Final = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
_STOPPED: Final = (DeliveryState.DEAD, DeliveryState.BY_HAND)


def _by_lane(pks: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    # Two halves of one question: each is answered by a partial index of its own.
    moving, stopped = (
        Delivery.objects.filter(lane__in=pks, state__in=[str(state) for state in states])
        .values("lane", "state")
        .annotate(count=Count("pk"), oldest=Min("made_at"))
        .order_by()
        for states in (_MOVING, _STOPPED)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in moving.union(stopped, all=True):
        found.setdefault(row["lane"] or 0, []).append(dict(row))
    return found


def _unmapped(pks: Sequence[int], shadow_pks: Sequence[int]) -> dict[int, int]:
    items = InboxItem.objects.filter(
        connection__in=pks, applied_at__isnull=True, outcome=NEEDS_MAPPING
    )
    shadowed = InboxItem.objects.filter(connection__in=shadow_pks, outcome=SHADOW_UNMAPPED)
    parked = QueueEntry.objects.unsettled().filter(
        reason=QueueReason.NEEDS_MAPPING,
        delivery__lane__in=pks,
        delivery__state=DeliveryState.WAITING,
    )
    told, judged = (
        rows.order_by().values_list("connection").annotate(count=Count("pk"))
        for rows in (items, shadowed)
    )
    sent = parked.order_by().values_list("delivery__lane").annotate(count=Count("pk"))
    found: dict[int, int] = {}
    for pk, count in told.union(judged, sent, all=True):
        found[pk] = found.get(pk, 0) + count
    return found


def _last_hour(pks: Sequence[int]) -> dict[int, list[ExchangeFigure]]:
    rows = ExchangeFigure.objects.filter(connection__in=pks, begins_at__gt=clock.now() - _HOUR)
    found: dict[int, list[ExchangeFigure]] = {}
    for row in rows:
        found.setdefault(row.connection_id, []).append(row)
    return found


# --- One connection -------------------------------------------------------------------------------


def _health(connection: Connection, facts: _Facts) -> Health:
    pk, states = connection.pk, DeliveryState
    figures = facts.figures.get(pk, [])
    share, calls = _error_share(figures)
    out_ms, in_ms = _p95(figures, is_out=True), _p95(figures, is_out=False)
    oldest = facts.oldest(pk)
    is_slow = max(out_ms or 0, in_ms or 0) > SLOW_MS or (
        oldest is not None and clock.now() - oldest > SLOW_QUEUE
    )
    has_errors = share is not None and calls >= FEW_CALLS and share >= BAD_SHARE
    state, since = _state(connection, is_slow=is_slow or has_errors)
    run = facts.runs.get(pk)
    return Health(
        connection=connection,
        state=state,
        since=since,
        last_out_at=connection.last_out_at,
        last_in_at=connection.last_in_at,
        waiting_count=facts.count(pk, states.WAITING, states.SENDING),
        oldest_waiting_at=oldest,
        uncertain_count=facts.count(pk, states.UNCERTAIN),
        dead_count=facts.count(pk, states.DEAD),
        by_hand_count=facts.count(pk, states.BY_HAND),
        unmapped_count=facts.unmapped.get(pk, 0),
        error_share=share,
        p95_out_ms=out_ms,
        p95_in_ms=in_ms,
        certificate_until=connection.certificate_until,
        secrets_until=connection.secrets_until,
        drift_count=run.drift_count if run else 0,
        checked_count=run.checked_count if run else 0,
        reconciled_at=run.ended_at if run else None,
        warnings=warnings_of(connection),
    )


def _state(connection: Connection, *, is_slow: bool) -> tuple[HealthState, datetime | None]:
    if not connection.is_active:
        return HealthState.PAUSED, connection.paused_at
    if is_failing(connection):
        return HealthState.FAILING, connection.failing_since
    if connection.mode == Mode.SHADOW:
        return HealthState.SHADOW, None
    if connection.last_out_at is None and connection.last_in_at is None:
        return HealthState.NEW, None
    return (HealthState.SLOW if is_slow else HealthState.OK), None


def is_failing(connection: Connection) -> bool:
    """Whether its system is away, more than for a moment."""
    if connection.failing_since is None:
        return False
    is_long = connection.failing_since <= clock.now() - FAILING_AFTER
    return is_long or connection.failure_count >= FAILURES


def _error_share(figures: Iterable[ExchangeFigure]) -> tuple[float | None, int]:
    rows = list(figures)
    errors = sum(row.error_count for row in rows)
    calls = errors + sum(row.ok_count for row in rows)
    return (errors / calls if calls else None), calls


def _p95(figures: Iterable[ExchangeFigure], *, is_out: bool) -> int | None:
    return p95(added([row.buckets for row in figures if row.is_out == is_out]))


def warnings_of(connection: Connection) -> list[str]:
    """What will stop this connection soon, or has: certificates and keys that run out."""
    now, found = clock.now(), []
    ends = (
        (connection.certificate_until, _("The system's certificate")),
        (connection.secrets_until, _("Our key or token")),
    )
    for until, what in ends:
        if until is None or until > now + WARN_BEFORE:
            continue
        day = f"{until.astimezone(clock.CITY_ZONE):%d %b %Y}"
        words = (
            _("%(what)s ran out on %(day)s.") if until <= now else _("%(what)s ends on %(day)s.")
        )
        found.append(words % {"what": what, "day": day})
    return found


# --- For residents --------------------------------------------------------------------------------

SAY_AFTER: Final = timedelta(minutes=15)
"""Residents are told of an outage only once it is one that they could notice."""

_UNSENT = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


@dataclass(frozen=True)
class Lines:
    """What the page of an issue says of the exchange: an outage, and what the system cannot."""

    outage: str = ""
    cannot: tuple[str, ...] = ()


def public_line(issue: Issue) -> str:
    """What keeps a message about this issue from going out, for everyone to read; "" when all is well."""
    return lines_of(issue).outage


def lines_of(issue: Issue) -> Lines:
    """Both kinds of line of an issue, in one question."""
    unsent = Delivery.objects.filter(handover__issue=issue, state__in=[str(one) for one in _UNSENT])
    current = Handover.objects.filter(issue=issue, is_current=True)
    waits = unsent.filter(lane=OuterRef("pk"))
    connections = (
        # Never opened here: a page for everyone must not fail over a key that is not needed.
        Connection.objects.defer("secrets")
        .select_related("body")
        .filter(Q(pk__in=unsent.values("lane")) | Q(pk__in=current.values("lane")))
        .annotate(
            waits=Exists(waits),
            waits_first=Exists(waits.filter(kind=DeliveryKind.CREATE)),
            leads=Exists(current.filter(lane=OuterRef("pk"))),
        )
        .order_by("-waits_first", "pk")
    )
    outage, notes = "", tuple[str, ...]()
    for connection in connections:
        if connection.waits and not outage:
            outage = _outage(connection, is_first=connection.waits_first)
        if connection.leads:
            notes = tuple(cannot(connection))
    return Lines(outage, notes)


def _outage(connection: Connection, *, is_first: bool) -> str:
    now, since = clock.now(), connection.failing_since
    if not connection.is_active:
        words = (
            _("We send nothing to %(body)s's system for now; your report waits and will be sent.")
            if is_first
            else _("We send nothing to %(body)s's system for now; what was added waits.")
        )
        return words % {"body": connection.body.name}
    if since is None or since > now - SAY_AFTER:
        return ""
    words = (
        _("%(body)s's system has not answered since %(time)s; your report waits and will be sent.")
        if is_first
        else _("%(body)s's system has not answered since %(time)s; what was added waits.")
    )
    return words % {"body": connection.body.name, "time": _clock_time(since)}


def _clock_time(moment: datetime) -> str:
    local, today = moment.astimezone(clock.CITY_ZONE), clock.now().astimezone(clock.CITY_ZONE)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%d %b %H:%M}"


def cannot(connection: Connection) -> list[str]:
    """What its system cannot do, as sentences for everyone, so that no page promises it."""
    can = capabilities_of(connection)
    if can is None:
        return []
    body = {"body": connection.body.name}
    if can.by_hand:
        return [_("%(body)s has no system for reports: our staff phone them.") % body]
    found = []
    if not can.photos:
        found.append(_("%(body)s's system takes no photos after a report has gone out.") % body)
    if not can.comments:
        found.append(_("It takes no words after a report has gone out: our staff pass them on."))
    if not can.close:
        found.append(_("It can't be told that a report is taken back: our staff tell them."))
    if not (can.poll or can.push):
        found.append(_("It sends us no news: our staff have to ask."))
    return found
