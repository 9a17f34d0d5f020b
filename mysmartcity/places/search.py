"""Finding suburbs, wards, towns and landmarks by a typed name: offline, in process, forgiving typos.

Lives here: what a typed text may mean (a point, a ward's number, a name with or without its city) and
the order of the answers. The names themselves are in wordlist.py; street addresses are in geocode.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from mysmartcity.lib.geo import BadPoint, Point, distance, read_point
from mysmartcity.lib.text import fold
from mysmartcity.places import index
from mysmartcity.places.describe import describe
from mysmartcity.places.index import AreaIndex, Entry
from mysmartcity.places.models import AreaKind
from mysmartcity.places.names import everyday_name
from mysmartcity.places.wordlist import WordList, wordlist

MAX_TEXT = 120
SAME_PLACE_METRES = 10_000.0
"""Two areas of one name and municipality closer than this are one place for whoever searches."""

_POINT = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_WARD = re.compile(r"(?:ward|wyk|wards)? ?(\d{1,3})")

# Points on the scale of 0 to 100 that the likeness of names has. Small against a typing mistake (a
# wrong letter in ten costs about 10), so they order what reads alike and never beat a better name.
_KIND_BONUS = {
    AreaKind.MUNICIPALITY: 3.0,
    AreaKind.SUBURB: 2.0,
    AreaKind.PLACE: 1.0,
    AreaKind.PROVINCE: 0.5,
    AreaKind.WARD: 0.0,
}
_OWN_MUNICIPALITY_BONUS = 8.0
_NAMED_MUNICIPALITY_BONUS = 15.0
_NEAR_BONUS = 6.0
_NEAR_METRES = 30_000.0


@dataclass(frozen=True)
class Hit:
    """A place that a text may mean. `kind` is an AreaKind, "point" or "address"; `slug` may be ""."""

    name: str
    kind: str
    detail: str
    lat: float
    lng: float
    slug: str
    score: float


@dataclass(frozen=True)
class _Asked:
    """What was asked: the folded name, the municipality typed beside it, and where the person is."""

    name: str
    named_municipality: str
    own_municipality: str
    near: Point | None


def search(
    text: str, *, municipality_code: str | None = None, near: Point | None = None, limit: int = 8
) -> list[Hit]:
    """Places for a typed text, best first; what lies in the municipality or near comes first.

    Understands "woodstock", "Woodstock, Cape Town", "ward 57" and "-33.92, 18.42". Never raises for
    any text; [] when nothing is alike.
    """
    typed = text[:MAX_TEXT]
    if _POINT.fullmatch(typed):
        return _point_hits(typed)
    areas = index.current()
    words = wordlist(areas)
    asked = _understood(typed, words, municipality_code or "", near)
    if not asked.name:
        return []
    scored = [(_score(entry, likeness, asked), entry) for likeness, entry in _alike(asked, words)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].area.name, pair[1].area.id))
    return [_hit(entry, score, areas) for score, entry in _without_doubles(scored, limit)]


def _point_hits(typed: str) -> list[Hit]:
    """A typed pair of numbers as a place, if it is one."""
    match = _POINT.fullmatch(typed)
    try:
        point = read_point(match[1], match[2]) if match else None
    except BadPoint:
        return []
    if point is None:
        return []
    name = f"{point.lat:.5f}, {point.lng:.5f}"
    return [Hit(name, "point", describe(point), point.lat, point.lng, "", 100.0)]


def _understood(typed: str, words: WordList, own: str, near: Point | None) -> _Asked:
    """The text without the municipality at its end, if there is one."""
    asked = _Asked(fold(typed), "", own, near)
    before, comma, after = typed.rpartition(",")
    if comma and (code := words.municipality_named(fold(after))):
        return replace(asked, name=fold(before), named_municipality=code)
    name_words = [] if words.knows(asked.name) else asked.name.split()
    for size in (3, 2, 1):
        code = words.municipality_named(" ".join(name_words[-size:]))
        if code and len(name_words) > size:
            return replace(asked, name=" ".join(name_words[:-size]), named_municipality=code)
    return asked


def _alike(asked: _Asked, words: WordList) -> Iterator[tuple[float, Entry]]:
    ward = _WARD.fullmatch(asked.name)
    if ward:
        for entry in words.wards_numbered(int(ward[1])):
            yield 100.0, entry
    else:
        yield from words.alike(asked.name)


def _score(entry: Entry, likeness: float, asked: _Asked) -> float:
    """Likeness of the name, and small things that decide between equals."""
    score = likeness + _KIND_BONUS[AreaKind(entry.area.kind)]
    code = entry.area.municipality_code
    if code and code == asked.named_municipality:
        score += _NAMED_MUNICIPALITY_BONUS
    if code and code == asked.own_municipality:
        score += _OWN_MUNICIPALITY_BONUS
    if asked.near is not None:
        away = distance(asked.near, entry.point)
        score += _NEAR_BONUS * max(0.0, 1 - away / _NEAR_METRES)
    return score


def _without_doubles(
    scored: list[tuple[float, Entry]], limit: int
) -> Iterator[tuple[float, Entry]]:
    """The first `limit` hits, each place once: a suburb's outline and its point are one place."""
    kept: dict[tuple[str, str], list[Point]] = {}
    left = limit
    for score, entry in scored:
        if left <= 0:
            return
        same = kept.setdefault((fold(entry.area.name), entry.area.municipality_code), [])
        if any(distance(point, entry.point) <= SAME_PLACE_METRES for point in same):
            continue
        same.append(entry.point)
        left -= 1
        yield score, entry


def _hit(entry: Entry, score: float, areas: AreaIndex) -> Hit:
    area, point = entry.area, entry.point
    detail = _detail(entry, areas)
    return Hit(area.name, area.kind, detail, point.lat, point.lng, area.slug, round(score, 1))


def _detail(entry: Entry, areas: AreaIndex) -> str:
    """What tells two hits of one name apart: `Suburb in Cape Town`."""
    kind, code = AreaKind(entry.area.kind), entry.area.municipality_code
    around = areas.municipalities.get(code)
    if kind == AreaKind.MUNICIPALITY:
        around = areas.province_of(code)
    if around is None or around is entry:
        return str(kind.label)
    return _("%(kind)s in %(place)s") % {
        "kind": kind.label,
        "place": everyday_name(around.area.name),
    }
