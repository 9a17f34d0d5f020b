"""How each connection does, from what stands in the tables; for pages and for the line to the public."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.figures import p95_of
from mysmartcity.connectors.models import Connection, ExchangeFigure, InboxItem, Reconciliation
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.lib import clock

WINDOW: Final = timedelta(hours=1)
EXPIRES_SOON: Final = timedelta(days=21)


@dataclass(frozen=True)
class Health:
    """How one connection does. `state` is ok, slow, failing, paused, shadow or new."""

    connection: Connection
    state: str
    since: datetime | None = None
    last_out_at: datetime | None = None
    last_in_at: datetime | None = None
    waiting_count: int = 0
    oldest_waiting_at: datetime | None = None
    uncertain_count: int = 0
    dead_count: int = 0
    by_hand_count: int = 0
    unmapped_count: int = 0
    error_share: float | None = None
    p95_out_ms: int | None = None
    p95_in_ms: int | None = None
    certificate_until: datetime | None = None
    secrets_until: datetime | None = None
    drift_count: int = 0
    checked_count: int = 0
    reconciled_at: datetime | None = None
    warnings: list[str] = field(default_factory=list)


def health_of(connections: Iterable[Connection]) -> list[Health]:
    """The health of each, in the given order. A few queries for all of them together."""
    asked = list(connections)
    pks = [one.pk for one in asked]
    queues, unmapped, called, compared = _queues(pks), _unmapped(pks), _called(pks), _compared(pks)
    return [
        _health(one, queues.get(one.pk, {}), unmapped.get(one.pk, 0), called, compared.get(one.pk))
        for one in asked
    ]


def _queues(pks: list[int]) -> dict[int, dict[str, Any]]:
    states = {
        "waiting": (DeliveryState.WAITING, DeliveryState.SENDING),
        "uncertain": (DeliveryState.UNCERTAIN,),
        "dead": (DeliveryState.DEAD,),
        "by_hand": (DeliveryState.BY_HAND,),
    }
    counts = {name: Count("pk", filter=Q(state__in=its)) for name, its in states.items()}
    rows = (
        Delivery.objects.filter(lane__in=pks)
        .exclude(state=DeliveryState.DONE)
        .order_by()
        .values("lane")
        .annotate(oldest=Min("made_at", filter=Q(state__in=states["waiting"])), **counts)
    )
    return {row["lane"] or 0: dict(row) for row in rows}


def _unmapped(pks: list[int]) -> dict[int, int]:
    waiting = InboxItem.objects.filter(
        connection__in=pks, applied_at__isnull=True, outcome="needs mapping"
    )
    rows = waiting.order_by().values_list("connection_id").annotate(n=Count("pk"))
    return dict(rows)


def _called(pks: list[int]) -> dict[tuple[int, bool], dict[str, Any]]:
    """Calls of the last hour by connection and direction."""
    found: dict[tuple[int, bool], dict[str, Any]] = {}
    since = clock.now() - WINDOW
    for one in ExchangeFigure.objects.filter(connection__in=pks, begins_at__gte=since):
        sum_ = found.setdefault(
            (one.connection_id, one.is_out), {"ok": 0, "error": 0, "buckets": []}
        )
        sum_["ok"] += one.ok_count
        sum_["error"] += one.error_count
        longer = max(len(sum_["buckets"]), len(one.buckets))
        both = [*sum_["buckets"], *[0] * longer], [*one.buckets, *[0] * longer]
        sum_["buckets"] = [both[0][i] + both[1][i] for i in range(longer)]
    return found


def _compared(pks: list[int]) -> dict[int, Reconciliation]:
    newest = Reconciliation.objects.filter(connection__in=pks, ended_at__isnull=False)
    last = newest.order_by().values("connection").annotate(last=Max("pk")).values("last")
    return {one.connection_id: one for one in Reconciliation.objects.filter(pk__in=last)}


def _health(
    one: Connection,
    queue: Mapping[str, Any],
    unmapped: int,
    called: Mapping[tuple[int, bool], dict[str, Any]],
    compared: Reconciliation | None,
) -> Health:
    out, into = called.get((one.pk, True), {}), called.get((one.pk, False), {})
    errors = out.get("error", 0) + into.get("error", 0)
    total = errors + out.get("ok", 0) + into.get("ok", 0)
    p95 = p95_of(out.get("buckets", []))
    return Health(
        connection=one,
        state=_state(one, p95),
        since=one.failing_since or one.paused_at,
        last_out_at=one.last_out_at,
        last_in_at=one.last_in_at,
        waiting_count=queue.get("waiting", 0),
        oldest_waiting_at=queue.get("oldest"),
        uncertain_count=queue.get("uncertain", 0),
        dead_count=queue.get("dead", 0),
        by_hand_count=queue.get("by_hand", 0),
        unmapped_count=unmapped,
        error_share=errors / total if total else None,
        p95_out_ms=p95,
        p95_in_ms=p95_of(into.get("buckets", [])),
        certificate_until=one.certificate_until,
        secrets_until=one.secrets_until,
        drift_count=compared.drift_count if compared else 0,
        checked_count=compared.checked_count if compared else 0,
        reconciled_at=compared.ended_at if compared else None,
        warnings=_warnings(one),
    )


def _state(one: Connection, p95: int | None) -> str:
    if not one.is_active:
        return "paused"
    if one.failing_since is not None:
        return "failing"
    if one.mode == Mode.SHADOW:
        return "shadow"
    if one.last_out_at is None and one.last_in_at is None:
        return "new"
    return "slow" if p95 is not None and p95 > 5000 else "ok"


def _warnings(one: Connection) -> list[str]:
    soon = clock.now() + EXPIRES_SOON
    found = []
    if one.certificate_until is not None and one.certificate_until < soon:
        found.append(_("The certificate runs out soon."))
    if one.secrets_until is not None and one.secrets_until < soon:
        found.append(_("The key runs out soon."))
    return found


def cannot(connection: Connection) -> list[str]:
    """What this system can't do, as sentences, so that nobody is promised it."""
    try:
        able = connector_for(connection).capabilities
    except UnknownSystem:
        return []
    words = {
        "photos": _("It takes no further photos after the first message."),
        "comments": _("It takes no comments on what it has."),
        "look_up": _("It can't be asked whether a message arrived."),
        "push": _("It does not tell us news by itself."),
        "close": _("It does not take “withdrawn” as an end of the work."),
        "poll": _("It can't be asked for news."),
        "states": _("It can't be asked how its references stand."),
        "lists_categories": _("It can't list its categories."),
    }
    return [sentence for name, sentence in words.items() if not getattr(able, name)]
