"""One connection: how it does, its messages, its categories, and what an operator may do with it."""

from collections.abc import Callable
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mysmartcity.connectors.actions import (
    pause_connection,
    resume_connection,
    set_mode,
)
from mysmartcity.connectors.actions.asked import ask_comparison, ask_news
from mysmartcity.connectors.health import health_of
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import capabilities_of
from mysmartcity.connectors.status import Mode
from mysmartcity.desk import one, words
from mysmartcity.desk.page import failed, for_desk, for_operators, render, said, staff_of
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.text import one_line

SHOWN: Final = 50


@for_desk
@require_safe
def connection(request: HttpRequest, public_id: str) -> HttpResponse:
    """Health, charts, what it can, and its settings."""
    its = one.find(public_id)
    (health,) = health_of([its])
    period = one.PERIODS.get(request.GET.get("period", ""), one.PERIODS["day"])
    path = reverse("desk:connection", args=[public_id])
    context = {
        **one.head(its, "desk:connection", counts=_counts(health.waiting_count)),
        "health": health,
        "look": words.STATES[health.state],
        "since": words.age(health.since),
        "figures": one.figures(health),
        "drawings": one.drawings(its, period),
        "periods": [
            {"label": _("24 hours"), "href": path, "current": period.key == "day"},
            {"label": _("7 days"), "href": f"{path}?period=week", "current": period.key == "week"},
        ],
        "able": one.able(its),
        "settings": one.settings_of(its),
        "is_shadow": its.mode == Mode.SHADOW,
    }
    return render(request, "connection.html", context)


def _counts(waiting: int) -> dict[str, int]:
    return {"desk:connection-messages": waiting}


@for_desk
@require_safe
def messages(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is still to go out, and what came in lately with its outcome."""
    its = one.find(public_id)
    open_ = Delivery.objects.filter(lane=its.pk).exclude(state=DeliveryState.DONE)
    waiting = list(
        open_.select_related("handover__issue__category").order_by("made_at", "pk")[:SHOWN]
    )
    inbox = its.inbox.select_related("handover__issue").order_by("-received_at", "-pk")[:SHOWN]
    context = {
        **one.head(its, "desk:connection-messages", counts={}),
        "waiting": [(delivery, str(words.KINDS[delivery.kind])) for delivery in waiting],
        "inbox": list(inbox),
        "shown": SHOWN,
        "state_words": words.state_words,
        "source_words": words.source_words,
    }
    return render(request, "messages.html", context)


@for_desk
@require_safe
def categories(request: HttpRequest, public_id: str) -> HttpResponse:
    """Their categories, asked for now: only when somebody presses the button (`ask`)."""
    its = one.find(public_id)
    is_asked = "ask" in request.GET
    can = capabilities_of(its)
    context = {
        **one.head(its, "desk:connection-categories", counts={}),
        "may_list": can is not None and can.lists_categories,
        "is_asked": is_asked,
        "listed": one.remote_categories(its) if is_asked else None,
        "ours": {theirs: code for code, theirs in its.category_codes.items()},
    }
    return render(request, "categories.html", context)


@for_operators
@require_POST
def act(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pause, resume, shadow, live, check now, compare now: one button each."""
    its = one.find(public_id)
    deed = _DEEDS.get(request.POST.get("act", ""))
    if deed is None:
        raise Http404
    to = reverse("desk:connection", args=[public_id])
    try:
        return said(request, deed(request, its), to)
    except NotAllowed as refusal:
        return failed(request, str(refusal), to)


def _pause(request: HttpRequest, its: Connection) -> str:
    reason = one_line(request.POST.get("reason", ""))[:300]
    if not reason:
        raise NotAllowed(_("Write why it is paused: a colleague will ask."))
    pause_connection(connection=its, reason=reason)
    return _("Paused. What is to be sent waits, and nothing is lost.")


def _resume(request: HttpRequest, its: Connection) -> str:
    count = resume_connection(connection=its, by=staff_of(request))
    words_ = ngettext("Resumed. %(n)s message goes now.", "Resumed. %(n)s messages go now.", count)
    return words_ % {"n": count}


def _shadow(request: HttpRequest, its: Connection) -> str:
    set_mode(connection=its, mode=Mode.SHADOW, by=staff_of(request))
    return _("Shadow mode: it reads and compares, and writes nothing.")


def _live(request: HttpRequest, its: Connection) -> str:
    set_mode(connection=its, mode=Mode.LIVE, by=staff_of(request))
    return _("Live: messages go out from now on.")


def _check(request: HttpRequest, its: Connection) -> str:
    ask_news(connection=its, by=staff_of(request))
    return _("It is asked for news as soon as a worker is free.")


def _compare(request: HttpRequest, its: Connection) -> str:
    ask_comparison(connection=its, by=staff_of(request))
    return _("Both sides are compared as soon as a worker is free. See Reconciliation.")


_DEEDS: Final[dict[str, Callable[[HttpRequest, Connection], str]]] = {
    "pause": _pause,
    "resume": _resume,
    "shadow": _shadow,
    "live": _live,
    "check": _check,
    "compare": _compare,
}
