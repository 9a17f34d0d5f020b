"""The first page: one big action, the place you are in, and what is happening there."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.lib import geo, text
from mysmartcity.lib.access import declares
from mysmartcity.places.locate import locate
from mysmartcity.places.models import Area
from mysmartcity.places.search import search
from mysmartcity.web import filters, rows
from mysmartcity.web.filters import Filters
from mysmartcity.web.limits import limited
from mysmartcity.web.page import fragment, render, wants_fragment

NEWEST = 6


@declares("public")
@require_safe
@limited("search", only_with="q")
def home(request: HttpRequest) -> HttpResponse:
    """What we do in one line, the button, and the newest problems of the place you are in."""
    area = _own_area(request)
    scope = filters.resolve(Filters(area=area.slug if area else ""))
    query = text.one_line(request.GET.get("q", ""))[:120]
    context = {
        "page_title": _("Report it once, see it fixed"),
        "is_home": True,
        "area": area,
        "query": query,
        "hits": [hit for hit in search(query) if hit.slug] if query else [],
        "cards": rows.cards(rows.read(scope.issues().newest()[:NEWEST])),
        "list_url": reverse("web:issues") + scope.filters.query(),
        "map_url": reverse("web:map") + scope.filters.query(),
    }
    return render(request, "home.html", context)


def _own_area(request: HttpRequest) -> Area | None:
    """The area looked at last, which the browser remembers."""
    slug = text.one_line(request.COOKIES.get("area", ""))[:120]
    if not slug:
        return None
    found = Area.objects.filter(slug=slug, retired_at=None).defer("geometry")
    return found.first()


@declares("public")
@require_safe
@limited("search")
def places(request: HttpRequest) -> HttpResponse:
    """Areas by name, for the field on the first page."""
    query = text.one_line(request.GET.get("q", ""))[:120]
    hits = [hit for hit in search(query) if hit.slug] if len(query) > 1 else []
    if wants_fragment(request):
        return fragment(request, "_area_hits.html", {"hits": hits, "query": query})
    return HttpResponseRedirect(f"{reverse('web:home')}?{urlencode({'q': query})}")


@declares("public")
@require_safe
def here(request: HttpRequest) -> HttpResponse:
    """The page of the area at a point (rounded by the sender: the suburb matters, not the house)."""
    try:
        point = geo.read_point(request.GET.get("lat", ""), request.GET.get("lng", ""))
    except geo.BadPoint:
        return HttpResponseRedirect(reverse("web:home"))
    areas = locate(point)
    if not areas:
        return render(request, "nowhere.html", {"page_title": _("Where is this?")})
    return HttpResponseRedirect(reverse("web:area", args=[areas[-1].slug]))
