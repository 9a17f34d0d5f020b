"""A map without JavaScript and without tiles: outlines and pins, drawn as SVG on plain paper.

Gives numbers and path data; the template `look/map_drawing.html` writes the SVG.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mysmartcity.lib.geo import COARSE_RESOLUTION, EARTH_RADIUS, Box, Point, box_around
from mysmartcity.places import shapes

WIDTH: Final = 640
HEIGHT: Final = 420
_FURTHER_OFF: Final = 6
_COARSE_METRES: Final = 200.0 if COARSE_RESOLUTION == 9 else 530.0


@dataclass(frozen=True)
class Mark:
    """A pin or a cluster on the drawing; x, y and r in the drawing's units."""

    x: float
    y: float
    r: float
    label: str
    href: str = ""
    count: int = 0
    tone: str = ""
    is_coarse: bool = False


@dataclass(frozen=True)
class Outline:
    """An area's border as SVG path data."""

    d: str
    name: str
    is_focus: bool = False


@dataclass
class Drawing:
    """What there is to draw in a box."""

    box: Box
    outlines: list[Outline] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class _Paper:
    """Turns degrees into units of the drawing; over a city the earth is flat enough."""

    middle_lat: float
    middle_lng: float
    up: float
    across: float

    def at(self, lat: float, lng: float) -> tuple[float, float]:
        x = WIDTH / 2 + (lng - self.middle_lng) * self.across
        y = HEIGHT / 2 - (lat - self.middle_lat) * self.up
        return round(x, 1), round(y, 1)


def _paper(box: Box) -> _Paper:
    squeeze = math.cos(math.radians((box.south + box.north) / 2))
    across = max((box.east - box.west) * squeeze, 1e-6)
    scale = min(WIDTH / across, HEIGHT / max(box.north - box.south, 1e-6))
    middle_lat, middle_lng = (box.south + box.north) / 2, (box.west + box.east) / 2
    return _Paper(middle_lat, middle_lng, up=scale, across=scale * squeeze)


def one_pin(lat: float, lng: float, *, metres: float, coarse: bool) -> Drawing:
    """The surroundings of one issue: a pin, or a circle when only the neighbourhood is public."""
    box = box_around(Point(lat, lng), metres)
    outlines = _outlines(box, "suburb")
    if not outlines:
        # Between the suburbs a pin on empty paper says nothing: then the wards, from further off.
        box = box_around(Point(lat, lng), metres * _FURTHER_OFF)
        outlines = _outlines(box, "ward")
    drawing = Drawing(box, outlines)
    paper = _paper(box)
    x, y = paper.at(lat, lng)
    radius = math.degrees(_COARSE_METRES / EARTH_RADIUS) * paper.up if coarse else 0.0
    drawing.marks.append(Mark(x, y, radius, "", is_coarse=coarse))
    return drawing


def drawing(
    box: Box, *, clusters: Iterable[Mapping[str, Any]], kind: str, focus_id: int | None = None
) -> Drawing:
    """A box with the borders of a kind of area and clusters: {lat, lng, count, label, href, tone}."""
    made = Drawing(box, _outlines(box, kind))
    if focus_id is not None:
        feature = shapes.outline(focus_id, tolerance=_tolerance(box))
        if feature is not None:
            made.outlines.append(_outline(feature, _paper(box), is_focus=True))
    paper = _paper(box)
    for its in clusters:
        x, y = paper.at(its["lat"], its["lng"])
        count = its.get("count", 0)
        radius = min(34.0, 10 + 3.2 * math.log2(count + 1)) if count > 1 else 9.0
        made.marks.append(
            Mark(x, y, radius, its["label"], its.get("href", ""), count, its.get("tone", ""))
        )
    return made


def _tolerance(box: Box) -> float:
    """About one unit of the drawing."""
    return (box.north - box.south) / HEIGHT


def _outlines(box: Box, kind: str) -> list[Outline]:
    paper = _paper(box)
    found = shapes.outlines_in(box, kind=kind, tolerance=_tolerance(box), limit=80)
    return [_outline(feature, paper, is_focus=False) for feature in found]


def _outline(feature: Mapping[str, Any], paper: _Paper, *, is_focus: bool) -> Outline:
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = [_ring(ring, paper) for polygon in polygons for ring in polygon]
    return Outline("".join(rings), feature["properties"]["name"], is_focus)


def _ring(ring: Sequence[Sequence[float]], paper: _Paper) -> str:
    points = (paper.at(point[1], point[0]) for point in ring)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"
