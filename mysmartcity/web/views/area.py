"""The page of one area: a suburb, ward or municipality, and what is happening there."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from mysmartcity.issues.models import Issue
from mysmartcity.lib.access import declares
from mysmartcity.lib.geo import Box
from mysmartcity.places import drawing
from mysmartcity.places.models import Area, AreaKind
from mysmartcity.web import filters, map_data, rows
from mysmartcity.web.filters import AROUND_METRES, STATES, Filters, Scope
from mysmartcity.web.page import render

COUNT_SECONDS = 30
NEWEST = 10
INSIDE = 60


@declares("public")
@require_safe
def area(request: HttpRequest, slug: str) -> HttpResponse:
    """Counts, the newest issues, a map, and the areas inside."""
    found = Area.objects.filter(slug=slug, retired_at=None).defer("geometry").first()
    if found is None:
        raise Http404
    scope = filters.resolve(Filters(area=slug))
    newest = rows.read(scope.issues().newest()[:NEWEST])
    box = _roomy(found)
    map_path = reverse("web:map")
    context = {
        "page_title": found.name,
        "area": found,
        "kind": AreaKind(found.kind).label,
        "counts": _counts(scope),
        "around_km": AROUND_METRES / 1000 if found.kind == AreaKind.PLACE else None,
        "cards": rows.cards(newest),
        "drawing": drawing.drawing(
            box,
            clusters=map_data.drawn_marks(scope, box, path=map_path),
            kind="suburb",
            focus_id=found.pk,
        ),
        "box": map_data.write_box(box),
        "data_url": reverse("web:map-data") + scope.filters.query(),
        "tile_url": settings.TILE_URL,
        "tile_credit": settings.TILE_CREDIT,
        "list_url": reverse("web:issues") + scope.filters.query(),
        "map_url": map_path + scope.filters.query(),
        "parts": _parts(found),
        "above": _above(found),
        "report_at": f"{found.lat},{found.lng}" if found.kind == AreaKind.PLACE else "",
    }
    response = render(request, "area.html", context)
    # The place you are in, for the home page; a slug, no more.
    response.set_cookie("area", found.slug, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


def _roomy(area: Area) -> Box:
    """The area's box with a little room; a point gets a neighbourhood around it."""
    room = max((area.north - area.south) * 0.08, 0.01 if area.kind != AreaKind.PLACE else 0.025)
    return Box(area.south - room, area.west - room, area.north + room, area.east + room)


def _counts(scope: Scope) -> list[dict[str, Any]]:
    """How many issues stand in each group of statuses, with a link to them."""
    key = f"area-counts:{scope.filters.area}"
    by_status: dict[str, int] | None = caches["answers"].get(key)
    if by_status is None:
        found = scope.in_area(Issue.objects.public()).order_by().values_list("status")
        by_status = dict(found.annotate(Count("pk")))
        caches["answers"].set(key, by_status, COUNT_SECONDS)
    return [
        {
            "label": str(word),
            "count": sum(by_status.get(status, 0) for status in statuses),
            "href": reverse("web:issues") + scope.filters.changed(state=state).query(),
        }
        for state, (word, statuses) in STATES.items()
        if state
    ]


def _parts(area: Area) -> list[dict[str, str]]:
    """The suburbs of a municipality, by name."""
    if area.kind != AreaKind.MUNICIPALITY:
        return []
    inside = Area.objects.filter(
        kind=AreaKind.SUBURB, municipality_code=area.municipality_code or "-", retired_at=None
    ).order_by("name")
    return [{"href": reverse("web:area", args=[s]), "name": n} for s, n in
            inside.values_list("slug", "name")[:INSIDE]]  # fmt: skip


def _above(area: Area) -> list[dict[str, str]]:
    """The municipality that an area lies in."""
    if area.kind == AreaKind.MUNICIPALITY or not area.municipality_code:
        return []
    found = Area.objects.filter(
        kind=AreaKind.MUNICIPALITY, municipality_code=area.municipality_code, retired_at=None
    )
    return [{"label": name, "href": reverse("web:area", args=[slug])} for slug, name in
            found.values_list("slug", "name")[:1]]  # fmt: skip
