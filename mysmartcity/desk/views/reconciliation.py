"""Comparisons of our view with the systems': when, how many, and every difference that was found."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.connectors.models import Connection, Drift, Reconciliation
from mysmartcity.desk import letters, words
from mysmartcity.desk.page import for_desk, render
from mysmartcity.lib.text import one_line

RUNS: Final = 30
DRIFTS: Final = 100


@for_desk
@require_safe
def reconciliation(request: HttpRequest) -> HttpResponse:
    """The newest runs and the differences; of one connection with `connection`, waiting ones first."""
    connections = letters.all_connections()
    asked = one_line(request.GET.get("connection", ""))[:22]
    pks = [pk for pk, one in connections.items() if one.public_id == asked]
    runs = Reconciliation.objects.order_by("-began_at", "-pk")
    drifts = Drift.objects.select_related("handover__issue", "handover__body", "reconciliation")
    drifts = drifts.order_by("-found_at", "-pk")
    if asked:
        runs = runs.filter(connection__in=pks)
        drifts = drifts.filter(reconciliation__connection__in=pks)
    waiting_only = request.GET.get("show") != "all"
    found = drifts.filter(healed_at__isnull=True) if waiting_only else drifts
    context = {
        "page_title": _("Reconciliation"),
        "runs": [_told(run, connections) for run in runs[:RUNS]],
        "drifts": [
            {
                "drift": drift,
                "kind": words.DRIFTS.get(drift.kind, drift.kind),
                "connection": connections.get(drift.reconciliation.connection_id),
            }
            for drift in found[:DRIFTS]
        ],
        "asked": asked,
        "waiting_only": waiting_only,
        "connection_options": letters.choices(connections.values())["connection_options"],
    }
    return render(request, "reconciliation.html", context)


def _told(run: Reconciliation, connections: dict[int, Connection]) -> dict[str, Any]:
    took = words.lasting(run.ended_at - run.began_at) if run.ended_at is not None else ""
    return {"run": run, "connection": connections.get(run.connection_id), "took": took}
