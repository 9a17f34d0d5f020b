"""Outlines for drawing a map where no tiles are reachable: simplified GeoJSON and boxes.

For drawing only. Whether a point lies in an area is asked of locate.py, which knows the full outline.
"""

from collections.abc import Mapping
from typing import Any

import shapely

from mysmartcity.lib.geo import Box
from mysmartcity.places import index
from mysmartcity.places.index import AreaIndex, Entry
from mysmartcity.places.models import AreaKind

TOLERANCES = (0.0, 0.0001, 0.0005, 0.001, 0.005, 0.02)
"""Degrees that a drawn line may lie off (0.001 is about 100 m); others are rounded down to these."""

DECIMALS = 5
"""Of a drawn coordinate: about a metre."""

MAX_OUTLINES = 200

Feature = Mapping[str, Any]


def outline(area_id: int, *, tolerance: float = 0.001) -> Feature | None:
    """A GeoJSON feature of a current area, drawn to a tolerance in degrees; None without a shape.

    Properties: slug, name, kind, approximate. Made once per process and import.
    """
    areas = index.current()
    entry = areas.by_id.get(area_id)
    return None if entry is None else _outline(areas, entry, tolerance)


def outlines_in(
    box: Box,
    *,
    kind: str = AreaKind.SUBURB,
    municipality_code: str = "",
    tolerance: float = 0.001,
    limit: int = MAX_OUTLINES,
) -> list[Feature]:
    """Features of the areas of a kind in a box, the largest first, at most `limit` of them."""
    areas = index.current()
    held = [
        entry
        for entry in areas.in_box(box)
        if entry.area.kind == kind and municipality_code in ("", entry.area.municipality_code)
    ]
    held.sort(key=lambda entry: (-entry.surface, entry.area.code))
    drawn = (_outline(areas, entry, tolerance) for entry in held[: max(0, limit)])
    return [feature for feature in drawn if feature is not None]


def box_of(area_id: int) -> Box | None:
    """The box around a current area; None when there is no such area."""
    entry = index.current().by_id.get(area_id)
    return entry.box if entry else None


def _outline(areas: AreaIndex, entry: Entry, tolerance: float) -> Feature | None:
    if entry.shape is None:
        return None
    step = max((one for one in TOLERANCES if one <= tolerance), default=TOLERANCES[0])
    key = (entry.area.id, step)
    drawn = areas.outlines.get(key)
    if drawn is None:
        drawn = areas.outlines[key] = _drawn(entry, step)
    return drawn


def _drawn(entry: Entry, tolerance: float) -> Feature:
    """The feature itself; an area too small to show at this tolerance keeps its full outline."""
    shape = shapely.simplify(entry.shape, tolerance) if tolerance else entry.shape
    if shape.is_empty:
        shape = entry.shape
    # Back and forth through text would cost more than rounding the numbers in place.
    geometry = shapely.geometry.mapping(
        shapely.transform(shape, lambda every: every.round(DECIMALS))
    )
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "slug": entry.area.slug,
            "name": entry.area.name,
            "kind": entry.area.kind,
            "approximate": entry.area.is_approximate,
        },
    }
