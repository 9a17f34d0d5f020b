"""The routing simulator: a place and a category in, the bodies and the ways to them out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.desk import routing, words
from mysmartcity.desk.page import for_desk, render
from mysmartcity.issues.models import Category, Jurisdiction
from mysmartcity.lib.geo import BadPoint, Box, Point, box_around, read_point
from mysmartcity.lib.text import one_line
from mysmartcity.places import drawing, shapes
from mysmartcity.places.search import search

AROUND_METRES = 3000.0


@for_desk
@require_safe
def route(request: HttpRequest) -> HttpResponse:
    """Everything is in the address: a colleague who gets the link sees the same."""
    lat, lng, q = (one_line(request.GET.get(name, ""))[:100] for name in ("lat", "lng", "q"))
    chosen = one_line(request.GET.get("category", ""))[:130]
    point, error = _point(lat, lng)
    categories = list(
        Category.objects.filter(is_active=True)
        .select_related("jurisdiction__area")
        .order_by("jurisdiction__name", "group", "name")
    )
    category = next((one for one in categories if _value(one) == chosen), None)
    city = category.jurisdiction if category is not None else None
    context = {
        "page_title": _("Who gets it?"),
        "lat": lat,
        "lng": lng,
        "q": q,
        "hits": search(q) if q else [],
        "wanted": chosen,
        "cities": _options(categories),
        "error": error,
        "point": point,
        "category": category,
        "answer": routing.simulate(point, category) if point and category else None,
        "hours": words.lasting,
        **_map(point, city or (categories[0].jurisdiction if categories else None)),
    }
    return render(request, "route.html", context, status=422 if error else 200)


def _point(lat: str, lng: str) -> tuple[Point | None, str]:
    if not lat and not lng:
        return None, ""
    try:
        return read_point(lat, lng), ""
    except BadPoint:
        return None, _("Write both numbers with a point, like -33.92 and 18.42.")


def _value(category: Category) -> str:
    return f"{category.jurisdiction.slug}/{category.code}"


def _options(categories: list[Category]) -> dict[str, list[dict[str, str]]]:
    """Categories under their city."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in categories:
        found.setdefault(one.jurisdiction.name, []).append(
            {"value": _value(one), "label": one.name}
        )
    return found


def _map(point: Point | None, city: Jurisdiction | None) -> dict[str, Any]:
    """The drawn map: the surroundings of the point, or the whole city to tap on."""
    box = _box(point, city)
    if box is None:
        return {"drawing": None}
    pins = [{"lat": point.lat, "lng": point.lng, "label": ""}] if point is not None else []
    drawn = drawing.drawing(box, clusters=pins, kind="suburb")
    corners = (box.south, box.west, box.north, box.east)
    return {"drawing": drawn, "box": ",".join(f"{one:.5f}" for one in corners)}


def _box(point: Point | None, city: Jurisdiction | None) -> Box | None:
    if point is not None:
        return box_around(point, AROUND_METRES)
    return shapes.box_of(city.area_id) if city is not None else None
