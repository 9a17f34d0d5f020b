"""Dead letters: found, looked after, and sent again, one by one or many at once."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mysmartcity.desk import fields, letters, words
from mysmartcity.desk.page import failed, for_desk, render, said, staff_of
from mysmartcity.dispatch import care as caring
from mysmartcity.dispatch.actions import replay_delivery, told_another_way
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.rules import NotAllowed

_SALT: Final = "desk.again"
_GOOD_FOR: Final = 3600
"""Seconds for which a confirmation may be sent."""


@for_desk
@require_safe
def dead_letters(request: HttpRequest) -> HttpResponse:
    """The list, the oldest first."""
    filters, connections = letters.read(request.GET), letters.all_connections()
    found = letters.find(DeliveryState.DEAD, filters, by=staff_of(request), connections=connections)
    context = {
        "page_title": _("Dead letters"),
        "filters": filters,
        "rows": letters.rows(found, DeliveryState.DEAD, connections=connections),
        "total": found.count(),
        "page_size": letters.PAGE,
        "is_filtered": bool(filters.query),
        **letters.choices(connections.values()),
    }
    return render(request, "dead_letters.html", context)


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Send all that the filters show again: first what that is, then yes or no."""
    if request.method == "POST":
        return _replay_confirmed(request)
    filters, connections = letters.read(request.GET), letters.all_connections()
    found = letters.find(DeliveryState.DEAD, filters, by=staff_of(request), connections=connections)
    chosen = list(found.values_list("key", "lane", "error_class")[: caring.MAX_REPLAYED])
    groups = Counter((lane, error) for _key, lane, error in chosen)
    back = reverse("desk:dead-letters") + (f"?{filters.query}" if filters.query else "")
    context = {
        "page_title": _("Send these again?"),
        "count": len(chosen),
        "is_cut": len(chosen) == caring.MAX_REPLAYED,
        "groups": [
            {
                "connection": connections.get(lane or 0),
                "error": words.ERRORS.get(error, error),
                "count": count,
            }
            for (lane, error), count in groups.most_common()
        ],
        "chosen": signing.dumps([key for key, *_rest in chosen], salt=_SALT, compress=True),
        "back": back,
    }
    return render(request, "dead_letters_again.html", context)


def _replay_confirmed(request: HttpRequest) -> HttpResponse:
    """Exactly what was shown: what died meanwhile was not asked about."""
    to = reverse("desk:dead-letters")
    try:
        keys = signing.loads(request.POST.get("chosen", ""), salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        return failed(request, _("The list is too old. Please look at it again."), to)
    pks = list(Delivery.objects.filter(key__in=keys).values_list("pk", flat=True))
    try:
        done = caring.replay_many(delivery_ids=pks, by=staff_of(request))
    except NotAllowed as refusal:
        return failed(request, str(refusal), to)
    sentence = ngettext(
        "%(n)s message goes again.", "%(n)s messages go again.", done.sent_count
    ) % {"n": done.sent_count}
    if done.refused_count:
        sentence += " " + ngettext(
            "%(n)s was no dead letter any more.",
            "%(n)s were no dead letters any more.",
            done.refused_count,
        ) % {"n": done.refused_count}
    return said(request, sentence, to)


@for_desk
@require_POST
def care(request: HttpRequest) -> HttpResponse:
    """One button on one message: send again, told another way, take on, give back, or “in hand”."""
    key = fields.words_in(request, "delivery", most=80)
    delivery = (
        Delivery.objects.filter(key=key, state__in=(DeliveryState.DEAD, DeliveryState.UNCERTAIN))
        .select_related("handover__issue", "handover__body")
        .first()
    )
    to = fields.way_back(request, reverse("desk:dead-letters"))
    if delivery is None:
        return failed(request, _("This message was dealt with meanwhile."), to)
    deed = _DEEDS.get(request.POST.get("act", ""))
    if deed is None:
        raise Http404
    try:
        return said(request, deed(request, delivery), to)
    except NotAllowed as refusal:
        return failed(request, str(refusal), to)


def _again(request: HttpRequest, delivery: Delivery) -> str:
    replay_delivery(delivery=delivery, by=staff_of(request))
    return _("%(reference)s goes again.") % {"reference": delivery.handover.issue.reference}


def _told(request: HttpRequest, delivery: Delivery) -> str:
    told_another_way(
        delivery=delivery, by=staff_of(request), how=fields.words_in(request, "how", most=500)
    )
    words_ = _("Noted: %(body)s knows it now.")
    return words_ % {"body": delivery.handover.body.name}


def _take_on(request: HttpRequest, delivery: Delivery) -> str:
    caring.take_on(entry=caring.entry_of(delivery=delivery), by=staff_of(request))
    return _("%(reference)s is yours.") % {"reference": delivery.handover.issue.reference}


def _give_back(request: HttpRequest, delivery: Delivery) -> str:
    caring.give_back(entry=caring.entry_of(delivery=delivery), by=staff_of(request))
    words_ = _("Nobody looks after %(reference)s now.")
    return words_ % {"reference": delivery.handover.issue.reference}


def _acknowledge(request: HttpRequest, delivery: Delivery) -> str:
    caring.acknowledge(
        entry=caring.entry_of(delivery=delivery),
        by=staff_of(request),
        note=fields.words_in(request, "note", most=500),
        quiet_until=fields.moment_in(request, "quiet_until"),
    )
    words_ = _("Noted: %(reference)s is in hand.")
    return words_ % {"reference": delivery.handover.issue.reference}


_DEEDS: Final[dict[str, Callable[[HttpRequest, Delivery], str]]] = {
    "again": _again,
    "told": _told,
    "take_on": _take_on,
    "give_back": _give_back,
    "acknowledge": _acknowledge,
}
