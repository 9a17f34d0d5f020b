"""Reports that a body's system does not take without an address: a dispatcher adds it right here."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from mysmartcity.desk import fields, words
from mysmartcity.desk.page import for_desk, render, said, staff_of
from mysmartcity.dispatch.actions import give_address
from mysmartcity.dispatch.models import QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.street import parse_street
from mysmartcity.people.models import Person

SHOWN: Final = 50
_PARTS: Final = ("street", "number", "suburb")


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest) -> HttpResponse:
    """The list, the longest waiting first; and the address of one of them."""
    error, wrong = "", ""
    typed = {name: fields.words_in(request, name, most=120) for name in _PARTS}
    if request.method == "POST":
        wrong = fields.words_in(request, "issue", most=20)
        try:
            return _give(request, wrong, typed)
        except NotAllowed as refusal:
            error = str(refusal)
    waiting = QueueEntry.objects.unsettled().filter(reason=QueueReason.NEEDS_FACTS)
    shown = waiting.select_related("issue__category", "delivery__handover__body", "owner").order_by(
        "opened_at", "pk"
    )[:SHOWN]
    context = {
        "page_title": _("Needs facts"),
        "lines": [_line(entry, typed, wrong) for entry in shown],
        "error": error,
    }
    return render(request, "facts.html", context, status=422 if error else 200)


def _line(entry: QueueEntry, typed: dict[str, str], wrong: str) -> dict[str, Any]:
    """One report with what is known of its address; what was refused stands as it was typed."""
    issue = entry.issue
    known = parse_street(issue.address)
    parts = {"street": known.street, "number": known.number, "suburb": known.suburb}
    is_refused = issue.reference == wrong
    return {
        "entry": entry,
        "issue": issue,
        "body": entry.delivery.handover.body if entry.delivery is not None else None,
        "age": words.age(entry.opened_at),
        "parts": typed if is_refused else parts,
        "is_refused": is_refused,
    }


def _give(request: HttpRequest, reference: str, typed: dict[str, str]) -> HttpResponse:
    by: Person = staff_of(request)
    entry = (
        QueueEntry.objects.unsettled()
        .filter(issue__reference=reference, reason=QueueReason.NEEDS_FACTS)
        .first()
    )
    if entry is None:
        raise NotAllowed(_("It was settled meanwhile."))
    count = give_address(entry=entry, by=by, **typed)
    sentence = ngettext(
        "%(reference)s has an address now. %(n)s message goes.",
        "%(reference)s has an address now. %(n)s messages go.",
        count,
    )
    return said(request, sentence % {"reference": reference, "n": count}, reverse("desk:facts"))
