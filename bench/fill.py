"""Fills an empty platform with issues as a city of some years would have them, and says what is there.

Called inside a Django shell of the platform: `fill(issues=100_000, out=Path(...))`. Points lie around real
suburbs and wards of the five metros; their areas are found by the platform's own code, for some
thousand places that the issues share. The statements are in fill_sql.py.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from bench.fill_sql import STATEMENTS, TABLES
from mysmartcity.issues.models import Jurisdiction, Question
from mysmartcity.lib import geo, ids
from mysmartcity.lib.geo import Point
from mysmartcity.people.actions import issue_api_key
from mysmartcity.places.locate import locate
from mysmartcity.places.models import Area

PLACES_PER_METRO = 1000
SPREAD = 0.01
"""Degrees (a kilometre) around the middle of a suburb or ward."""

CLOSE = 0.0004
"""Degrees (40 metres): issues of one place lie this far apart."""

REPORTED_CITY, REPORTED_CODE = "capetown", "pothole"


@dataclass(frozen=True)
class Place:
    """A place where things break, and what the platform knows of it."""

    jurisdiction: Jurisdiction
    point: Point
    area_ids: Sequence[int]
    name: str


def places(chance: random.Random) -> list[Place]:
    """Some thousand places inside the metros."""
    found: list[Place] = []
    for jurisdiction in Jurisdiction.objects.select_related("area").order_by("id"):
        code = jurisdiction.area.municipality_code
        middles = list(
            Area.objects.filter(municipality_code=code, kind__in=("suburb", "ward"))
            .order_by("id")
            .values_list("lat", "lng")
        )
        wanted = len(found) + PLACES_PER_METRO
        while len(found) < wanted:
            lat, lng = chance.choice(middles)
            point = Point(lat + chance.gauss(0, SPREAD), lng + chance.gauss(0, SPREAD))
            areas = locate(point)
            if jurisdiction.area_id in {area.id for area in areas}:
                names = [area.name for area in areas if area.kind in ("suburb", "ward")]
                name = ", ".join(reversed(names))[:200]
                found.append(Place(jurisdiction, point, [area.id for area in areas], name))
    return found


def seeds(count: int, known: Sequence[Place], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """One row for each issue to come: number, place, reference, true and coarse point, cells."""
    taken: set[str] = set()
    for number in range(1, count + 1):
        which = min(int(chance.expovariate(3) * len(known)), len(known) - 1)
        # Neighbours in the list are of one metro; the step mixes them.
        which = which * 7919 % len(known)
        place = known[which]
        point = Point(
            place.point.lat + chance.uniform(-CLOSE, CLOSE),
            place.point.lng + chance.uniform(-CLOSE, CLOSE),
        )
        reference = ids.new_reference(place.jurisdiction.prefix)
        while reference in taken:
            reference = ids.new_reference(place.jurisdiction.prefix)
        taken.add(reference)
        cells = [geo.cell(point, resolution) for resolution in (5, 6, 7, 8, 9)]
        middle = geo.cell_centre(cells[-1])
        yield (
            *(number, which, reference, point.lat, point.lng, middle.lat, middle.lng),
            *cells,
        )


def fill(*, issues: int, out: Path) -> None:
    """Make the issues and write the facts that the requests are made from."""
    chance = random.Random(1)
    known = places(chance)
    write(issues=issues, known=known, chance=chance)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
    out.write_text(json.dumps(facts(known, chance)))


def write(*, issues: int, known: Sequence[Place], chance: random.Random) -> None:
    """The issues, and everything that hangs on them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(TABLES)
        with cursor.copy("COPY bench_place FROM STDIN") as copy:
            for number, place in enumerate(known):
                areas = "{" + ",".join(map(str, place.area_ids)) + "}"
                copy.write_row((number, place.jurisdiction.pk, areas, place.name))
        with cursor.copy("COPY bench_seed FROM STDIN") as copy:
            for row in seeds(issues, known, chance):
                copy.write_row(row)
        for statement in STATEMENTS:
            cursor.execute(statement)


def facts(known: Sequence[Place], chance: random.Random) -> dict[str, Any]:
    """What the requests need to know: a key, a city, its points, references."""
    city = Jurisdiction.objects.get(slug=REPORTED_CITY)
    _row, key = issue_api_key(name="bench")
    asked = Question.objects.filter(
        category__jurisdiction=city, category__code=REPORTED_CODE, is_required=True
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference FROM issues_issue WHERE status <> ALL(ARRAY['hidden','withdrawn',"
            "'merged']) AND jurisdiction_id = %s ORDER BY random() LIMIT 3000",
            [city.pk],
        )
        references = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT count(*) FROM issues_issue")
        (count,) = cursor.fetchone()
    points = [place.point for place in known if place.jurisdiction.pk == city.pk]
    area = city.area
    return {
        "issues": count,
        "key": key,
        "city": city.slug,
        "city_id": city.pk,
        "code": REPORTED_CODE,
        "answers": {one.code: (one.choices[0]["key"] if one.choices else "1") for one in asked},
        "points": [(point.lat, point.lng) for point in chance.sample(points, 500)],
        "city_box": (area.south, area.west, area.north, area.east),
        "centre": (city.lat, city.lng),
        "references": references,
    }
