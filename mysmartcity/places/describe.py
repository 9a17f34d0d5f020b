"""A point in words that a neighbour would use: `Woodstock, Cape Town`.

No street addresses: those need a geocoder (geocode.py) or the words of the person who reports.
"""

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from mysmartcity.lib.geo import EARTH_RADIUS, Point
from mysmartcity.places import index
from mysmartcity.places.index import AreaIndex, Entry
from mysmartcity.places.locate import entries_at
from mysmartcity.places.models import AreaKind
from mysmartcity.places.names import everyday_name

NEAR_METRES = 2_000.0
"""How far a named place may be for us to say "near"."""

MAX_SUBURB_KM2 = 40.0
"""A suburb outline larger than this is a whole town; a named place close by says more."""


def describe(point: Point) -> str:
    """Suburb and municipality of a point; without a suburb the nearest named place, or the ward.

    Outside every municipality the province, and an empty text in the sea or abroad.
    """
    areas = index.current()
    found = entries_at(areas, point)
    municipality = _first(found, AreaKind.MUNICIPALITY)
    if municipality is None:
        province = _first(found, AreaKind.PROVINCE)
        return province.area.name if province else ""
    city = everyday_name(municipality.area.name)
    part = _part(areas, point, found, municipality)
    return f"{part}, {city}" if part else city


def _first(found: Sequence[Entry], kind: AreaKind) -> Entry | None:
    return next((entry for entry in found if entry.area.kind == kind), None)


def _part(areas: AreaIndex, point: Point, found: Sequence[Entry], municipality: Entry) -> str:
    """Which part of the municipality; empty when nothing is known."""
    city = everyday_name(municipality.area.name)
    suburbs = [
        entry for entry in found if entry.area.kind == AreaKind.SUBURB and entry.area.name != city
    ]
    smallest = suburbs[-1] if suburbs else None
    if smallest is not None and surface_km2(smallest) <= MAX_SUBURB_KM2:
        return smallest.area.name
    code = municipality.area.municipality_code
    place = areas.nearest_place(point, NEAR_METRES, municipality_code=code)
    if place is not None and smallest is not None and place.area.name == smallest.area.name:
        return smallest.area.name
    if place is not None and place.area.name != city:
        return _("near %(place)s") % {"place": place.area.name}
    ward = _first(found, AreaKind.WARD)
    last = smallest or ward
    return last.area.name if last else ""


def surface_km2(entry: Entry) -> float:
    """About how large an area is."""
    degree_km = EARTH_RADIUS * math.pi / 180 / 1000
    return entry.surface * degree_km**2 * math.cos(math.radians(entry.point.lat))
