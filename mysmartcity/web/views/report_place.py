"""Screen 2 of a report: the place, by GPS, by a tap on the map, by words, or from the photo."""

from collections.abc import Iterator, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mysmartcity.issues.models import Jurisdiction
from mysmartcity.lib import geo, text
from mysmartcity.lib.access import declares
from mysmartcity.lib.geo import Point
from mysmartcity.places.describe import describe
from mysmartcity.places.geocode import geocode
from mysmartcity.places.locate import FoundArea, municipality_of
from mysmartcity.places.search import Hit, search
from mysmartcity.web import device, drafts
from mysmartcity.web.drafts import Draft
from mysmartcity.web.limits import limited
from mysmartcity.web.page import fragment, render, wants_fragment
from mysmartcity.web.with_draft import see_other, served_at, with_draft

MAX_QUERY = 120


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@limited("search", only_with="q")
@with_draft
def place(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show the ways to say where; take the answer."""
    if request.method == "POST":
        return _take(request, draft)
    query = text.one_line(request.GET.get("q", ""))[:MAX_QUERY]
    hits = find(query)
    if wants_fragment(request):
        return fragment(request, "_place_hits.html", {"hits": hits, "query": query})
    return _screen(request, draft, {"hits": hits, "query": query})


def find(query: str) -> list[Hit]:
    """Places by name: the online address search when there is one, else names that we know.

    "12 Main Road Woodstock" finds Woodstock: words are left off from the front until a name fits.
    """
    if len(query) < 2:
        return []
    found = [*geocode(query, near=None), *search(query)]
    if found:
        return found[:8]
    for rest in _shorter(query):
        shorter = search(rest)
        if shorter:
            return shorter[:8]
    return []


def _shorter(query: str) -> Iterator[str]:
    words = query.replace(",", " ").split()
    for start in range(1, min(len(words), 8)):
        rest = " ".join(words[start:])
        if len(rest) >= 3:
            yield rest


def _take(request: HttpRequest, draft: Draft) -> HttpResponse:
    picked = request.POST.get("pick", "")
    query = text.one_line(request.POST.get("q", ""))[:MAX_QUERY]
    try:
        lat, _comma, lng = picked.partition(",")
        point = geo.read_point(lat.strip(), lng.strip())
    except geo.BadPoint:
        error = _("Please choose one of the places, or type an address or a suburb.")
        its = {"hits": find(query), "query": query, "errors": [{"id": "q", "text": error}]}
        return _screen(request, draft, its, status=422)
    jurisdiction, areas = served_at(point)
    if jurisdiction is None:
        its = {"hits": find(query), "query": query, "outside": outside(areas)}
        return _screen(request, draft, its, status=422)
    draft.point = (point.lat, point.lng)
    draft.place = describe(point)
    draft.address = query or draft.address
    drafts.save(draft, device=device.read(request))
    return see_other("category" if not draft.category else "check", draft)


def outside(areas: Sequence[FoundArea]) -> str:
    """What lies at a place that we do not serve: its municipality, or its province, or nothing."""
    municipality = municipality_of(areas)
    if municipality is not None:
        return municipality.name
    return areas[0].name if areas else ""


def _screen(
    request: HttpRequest, draft: Draft, its: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    from_photo = draft.photo_place()
    cities = list(Jurisdiction.objects.filter(is_active=True).order_by("name"))
    context = {
        "page_title": _("Where is it?"),
        "draft": draft,
        "chosen": draft.place or _words_of(draft.where()),
        "photo_point": from_photo,
        "photo_place": _words_of(from_photo),
        "cities": cities,
        "start": _start_of_map(draft, cities),
        "tile_url": settings.TILE_URL,
        "tile_credit": settings.TILE_CREDIT,
        **its,
    }
    return render(request, "report_place.html", context, status=status)


def _words_of(point: Point | None) -> str:
    return describe(point) if point is not None else ""


def _start_of_map(draft: Draft, cities: list[Jurisdiction]) -> str:
    """Where the map opens: the place chosen, the photo's, or the middle of the cities we serve."""
    point = draft.where() or draft.photo_place()
    if point is not None:
        return f"{point.lat},{point.lng},{17 if settings.TILE_URL else 15}"
    if len(cities) == 1:
        return f"{cities[0].lat},{cities[0].lng},11"
    return "-29.0,24.5,5"
