"""Screen 3 of a report: what kind of problem, found by words or by groups; and the hard stop."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import MAX_DESCRIPTION
from mysmartcity.lib import text
from mysmartcity.lib.access import declares
from mysmartcity.web import categories, device, drafts
from mysmartcity.web.drafts import Draft
from mysmartcity.web.emergency import calls_of
from mysmartcity.web.page import fragment, render, wants_fragment
from mysmartcity.web.with_draft import see_other, served_at, with_draft


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def category(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Choose the kind of problem."""
    point = draft.where()
    jurisdiction = served_at(point)[0] if point is not None else None
    if jurisdiction is None:
        return see_other("place", draft)
    kinds = categories.offered(jurisdiction.pk)
    if request.method == "POST":
        return _take(request, draft, kinds)
    if wants_fragment(request):
        query = request.GET.get("q", "")
        found = categories.suggest(kinds, query)
        return fragment(request, "_kinds.html", {"suggested": found, "query": query})
    return _screen(request, draft, kinds)


def _take(request: HttpRequest, draft: Draft, kinds: list[categories.Kind]) -> HttpResponse:
    draft.words = text.readable(request.POST.get("q", ""))[:MAX_DESCRIPTION]
    chosen = next((kind for kind in kinds if kind.code == request.POST.get("category")), None)
    if chosen is not None and chosen.code != draft.category:
        draft.category, draft.answers = chosen.code, {}
    drafts.save(draft, device=device.read(request))
    if chosen is not None:
        return see_other("emergency" if chosen.is_emergency else "check", draft)
    if "search" in request.POST and draft.words:
        return see_other("category", draft)
    return _screen(request, draft, kinds, error=_("Please choose what kind of problem it is."))


def _screen(
    request: HttpRequest, draft: Draft, kinds: list[categories.Kind], *, error: str = ""
) -> HttpResponse:
    context = {
        "page_title": _("What is the problem?"),
        "draft": draft,
        "query": draft.words,
        "suggested": categories.suggest(kinds, draft.words),
        "groups": categories.by_group(kinds),
        "errors": [{"id": "q", "text": error}] if error else [],
    }
    return render(request, "report_category.html", context, status=422 if error else 200)


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def emergency(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The hard stop: who to call first. Nothing is sent before somebody says to go on."""
    point = draft.where()
    jurisdiction = served_at(point)[0] if point is not None else None
    chosen = Category.objects.filter(jurisdiction=jurisdiction, code=draft.category).first()
    if jurisdiction is None or chosen is None or not chosen.emergency:
        return see_other("check", draft)
    if request.method == "POST":
        draft.emergency_read = chosen.code
        drafts.save(draft, device=device.read(request))
        return see_other("check", draft)
    context = {
        "page_title": _("Is anyone in danger?"),
        "draft": draft,
        "category": chosen,
        "calls": calls_of(chosen),
    }
    return render(request, "report_emergency.html", context)
