"""Counts for the map: how many issues lie in each cell, at every zoom.

Far out the counts come from the appended changes: without filters from ListedDelta, where a city is a
few hundred rows, under filters that it knows from CellDelta; closer in, and under other filters, from
the issues in the box. Cells are
H3; resolution 2 is about 320 km across, 5 about 17 km, 7 about 2.4 km, 9 about 350 m. Only public
points are used.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import h3
from django.db import connection
from django.db.models import Avg, Count, Sum

from mysmartcity.issues.models import CellDelta
from mysmartcity.issues.queries import IssueQuerySet
from mysmartcity.lib import geo
from mysmartcity.lib.geo import Box

COARSEST: Final = 5
COARSEST_SUMMED: Final = 7
FINEST: Final = 9
PIN_ZOOM: Final = 16
FEW: Final = 100
"""So many issues or fewer in a box are drawn one by one."""

_APART_PIXELS: Final = 50
"""Two circles nearer than this would lie on each other, and a thumb could not tell them apart."""

_WIDE_DEGREES: Final = 3.0
_MARGIN_DEGREES: Final = 0.12
"""Half a coarsest cell: its middle may lie in the box although none of its corners does."""


@dataclass(frozen=True)
class Cluster:
    """So many issues around a point."""

    lat: float
    lng: float
    count: int


def resolution_for(zoom: int) -> int:
    """The H3 resolution whose cells are 50 to 120 pixels wide at a zoom of the web map."""
    steps = ((5, 2), (7, 3), (8, 4), (9, 5), (11, 6), (12, 7), (14, 8))
    return next((resolution for most, resolution in steps if zoom <= most), FINEST)


def summed(
    *,
    box: Box,
    resolution: int,
    statuses: Collection[str],
    category_ids: Collection[int] | None = None,
) -> list[Cluster]:
    """Clusters at resolution 2 to 7 in a box, from the appended changes; `None`: every category."""
    rows = CellDelta.objects.filter(status__in=statuses)
    if category_ids is not None:
        rows = rows.filter(category_id__in=category_ids)
    near = _coarsest_cells(box)
    if near is not None:
        rows = rows.filter(cell5__in=near)
    name = f"cell{max(resolution, COARSEST)}"
    sums = rows.values_list(name).annotate(total=Sum("count")).filter(total__gt=0)
    middles = ((number, total, geo.cell_centre(number)) for number, total in sums)
    inside = [
        (number, total, middle.lat, middle.lng)
        for number, total, middle in middles
        if box.south <= middle.lat <= box.north and box.west <= middle.lng <= box.east
    ]
    if resolution >= COARSEST:
        return [Cluster(lat, lng, total) for _cell, total, lat, lng in inside]
    return _merged(inside, resolution)


_SUM_LISTED: Final = """, sum(count) FROM issues_listeddelta
WHERE %(near)s::bigint[] IS NULL OR cell5 = ANY(%(near)s)
GROUP BY 1 HAVING sum(count) > 0
"""
_LISTED: Final = {
    resolution: "".join(["SELECT ", column, _SUM_LISTED])
    for resolution, column in ((5, "cell5"), (6, "cell6"), (7, "cell7"), (8, "cell8"))
}
FINEST_LISTED: Final = max(_LISTED)

_REACH_DEGREES: Final = {5: 0.16, 6: 0.07, 7: 0.022, 8: 0.008}
"""More than any issue lies from the middle of its cell, also from east to west in the far south."""


def listed(*, box: Box, resolution: int) -> tuple[list[Cluster], int]:
    """Clusters of all that is listed in a box at resolution 2 to 8, and how many it holds at least."""
    column = max(resolution, COARSEST)
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[column], {"near": _coarsest_cells(box)})
        rows = cursor.fetchall()
    reach, least, inside = _REACH_DEGREES[column], 0, []
    for number, total in rows:
        lat, lng = _middle(number)
        if box.south <= lat <= box.north and box.west <= lng <= box.east:
            inside.append((number, int(total), lat, lng))
            is_whole = lat - reach >= box.south and lat + reach <= box.north
            if is_whole and lng - reach >= box.west and lng + reach <= box.east:
                least += int(total)
    if resolution >= COARSEST:
        return [Cluster(lat, lng, total) for _cell, total, lat, lng in inside], least
    return _merged(inside, resolution), least


@lru_cache(maxsize=16_384)
def _middle(number: int) -> tuple[float, float]:
    """Latitude and longitude of a cell's middle; every map of a city asks for the same few hundred."""
    middle = geo.cell_centre(number)
    return middle.lat, middle.lng


def _coarsest_cells(box: Box) -> list[int] | None:
    """The coarsest cells over a box and a margin; None for a box so wide that all are read."""
    if box.north - box.south > _WIDE_DEGREES or box.east - box.west > _WIDE_DEGREES:
        return None
    south, north = box.south - _MARGIN_DEGREES, box.north + _MARGIN_DEGREES
    west, east = box.west - _MARGIN_DEGREES, box.east + _MARGIN_DEGREES
    shape = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    return [h3.str_to_int(cell) for cell in h3.h3shape_to_cells(shape, COARSEST)]


def counted(*, issues: IssueQuerySet, resolution: int) -> list[Cluster]:
    """Clusters of a query's issues (already inside a box) at a resolution of 2 to 9, each at the middle
    of its issues' public points."""
    column = f"cell{max(resolution, COARSEST_SUMMED)}"
    rows: Any = (
        issues.order_by()
        .values_list(column)
        .annotate(total=Count("pk"), lat=Avg("public_lat"), lng=Avg("public_lng"))
    )
    if resolution >= COARSEST_SUMMED:
        return [Cluster(lat, lng, total) for _cell, total, lat, lng in rows]
    return _merged(rows, resolution)


def _merged(rows: Any, resolution: int) -> list[Cluster]:
    """Cells put together into coarser ones, weighted by their counts."""
    sums: dict[int, tuple[int, float, float]] = {}
    for cell, total, lat, lng in rows:
        parent = geo.parent_cell(cell, resolution)
        count, lats, lngs = sums.get(parent, (0, 0.0, 0.0))
        sums[parent] = (count + total, lats + lat * total, lngs + lng * total)
    return [Cluster(lats / count, lngs / count, count) for count, lats, lngs in sums.values()]


def set_apart(found: Collection[Cluster], *, zoom: int) -> list[Cluster]:
    """Clusters whose circles would touch on the web map at a zoom, put together into the larger one.

    One look at the neighbours in a grid of the circles' size, so it costs little with hundreds.
    """
    scale = 256 * 2**zoom / _APART_PIXELS
    grid: dict[tuple[int, int], tuple[float, float, Cluster]] = {}
    for one in sorted(found, key=lambda cluster: -cluster.count):
        x = (one.lng + 180) / 360 * scale
        y = (1 - math.asinh(math.tan(math.radians(one.lat))) / math.pi) / 2 * scale
        column, row = int(x), int(y)
        home = column, row
        around = ((column + right, row + down) for right in (-1, 0, 1) for down in (-1, 0, 1))
        for place in around:
            near = grid.get(place)
            if near is None:
                continue
            # A square of the grid holds one circle, also where two would just fit in it.
            if place == home or (near[0] - x) ** 2 + (near[1] - y) ** 2 < 1:
                kept = near[2]
                total = kept.count + one.count
                grid[place] = near[0], near[1], Cluster(kept.lat, kept.lng, total)
                break
        else:
            grid[home] = x, y, one
    return [cluster for _x, _y, cluster in grid.values()]
