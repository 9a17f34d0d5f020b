"""Where things stand: what waits for a human, and how the connections do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.connectors.models import Connection
from mysmartcity.desk import exchange, words
from mysmartcity.desk.exchange import Row
from mysmartcity.desk.page import for_desk, render
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, QueueReason

Counts = dict[str, tuple[int, datetime | None]]


@for_desk
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the desk."""
    rows = exchange.rows_of(Connection.objects.defer("secrets").select_related("body"))
    context = {
        "page_title": _("Where things stand"),
        "standing": exchange.standing(rows) if rows else "",
        "needing": [row for row in rows if row.needs_somebody],
        "calm": [row for row in rows if not row.needs_somebody],
        "counters": _counters(rows),
    }
    return render(request, "home.html", context)


def _counters(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What waits for a human, in the order in which it hurts a resident."""
    queue, states = _queue(), _states()
    unmapped = sum(row.health.unmapped_count for row in rows)
    drift = sum(row.health.drift_count for row in rows)
    return [
        _counter(_("Dead letters"), states[DeliveryState.DEAD], reverse("desk:dead-letters")),
        _counter(_("Uncertain"), states[DeliveryState.UNCERTAIN], reverse("desk:uncertain")),
        _counter(_("Calls to make"), states[DeliveryState.BY_HAND], reverse("desk:calls")),
        _counter(_("Needs mapping"), (unmapped, None), reverse("desk:mapping")),
        *(
            _counter(str(words.REASONS[reason]), queue.get(reason, (0, None)), _entries(reason))
            for reason in (
                QueueReason.NO_ROUTE,
                QueueReason.NO_CONNECTION,
                QueueReason.NEEDS_FACTS,
                QueueReason.NOT_FIXED,
            )
        ),
        _counter(_("Both sides disagree"), (drift, None), reverse("desk:reconciliation")),
    ]


def _counter(label: str, found: tuple[int, datetime | None], href: str) -> dict[str, Any]:
    count, oldest = found
    note = _("oldest %(age)s") % {"age": words.age(oldest)} if count and oldest else ""
    return {"label": label, "count": count, "href": href, "note": note}


def _queue() -> Counts:
    rows = QueueEntry.objects.unsettled().order_by().values_list("reason")
    return {
        reason: (count, oldest)
        for reason, count, oldest in rows.annotate(n=Count("pk"), oldest=Min("opened_at"))
    }


def _states() -> Counts:
    """Messages that lie before humans. Waiting ones are counted with their connection."""
    wanted = (DeliveryState.DEAD, DeliveryState.UNCERTAIN, DeliveryState.BY_HAND)
    rows = Delivery.objects.filter(state__in=wanted).order_by().values_list("state")
    found: Counts = dict.fromkeys(wanted, (0, None))
    found |= {
        state: (count, oldest)
        for state, count, oldest in rows.annotate(n=Count("pk"), oldest=Min("made_at"))
    }
    return found


def _entries(reason: str) -> str:
    """Where these entries are dealt with: a page of the desk, or the queue's table."""
    if reason == QueueReason.NEEDS_FACTS:
        return reverse("desk:facts")
    path = reverse("admin:dispatch_queueentry_changelist")
    return f"{path}?reason__exact={reason}&settled_at__isempty=1"
