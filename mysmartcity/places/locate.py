"""Which areas hold a point: province, municipality, ward, suburbs. In process, without the database.

What is defined here, as boundary files are never perfect:

- A point lies in at most one municipality, one province and one ward. On a shared border it belongs to
  the one with the smaller code. A detailed outline speaks before an approximate one.
- Suburbs may lie inside each other: all that hold the point count, the larger first. On a border
  between two suburbs it is the one with the smaller code.
- Province, ward and suburb follow the municipality: one of a neighbour whose coarse outline reaches
  over the border does not count.
- A point in no municipality, but at most SHORE_METRES outside a detailed one, belongs to that: a pier,
  a beach at low tide. Further out is the sea, which lies in no municipality.
- Outside every municipality only the province is known, if its coarse outline reaches there; on the
  open sea and abroad the answer is empty.
"""

from collections.abc import Collection, Iterable

from mysmartcity.lib.geo import Point
from mysmartcity.places import index
from mysmartcity.places.index import AreaIndex, Entry, FoundArea
from mysmartcity.places.models import AreaKind

__all__ = ["SHORE_METRES", "FoundArea", "locate", "municipality_of"]

SHORE_METRES = 300.0
"""How far outside its outline a pier or beach still belongs to a municipality."""

Touching = tuple[Entry, bool]


def locate(point: Point) -> tuple[FoundArea, ...]:
    """Every area that holds the point, from large to small; empty in the sea and abroad."""
    return tuple(entry.area for entry in entries_at(index.current(), point))


def municipality_of(areas: Iterable[FoundArea]) -> FoundArea | None:
    """The one municipality among the areas of a point, or None."""
    return next((area for area in areas if area.kind == AreaKind.MUNICIPALITY), None)


def entries_at(areas: AreaIndex, point: Point) -> list[Entry]:
    """What locate() says, with shapes and boxes, from one given index."""
    touching = areas.touching(point)
    municipality = _only(touching, AreaKind.MUNICIPALITY) or _from_the_shore(areas, point)
    inside = [pair for pair in touching if _fits(pair[0], municipality, areas)]
    found = [
        _province(areas, touching, municipality),
        municipality,
        _only(inside, AreaKind.WARD),
        *_suburbs(inside),
    ]
    return [entry for entry in found if entry is not None]


def _only(touching: Iterable[Touching], kind: AreaKind) -> Entry | None:
    """The one area of a kind: detailed before approximate, within before border, smallest code."""
    held = [pair for pair in touching if pair[0].area.kind == kind]
    first = min(
        held,
        key=lambda pair: (pair[0].area.is_approximate, not pair[1], *_order(pair[0])),
        default=None,
    )
    return first[0] if first else None


def _order(entry: Entry) -> tuple[str, int]:
    return entry.area.code, entry.area.id


def _from_the_shore(areas: AreaIndex, point: Point) -> Entry | None:
    for _away, entry in areas.near(point, SHORE_METRES):
        if entry.area.kind == AreaKind.MUNICIPALITY and not entry.area.is_approximate:
            return entry
    return None


def _fits(entry: Entry, municipality: Entry | None, areas: AreaIndex) -> bool:
    """Whether a ward or suburb may count: its municipality is the point's, or is not known at all."""
    code = entry.area.municipality_code
    if code not in areas.municipalities:
        return True
    return municipality is not None and municipality.area.municipality_code == code


def _province(
    areas: AreaIndex, touching: Collection[Touching], municipality: Entry | None
) -> Entry | None:
    if municipality is not None:
        its_own = areas.province_of(municipality.area.municipality_code)
        if its_own is not None:
            return its_own
    return _only(touching, AreaKind.PROVINCE)


def _suburbs(touching: Iterable[Touching]) -> list[Entry]:
    """All suburbs that hold the point within, and one of those that only touch it; large first."""
    held = [pair for pair in touching if pair[0].area.kind == AreaKind.SUBURB]
    found = [entry for entry, is_within in held if is_within]
    found += sorted((entry for entry, is_within in held if not is_within), key=_order)[:1]
    return sorted(found, key=lambda entry: (-entry.surface, *_order(entry)))
