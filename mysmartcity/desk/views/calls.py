"""Calls to make: messages whose system is a person at a phone. Grouped by body, made one at a time."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mysmartcity.connectors.actions.calls import record_call
from mysmartcity.connectors.codes import BODY_STATUSES
from mysmartcity.connectors.messages import message_of
from mysmartcity.connectors.models import Connection
from mysmartcity.desk import fields, one, words
from mysmartcity.desk.page import for_desk, render, said, staff_of
from mysmartcity.dispatch.models import Call, Delivery
from mysmartcity.dispatch.status import CallOutcome, DeliveryState
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import WITH_BODY, Status
from mysmartcity.lib import clock
from mysmartcity.look.statuses import status_label
from mysmartcity.look.times import exact
from mysmartcity.people.models import Body

SHOWN: Final = 200
MAX_MINUTES: Final = 24 * 60


@for_desk
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Every call to make: by body, those that may be made now first."""
    now = clock.now()
    found = (
        Delivery.objects.filter(state=DeliveryState.BY_HAND)
        .select_related("handover__issue__category", "handover__body")
        .order_by("next_try_at", "made_at", "pk")[:SHOWN]
    )
    deliveries = list(found)
    made: dict[int, list[Call]] = {}
    for call_ in Call.objects.filter(delivery__in=deliveries).select_related("by").order_by("pk"):
        made.setdefault(call_.delivery_id, []).append(call_)
    groups: dict[Body, list[dict[str, Any]]] = {}
    for delivery in deliveries:
        line = _line(delivery, made.get(delivery.pk, []), now)
        groups.setdefault(delivery.handover.body, []).append(line)
    context = {"page_title": _("Calls to make"), "groups": groups, "count": len(deliveries)}
    context |= {"phones": words.phones}
    return render(request, "calls.html", context)


def _line(delivery: Delivery, made: list[Call], now: datetime) -> dict[str, Any]:
    last = made[-1] if made else None
    return {
        "delivery": delivery,
        "kind": words.KINDS[delivery.kind],
        "age": words.age(delivery.made_at),
        "later": delivery.next_try_at if delivery.next_try_at > now else None,
        "last": last,
        "last_words": words.OUTCOMES.get(last.outcome, last.outcome) if last else "",
        "tries": len(made),
    }


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, key: str) -> HttpResponse:
    """One call: what to tell them, and what came of it."""
    delivery = (
        Delivery.objects.select_related(
            "handover__issue__category", "handover__body__parent", "handover__issue__jurisdiction"
        )
        .filter(key=key)
        .first()
    )
    if delivery is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            return _record(request, delivery)
        except NotAllowed as refusal:
            error = str(refusal)
    context = {
        "page_title": _("Call %(body)s") % {"body": delivery.handover.body.name},
        "delivery": delivery,
        "issue": delivery.handover.issue,
        "body": delivery.handover.body,
        "kind": words.KINDS[delivery.kind],
        "is_open": delivery.state == DeliveryState.BY_HAND,
        "block": _brief(delivery),
        "made": [
            {"call": its, "words": words.OUTCOMES.get(its.outcome, its.outcome)}
            for its in delivery.calls.select_related("by").order_by("-called_at")
        ],
        "outcomes": {str(key): label for key, label in words.OUTCOMES.items()},
        "phones": words.phones,
        "statuses": _statuses(),
        "typed": request.POST,
        "error": error,
    }
    return render(request, "call.html", context, status=422 if error else 200)


def _statuses() -> list[dict[str, str]]:
    ours = [status for status in (*WITH_BODY, Status.REPORTED_FIXED) if status in BODY_STATUSES]
    options = [{"value": str(status), "label": status_label(status)} for status in ours]
    return [{"value": "", "label": _("they did not say")}, *options]


def _brief(delivery: Delivery) -> str:
    """The facts in the order in which the body asks for them, by its connection's own block."""
    connection = Connection.objects.select_related("body").filter(pk=delivery.lane or 0).first()
    connector = one.connector_of(connection) if connection is not None else None
    if connection is None or connector is None or not connector.capabilities.by_hand:
        return _facts(delivery)
    return connector.brief(message_of(delivery, connection))


def _facts(delivery: Delivery) -> str:
    """The block for a connection that has none of its own."""
    issue = delivery.handover.issue
    lines = (
        (_("Reference"), issue.reference),
        (_("What"), issue.category.name),
        (_("Street"), issue.address),
        (_("Suburb, ward"), issue.place_name),
        (_("Point"), f"{issue.lat:.5f}, {issue.lng:.5f}"),
        (_("Reported"), exact(issue.reported_at)),
        (_("Words"), delivery.content.get("words") or issue.description),
    )
    wide = max(len(label) for label, _value in lines)
    return "\n".join(f"{label:<{wide}}  {value}" for label, value in lines if value)


def _record(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    outcome = request.POST.get("outcome", "")
    if outcome not in set(CallOutcome):
        raise NotAllowed(_("Choose what came of the call."))
    minutes = fields.number_in(request, "minutes", most=MAX_MINUTES)
    facts: dict[str, Any] = {
        "body_reference": fields.words_in(request, "body_reference", most=100),
        "status": _status(request),
        "promised_at": fields.moment_in(request, "promised_at"),
        "again_at": fields.moment_in(request, "again_at"),
    }
    _check(CallOutcome(outcome), facts)
    record_call(
        delivery=delivery,
        by=staff_of(request),
        outcome=CallOutcome(outcome),
        body_reference=facts["body_reference"],
        status=facts["status"],
        promised_at=facts["promised_at"],
        words=fields.words_in(request, "words", most=1000),
        waited_seconds=minutes * 60 if minutes is not None else None,
        again_at=_again_at(CallOutcome(outcome), facts["again_at"]),
    )
    sentence = _("Noted what %(body)s said about %(reference)s.")
    names = {
        "body": delivery.handover.body.name,
        "reference": delivery.handover.issue.reference,
    }
    return said(request, sentence % names, reverse("desk:calls"))


def _status(request: HttpRequest) -> str:
    given = request.POST.get("status", "")
    if given and given not in {str(one_) for one_ in BODY_STATUSES}:
        raise NotAllowed(_("Choose a status from the list."))
    return given


def _check(outcome: CallOutcome, facts: dict[str, Any]) -> None:
    """An outcome without what it is about helps nobody. Raises NotAllowed."""
    wanted = {
        CallOutcome.REFERENCE: ("body_reference", _("Write the reference that they gave.")),
        CallOutcome.STATUS: ("status", _("Choose the status that they gave.")),
        CallOutcome.PROMISE: ("promised_at", _("Write until when they promised it.")),
    }
    name, sentence = wanted.get(outcome, ("", ""))
    if name and not facts[name]:
        raise NotAllowed(sentence)


def _again_at(outcome: CallOutcome, given: datetime | None) -> datetime | None:
    """When nobody answered and no time was typed, half an hour later."""
    if outcome == CallOutcome.NO_ANSWER and given is None:
        return clock.now() + timedelta(minutes=30)
    return given
