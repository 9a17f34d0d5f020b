"""List and map of issues: the same filters in the URL, two views of one thing."""

import hashlib
import math
from typing import Any

import msgspec
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.issues.models import Group, Issue, Jurisdiction
from mysmartcity.lib import geo, ids
from mysmartcity.lib.access import declares
from mysmartcity.lib.geo import Box
from mysmartcity.lib.kept import KeptQuery
from mysmartcity.places import drawing, shapes
from mysmartcity.web import filters, map_data, rows
from mysmartcity.web.addresses import issue_path
from mysmartcity.web.filters import STATES, Filters, Scope
from mysmartcity.web.limits import limited
from mysmartcity.web.page import fragment, render, wants_fragment

PAGE_SIZE = 24
MAX_PAGES = 40
"""Deeper pages help nobody; the page says to narrow it down."""

MAP_SECONDS = 15
OUTLINE_SECONDS = 3600

_CITIES = KeptQuery(
    lambda: Jurisdiction.objects.filter(is_active=True).order_by("name").values_list("slug", "name")
)


def _filter_context(asked: Filters, scope: Scope) -> dict[str, Any]:
    """The filter form and the tabs; `scope` says which area was found."""
    everything = {"value": "", "label": _("All")}
    query = asked.query()
    return {
        "filters": asked,
        "area": scope.area,
        "cities": [everything] + [{"value": slug, "label": name} for slug, name in _CITIES.ask()],
        "groups": [everything] + [{"value": group.value, "label": group.label} for group in Group],
        "states": [{"value": key, "label": word} for key, (word, _s) in STATES.items()],
        "list_url": reverse("web:issues") + query,
        "map_url": reverse("web:map") + query,
    }


@declares("public")
@require_safe
@limited("search", only_with="q")
def issues(request: HttpRequest) -> HttpResponse:
    """The list, newest first. A reference in the search field leads straight to its issue."""
    asked = filters.read(request.GET)
    reference = ids.read_reference(asked.q) if asked.q else None
    if reference and Issue.objects.public().filter(reference=reference).exists():
        return HttpResponseRedirect(issue_path(reference))
    scope = filters.resolve(asked)
    context = {"page_title": _("Problems"), **_results(request, scope)}
    if wants_fragment(request):
        return fragment(request, "_issue_list.html", context)
    return render(request, "issues.html", {**context, **_filter_context(asked, scope)})


def _results(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    found = scope.issues()
    limit = PAGE_SIZE * MAX_PAGES
    # Counted along the index of the page itself: 0.7 ms against 3.7 for any so many.
    total = found.newest()[: limit + 1].count()
    pages = max(1, min(MAX_PAGES, math.ceil(total / PAGE_SIZE)))
    number = _page_number(request.GET.get("page", ""), pages)
    start = (number - 1) * PAGE_SIZE
    page = rows.read(found.newest()[start : start + PAGE_SIZE])
    path = reverse("web:issues")

    def link(other: int) -> str:
        return path + scope.filters.query(page=str(other) if other > 1 else "")

    return {
        "cards": rows.cards(page, heading="h2"),
        "total": min(total, limit),
        "is_more": total > limit,
        "page": number,
        "pages": pages,
        "previous": link(number - 1) if number > 1 else None,
        "next": link(number + 1) if number < pages else None,
        "filters": scope.filters,
    }


def _page_number(given: str, pages: int) -> int:
    return min(max(int(given), 1), pages) if given.isdecimal() and len(given) < 6 else 1


def _box_or(given: str, default: Box) -> Box:
    try:
        return geo.read_box(given)
    except geo.BadPoint:
        return default


@declares("public")
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The map, with the newest issues of the same box as a list beside it."""
    asked = filters.read(request.GET)
    scope = filters.resolve(asked)
    box = _box_or(request.GET.get("box", ""), map_data.start_box(scope))
    path = reverse("web:map")
    is_wide = box.east - box.west > 1.5
    listed = rows.read(scope.issues().in_box(box).newest()[:8])
    context = {
        "page_title": _("Map"),
        "drawing": drawing.drawing(
            box,
            clusters=map_data.drawn_marks(scope, box, path=path),
            kind="municipality" if is_wide else "suburb",
            focus_id=scope.area.pk if scope.area else None,
        ),
        "cards": rows.cards(listed),
        "box": map_data.write_box(box),
        "wider_url": path + asked.query(box=map_data.wider(box)),
        "data_url": reverse("web:map-data") + asked.query(),
        "tile_url": settings.TILE_URL,
        "tile_credit": settings.TILE_CREDIT,
        "wide": True,
        **_filter_context(asked, scope),
    }
    return render(request, "map.html", context)


@declares("public")
@require_safe
@limited("search")
def data(request: HttpRequest) -> HttpResponse:
    """The marks of a box as JSON. Public, the same for everyone, kept for 15 seconds."""
    try:
        box = geo.read_box(request.GET.get("box", ""))
    except geo.BadPoint as error:
        return _json({"error": str(error)}, status=400, seconds=0)
    given = request.GET.get("zoom", "")
    zoom = min(int(given), 19) if given.isdecimal() and len(given) < 4 else map_data.zoom_of(box)
    asked = filters.read(request.GET)
    name = f"{get_language()}|{map_data.write_box(box)}|{zoom}|{asked.query()}"
    key = "map:" + hashlib.sha256(name.encode()).hexdigest()
    body: bytes | None = caches["answers"].get(key)
    if body is None:
        body = msgspec.json.encode(map_data.marks(filters.resolve(asked), box, zoom))
        caches["answers"].set(key, body, MAP_SECONDS)
    return _json(body, seconds=MAP_SECONDS)


@declares("public")
@require_safe
def outlines(request: HttpRequest) -> HttpResponse:
    """Borders in a box as GeoJSON, for a map without tiles."""
    try:
        box = geo.read_box(request.GET.get("box", ""))
    except geo.BadPoint as error:
        return _json({"error": str(error)}, status=400, seconds=0)
    across = box.east - box.west
    kind = "municipality" if across > 1.5 else "suburb"
    features = shapes.outlines_in(box, kind=kind, tolerance=across / 800, limit=150)
    return _json({"type": "FeatureCollection", "features": features}, seconds=OUTLINE_SECONDS)


def _json(content: object, *, status: int = 200, seconds: int) -> HttpResponse:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={seconds}" if seconds else "no-store"
    return response
