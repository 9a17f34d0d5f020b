"""Points, boxes and cells. Coordinates are parsed to floats here and nowhere else.

Latitudes and longitudes are WGS 84 degrees in the order (lat, lng), distances are metres.
"""

import math
from dataclasses import dataclass

import h3

EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""

COARSE_RESOLUTION = 9
"""H3 cells of about 0.1 km2 (edge 201 m): what the public sees of a fault at somebody's home."""


class BadPoint(ValueError):
    """The text or numbers are not a place on earth."""


@dataclass(frozen=True)
class Point:
    """A place on earth."""

    lat: float
    lng: float

    def __post_init__(self) -> None:
        ok = math.isfinite(self.lat) and math.isfinite(self.lng)
        if not ok or not (-90 <= self.lat <= 90 and -180 <= self.lng <= 180):
            raise BadPoint(f"not a place on earth: {self.lat}, {self.lng}")


@dataclass(frozen=True)
class Box:
    """A box of the map that does not cross the date line."""

    south: float
    west: float
    north: float
    east: float


def read_number(text: str) -> float:
    """A coordinate from text; BadPoint for anything but a plain finite decimal number."""
    try:
        value = float(text)
    except (TypeError, ValueError) as error:
        raise BadPoint(f"not a number: {text!r:.40}") from error
    if not math.isfinite(value) or "_" in text:
        raise BadPoint(f"not a number: {text!r:.40}")
    return value


def read_point(lat: str, lng: str) -> Point:
    """A point from two texts."""
    return Point(read_number(lat), read_number(lng))


def read_box(text: str) -> Box:
    """A box from `west,south,east,north` (the order of GeoJSON)."""
    parts = text.split(",")
    if len(parts) != 4:
        raise BadPoint("a box is west,south,east,north")
    west, south, east, north = (read_number(part) for part in parts)
    low, high = Point(south, west), Point(north, east)
    if low.lat >= high.lat or low.lng >= high.lng:
        raise BadPoint("a box is west,south,east,north, smaller first")
    return Box(low.lat, low.lng, high.lat, high.lng)


def distance(a: Point, b: Point) -> float:
    """Great-circle distance in metres (haversine)."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = math.sin((phi_b - phi_a) / 2) ** 2
    half_lng = math.sin(math.radians(b.lng - a.lng) / 2) ** 2
    chord = half_lat + math.cos(phi_a) * math.cos(phi_b) * half_lng
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(chord))


def box_around(point: Point, metres: float) -> Box:
    """The smallest box that holds the circle of `metres` around a point."""
    d_lat = math.degrees(metres / EARTH_RADIUS)
    d_lng = d_lat / max(math.cos(math.radians(point.lat)), 0.01)
    return Box(point.lat - d_lat, point.lng - d_lng, point.lat + d_lat, point.lng + d_lng)


def cell(point: Point, resolution: int) -> int:
    """The H3 cell that holds a point, as a signed 64-bit number for a bigint column."""
    return int(h3.str_to_int(h3.latlng_to_cell(point.lat, point.lng, resolution)))


def cell_centre(number: int) -> Point:
    """The middle of an H3 cell."""
    lat, lng = h3.cell_to_latlng(h3.int_to_str(number))
    return Point(lat, lng)


def parent_cell(number: int, resolution: int) -> int:
    """The coarser cell that an H3 cell belongs to."""
    return int(h3.str_to_int(h3.cell_to_parent(h3.int_to_str(number), resolution)))


def coarse(point: Point) -> Point:
    """The point the public may see of a private place: the middle of its cell, never the place."""
    return cell_centre(cell(point, COARSE_RESOLUTION))
