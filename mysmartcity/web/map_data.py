"""What the map shows in a box: clusters far out, single pins close in."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mysmartcity.issues import clusters
from mysmartcity.issues.clusters import Cluster
from mysmartcity.issues.models import Jurisdiction, Privacy
from mysmartcity.lib.geo import Box
from mysmartcity.look.statuses import presentation, status_key, status_label
from mysmartcity.places.models import AreaKind
from mysmartcity.web.addresses import issue_path
from mysmartcity.web.filters import Scope

SOUTH_AFRICA = Box(-35.2, 16.2, -22.0, 33.1)
FEW_FROM = 10
"""From this zoom on, a box with few issues shows each of them."""


def marks(scope: Scope, box: Box, zoom: int) -> dict[str, Any]:
    """{clusters: [[lat, lng, count]], pins: [{...}]}: one of the two is empty. Two queries."""
    resolution = clusters.resolution_for(zoom)
    if scope.is_everything and zoom < clusters.PIN_ZOOM and resolution <= clusters.FINEST_LISTED:
        found, least = clusters.listed(box=box, resolution=resolution)
        if zoom < FEW_FROM or least > clusters.FEW:
            return _clusters(found, zoom)
    inside = scope.issues().in_box(box)
    if zoom >= clusters.PIN_ZOOM:
        return {"clusters": [], "pins": _pins(inside[: clusters.FEW * 3])}
    if zoom >= FEW_FROM:
        # Most boxes hold more: then neither names are joined nor pins made for nothing.
        few = inside.values_list("pk", flat=True)[: clusters.FEW + 1]
        if len(few) <= clusters.FEW:
            return {"clusters": [], "pins": _pins(inside.filter(pk__in=list(few)))}
    if resolution <= clusters.COARSEST_SUMMED and scope.only_cells:
        found = clusters.summed(
            box=box,
            resolution=resolution,
            statuses=scope.statuses,
            category_ids=scope.counted_ids(),
        )
    else:
        found = clusters.counted(issues=inside, resolution=resolution)
    return _clusters(found, zoom)


def _clusters(found: list[Cluster], zoom: int) -> dict[str, Any]:
    apart = clusters.set_apart(found, zoom=zoom)
    rows = [[round(c.lat, 5), round(c.lng, 5), c.count] for c in apart]
    return {"clusters": rows, "pins": []}


def _pins(issues: Any) -> list[dict[str, Any]]:
    rows = issues.values_list(
        "reference",
        "public_lat",
        "public_lng",
        "status",
        "fixed_by",
        "responsible_name",
        "category__name",
        "category__privacy",
    )
    return [_pin(*row) for row in rows]


def _pin(*row: Any) -> dict[str, Any]:
    reference, lat, lng, status, fixed_by, body, kind, privacy = row
    key = status_key(status, fixed_by=fixed_by)
    look = presentation(key)
    return {
        "at": [round(lat, 6), round(lng, 6)],
        "href": issue_path(reference),
        "title": kind,
        "status": status_label(key, body=body),
        "tone": look.colour,
        "coarse": privacy == Privacy.COARSE,
    }


def drawn_marks(scope: Scope, box: Box, *, path: str) -> list[dict[str, Any]]:
    """The same for the map that is drawn on the server: clusters lead to a closer map, pins to issues."""
    found = marks(scope, box, zoom_of(box))
    drawn = [
        {
            "lat": lat,
            "lng": lng,
            "count": count,
            "label": ngettext("%(n)s problem, closer", "%(n)s problems, closer", count)
            % {"n": count},
            "href": path + scope.filters.query(box=_closer(box, lat, lng)),
        }
        for lat, lng, count in found["clusters"]
    ]
    drawn += [
        {
            "lat": pin["at"][0],
            "lng": pin["at"][1],
            "count": 1,
            "label": _("%(kind)s: %(status)s") % {"kind": pin["title"], "status": pin["status"]},
            "href": pin["href"],
            "tone": pin["tone"],
        }
        for pin in found["pins"]
    ]
    return drawn


def zoom_of(box: Box) -> int:
    """The zoom at which a box fills a phone's width or more."""
    widths = [360.0 / 2**zoom * 1.6 for zoom in range(18)]
    # A tall box is as wide as the drawing that it fills.
    across = max(box.east - box.west, (box.north - box.south) * 1.8)
    return next((zoom for zoom, width in enumerate(widths) if width < across), 17)


def _closer(box: Box, lat: float, lng: float) -> str:
    """A box of a third of the size around a point, as text."""
    up, across = (box.north - box.south) / 6, (box.east - box.west) / 6
    return write_box(Box(lat - up, lng - across, lat + up, lng + across))


def wider(box: Box) -> str:
    """A box of three times the size, as text."""
    up, across = box.north - box.south, box.east - box.west
    wide = Box(
        max(box.south - up, -89.0),
        max(box.west - across, -179.0),
        min(box.north + up, 89.0),
        min(box.east + across, 179.0),
    )
    return write_box(wide)


def write_box(box: Box) -> str:
    """`west,south,east,north`."""
    return f"{box.west:.5f},{box.south:.5f},{box.east:.5f},{box.north:.5f}"


def start_box(scope: Scope) -> Box:
    """Where the map opens: the area, the city, or everything that we serve."""
    if scope.area is not None:
        area = scope.area
        room = 0.025 if area.kind == AreaKind.PLACE else 0.0
        return Box(area.south - room, area.west - room, area.north + room, area.east + room)
    served = Jurisdiction.objects.filter(is_active=True)
    if scope.filters.city:
        served = served.filter(slug=scope.filters.city)
    rows = list(served.values_list("area__south", "area__west", "area__north", "area__east"))
    if not rows:
        return SOUTH_AFRICA
    souths, wests, norths, easts = zip(*rows, strict=True)
    return Box(min(souths), min(wests), max(norths), max(easts))
