"""The index of all current areas that each process keeps, and how it notices a newer import.

Lives here: reading the areas once, the search trees over their shapes, and the look at the versions
(one small query at most every CHECK_SECONDS). Does not live here: what a point or a name means; see
locate.py, describe.py, shapes.py and search.py, which all ask `current()`.

A new index is built beside the old one and then takes its place in one step: a reader holds one whole
version, never half of each, and nobody but the builder waits.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Max, Sum

from mysmartcity.lib.geo import Box, Point, box_around, distance
from mysmartcity.places.models import Area, AreaKind, Layer

CHECK_SECONDS = 2.0
"""How old a process's knowledge of the versions may get."""

Signature = tuple[int, int, int]

_COLUMNS = (
    *("id", "kind", "code", "slug", "name", "municipality_code", "is_approximate"),
    *("other_names", "lat", "lng", "south", "west", "north", "east", "geometry"),
)


@dataclass(frozen=True, slots=True)
class FoundArea:
    """An area without its shape: what pages and rules need to know of it."""

    id: int
    kind: str
    code: str
    slug: str
    name: str
    municipality_code: str
    is_approximate: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """An area in the index. `shape` is None for a place; `surface` is in square degrees."""

    area: FoundArea
    other_names: tuple[str, ...]
    point: Point
    box: Box
    shape: Any
    surface: float


class AreaIndex:
    """Everything about the current areas, never changed after it is built."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.by_id = {entry.area.id: entry for entry in self.entries}
        self._shaped = [entry for entry in self.entries if entry.shape is not None]
        self._shapes = np.array([entry.shape for entry in self._shaped], dtype=object)
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._places = [entry for entry in self.entries if entry.area.kind == AreaKind.PLACE]
        self._place_tree = shapely.STRtree(
            [shapely.Point(place.point.lng, place.point.lat) for place in self._places]
        )
        self.municipalities = {
            entry.area.municipality_code: entry
            for entry in self._shaped
            if entry.area.kind == AreaKind.MUNICIPALITY
        }
        self.outlines: dict[tuple[int, float], Any] = {}
        self._provinces = {
            code: self._province_at(entry.point) for code, entry in self.municipalities.items()
        }

    def touching(self, point: Point) -> list[tuple[Entry, bool]]:
        """Shaped areas that hold the point, each with whether it lies within, not on the border."""
        place = shapely.Point(point.lng, point.lat)
        near = self._tree.query(place)
        if not len(near):
            return []
        shapes = self._shapes[near]
        holds = shapely.intersects(shapes, place)
        within = shapely.contains_properly(shapes, place)
        return [
            (self._shaped[which], bool(inner))
            for which, inner in zip(near[holds], within[holds], strict=True)
        ]

    def near(self, point: Point, metres: float) -> list[tuple[float, Entry]]:
        """Shaped areas within so many metres of the point, with the distance, nearest first."""
        box = box_around(point, metres)
        hits = self._tree.query(shapely.box(box.west, box.south, box.east, box.north))
        place = shapely.Point(point.lng, point.lat)
        found = []
        for which in hits:
            line = shapely.shortest_line(self._shapes[which], place)
            lng, lat = shapely.get_coordinates(line)[0]
            away = distance(point, Point(float(lat), float(lng)))
            if away <= metres:
                found.append((away, self._shaped[which]))
        return sorted(found, key=lambda pair: (pair[0], pair[1].area.code))

    def nearest_place(
        self, point: Point, metres: float, *, municipality_code: str = ""
    ) -> Entry | None:
        """The nearest named place point of a municipality (any when empty) within some metres."""
        box = box_around(point, metres)
        hits = self._place_tree.query(shapely.box(box.west, box.south, box.east, box.north))
        found = [
            (distance(point, place.point), place.area.code, place)
            for place in (self._places[which] for which in hits)
            if municipality_code in ("", place.area.municipality_code)
        ]
        nearest = min(found, key=lambda one: one[:2], default=None)
        return nearest[2] if nearest is not None and nearest[0] <= metres else None

    def in_box(self, box: Box) -> list[Entry]:
        """Shaped areas whose own box meets this one."""
        hits = self._tree.query(shapely.box(box.west, box.south, box.east, box.north))
        return [self._shaped[which] for which in sorted(hits)]

    def province_of(self, municipality_code: str) -> Entry | None:
        """The province that holds the middle of a municipality."""
        return self._provinces.get(municipality_code)

    def _province_at(self, point: Point) -> Entry | None:
        held = [entry for entry, _ in self.touching(point) if entry.area.kind == AreaKind.PROVINCE]
        return min(held, key=lambda entry: entry.area.code, default=None)


def build() -> AreaIndex:
    """An index of the areas as they stand in the database now."""
    rows = Area.objects.current().order_by("kind", "code", "id").values_list(*_COLUMNS)
    return AreaIndex(_without_twins([_entry(row) for row in rows.iterator(chunk_size=500)]))


def _entry(row: tuple[Any, ...]) -> Entry:
    area = FoundArea(*row[:7])
    if area.kind == AreaKind.MUNICIPALITY and not area.municipality_code:
        area = replace(area, municipality_code=area.code)
    other_names, lat, lng, south, west, north, east, geometry = row[7:]
    shape = None if geometry is None else shapely.from_wkb(bytes(geometry))
    return Entry(
        area=area,
        other_names=tuple(name for name in other_names.split("|") if name),
        point=Point(lat, lng),
        box=Box(south, west, north, east),
        shape=shape,
        surface=0.0 if shape is None else float(shape.area),
    )


def _without_twins(entries: Iterable[Entry]) -> list[Entry]:
    """A municipality known in detail is not also there from a coarse file."""
    kept = list(entries)
    detailed = {
        entry.area.municipality_code
        for entry in kept
        if entry.area.kind == AreaKind.MUNICIPALITY and not entry.area.is_approximate
    }
    return [
        entry
        for entry in kept
        if not (
            entry.area.kind == AreaKind.MUNICIPALITY
            and entry.area.is_approximate
            and entry.area.municipality_code in detailed
        )
    ]


# --- One index per process ------------------------------------------------------------------------


@dataclass
class _Kept:
    """What this process holds. `index` is replaced as a whole; the lock is for builders only."""

    index: AreaIndex | None = None
    signature: Signature | None = None
    look_at: float = 0.0
    building: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def current() -> AreaIndex:
    """The index of this process, at most CHECK_SECONDS behind the last import."""
    held = _kept.index
    if held is not None and time.monotonic() < _kept.look_at:
        return held
    # Whoever comes while another thread builds goes on with the old index, if there is one.
    if held is None:
        _kept.building.acquire()
    elif not _kept.building.acquire(blocking=False):
        return held
    try:
        return _renewed()
    finally:
        _kept.building.release()


def _renewed() -> AreaIndex:
    """The index after a look at the versions. The caller holds the lock."""
    if _kept.index is not None and time.monotonic() < _kept.look_at:
        return _kept.index
    # Read before the areas: an import that lands in between is then seen again at the next look.
    signature = _signature()
    if _kept.index is None or signature != _kept.signature:
        _kept.index = build()
        _kept.signature = signature
    _kept.look_at = time.monotonic() + CHECK_SECONDS
    return _kept.index


def _signature() -> Signature:
    seen = Layer.objects.aggregate(Sum("version"), Count("pk"), Max("pk"))
    return seen["version__sum"] or 0, seen["pk__count"], seen["pk__max"] or 0


def look_again() -> None:
    """Look at the versions at the next question, however short ago the last look was."""
    _kept.look_at = 0.0


def forget() -> None:
    """Drop the index, as at the start of the process; tests call it between two databases."""
    _kept.index = _kept.signature = None
    _kept.look_at = 0.0
