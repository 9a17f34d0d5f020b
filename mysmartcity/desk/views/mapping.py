"""Words that nobody has given a meaning, over all connections, and the meaning given right there."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from mysmartcity.connectors.actions import give_codes
from mysmartcity.connectors.codes import BadCodes, status_key
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.preview import unmapped
from mysmartcity.connectors.rules import check_may_operate
from mysmartcity.desk import codes_form, one, words
from mysmartcity.desk.page import failed, for_desk, refused, render, said, staff_of
from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.text import one_line


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest) -> HttpResponse:
    """The queue; an operator gives a word its meaning, and what waited for it is applied."""
    if request.method == "POST":
        return _give(request)
    asked = one_line(request.GET.get("connection", ""))[:22]
    found = unmapped(one.find(asked) if asked else None)
    context = {
        "page_title": _("Needs mapping"),
        "lines": _lines(found),
        "waiting_count": sum(row.count for row in found),
        "meanings": [{"value": "", "label": _("choose")}, *words.meanings()],
        "asked": asked,
    }
    return render(request, "mapping.html", context)


def _lines(found: Sequence[Any]) -> list[dict[str, Any]]:
    codes = {row.word for row in found if row.kind == "category"}
    names = dict(Category.objects.filter(code__in=codes).values_list("code", "name"))
    return [
        {"row": row, "age": words.age(row.since), "name": names.get(row.word, "")} for row in found
    ]


def _give(request: HttpRequest) -> HttpResponse:
    person = staff_of(request)
    try:
        check_may_operate(person)
    except NotAllowed as refusal:
        return refused(request, str(refusal))
    its = one.find(request.POST.get("connection", ""))
    word, meaning = (one_line(request.POST.get(name, ""))[:100] for name in ("word", "meaning"))
    to = reverse("desk:mapping")
    if not word or not meaning:
        return failed(request, _("Choose what “%(word)s” means first.") % {"word": word}, to)
    before = sum(row.count for row in unmapped(its))
    try:
        _save(its, word, meaning, kind=request.POST.get("kind", ""), request=request)
    except (BadCodes, NotAllowed) as refusal:
        return failed(request, str(refusal), to)
    count = before - sum(row.count for row in unmapped(its))
    said_ = ngettext(
        "“%(word)s” now means “%(meaning)s”. %(n)s message that waited was applied.",
        "“%(word)s” now means “%(meaning)s”. %(n)s messages that waited were applied.",
        count,
    )
    shown = codes_form.shown(request.POST.get("kind", ""), meaning)
    return said(request, said_ % {"word": word, "meaning": shown, "n": count}, to)


def _save(its: Connection, word: str, meaning: str, *, kind: str, request: HttpRequest) -> None:
    """One word more. Raises NotAllowed when a colleague has given it a meaning meanwhile."""
    statuses, category_codes = dict(its.statuses), dict(its.category_codes)
    known = category_codes if kind == "category" else statuses
    taken = {status_key(one) for one in known} if kind != "category" else set(known)
    if (status_key(word) if kind != "category" else word) in taken:
        raise NotAllowed(
            _("“%(word)s” has a meaning already. Change it under Codes.") % {"word": word}
        )
    known[word] = meaning
    note = _("“%(word)s” given a meaning") % {"word": word}
    give_codes(
        connection=its,
        category_codes=category_codes,
        statuses=statuses,
        note=note,
        by=staff_of(request),
        seen_version=its.codes_version,
    )
