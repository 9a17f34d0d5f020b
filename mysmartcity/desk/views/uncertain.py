"""Messages of which nobody knows whether they arrived: both sides shown, a human says."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mysmartcity.connectors.actions import settle_uncertain
from mysmartcity.desk import fields, letters
from mysmartcity.desk.page import failed, for_desk, render, said, staff_of
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.rules import NotAllowed


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def uncertain(request: HttpRequest) -> HttpResponse:
    """The list, and the answer to one of them."""
    if request.method == "POST":
        return _settle(request)
    filters, connections = letters.read(request.GET), letters.all_connections()
    found = letters.find(
        DeliveryState.UNCERTAIN, filters, by=staff_of(request), connections=connections
    )
    context = {
        "page_title": _("Uncertain messages"),
        "filters": filters,
        "rows": letters.rows(found, DeliveryState.UNCERTAIN, connections=connections),
        "is_filtered": bool(filters.query),
    }
    return render(request, "uncertain.html", context)


def _settle(request: HttpRequest) -> HttpResponse:
    to = fields.way_back(request, reverse("desk:uncertain"))
    key = fields.words_in(request, "delivery", most=80)
    delivery = Delivery.objects.filter(key=key).select_related("handover__issue").first()
    if delivery is None:
        return failed(request, _("This message was dealt with meanwhile."), to)
    has_arrived = request.POST.get("act") == "arrived"
    reference = fields.words_in(request, "body_reference", most=100)
    try:
        settle_uncertain(
            delivery=delivery,
            arrived=has_arrived,
            body_reference=reference if has_arrived else "",
            by=staff_of(request),
        )
    except NotAllowed as refusal:
        return failed(request, str(refusal), to)
    facts = {"reference": delivery.handover.issue.reference}
    if has_arrived:
        return said(request, _("%(reference)s has arrived.") % facts, to)
    return said(request, _("%(reference)s is sent again.") % facts, to)
