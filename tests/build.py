"""Plain builders for tests: each makes one valid thing, everything named by keyword."""

import itertools
from collections.abc import Sequence
from typing import Any

import shapely

from mysmartcity.dispatch.models import Responsibility
from mysmartcity.issues.actions import NewIssue, Reported, report_issue
from mysmartcity.issues.models import Category, Jurisdiction, Question
from mysmartcity.lib.geo import Point
from mysmartcity.people.models import Body, BodyKind, Person, Role
from mysmartcity.places import index
from mysmartcity.places.models import Area, Layer

_count = itertools.count(1)

CITY_BOX = (18.3, -34.4, 18.9, -33.5)
"""west, south, east, north of the test city: about where Cape Town lies."""

CITY_POINT = Point(-33.9249, 18.4241)


def layer(*, name: str = "", kind: str = "municipality") -> Layer:
    """A layer in its first version."""
    return Layer.objects.create(name=name or f"layer-{next(_count)}", kind=kind, version=1)


def area(
    *,
    name: str = "Test City",
    kind: str = "municipality",
    code: str = "",
    box: Sequence[float] = CITY_BOX,
    municipality_code: str = "",
    in_layer: Layer | None = None,
) -> Area:
    """A rectangular area; `box` is west, south, east, north."""
    number = next(_count)
    west, south, east, north = box
    shape = shapely.box(west, south, east, north)
    its_layer = in_layer or layer(kind=kind)
    Layer.objects.filter(pk=its_layer.pk).update(version=number + 1)
    index.look_again()
    return Area.objects.create(
        layer=its_layer,
        kind=kind,
        code=code or f"T{number}",
        slug=f"area-{number}",
        name=name,
        municipality_code=municipality_code,
        lat=(south + north) / 2,
        lng=(west + east) / 2,
        south=south,
        west=west,
        north=north,
        east=east,
        geometry=shapely.to_wkb(shape),
    )


def body(
    *, slug: str = "", name: str = "City of Testing", kind: str = BodyKind.MUNICIPALITY
) -> Body:
    """A body."""
    return Body.objects.create(slug=slug or f"body-{next(_count)}", name=name, kind=kind)


def jurisdiction(
    *, slug: str = "capetown", prefix: str = "CPT", name: str = "Cape Town", **its: Any
) -> Jurisdiction:
    """A municipality with an area of its own."""
    its_area = its.get("area") or area(name=name, code=prefix, municipality_code=prefix)
    return Jurisdiction.objects.create(
        slug=slug,
        name=name,
        prefix=prefix,
        body=its.get("body") or body(slug=f"city-{slug}", name=f"City of {name}"),
        area=its_area,
        lat=its_area.lat,
        lng=its_area.lng,
    )


def category(
    *, of: Jurisdiction | None = None, code: str = "pothole", name: str = "Pothole", **its: Any
) -> Category:
    """A category of a jurisdiction (a new one when none is given)."""
    where = of or Jurisdiction.objects.first() or jurisdiction()
    return Category.objects.create(
        jurisdiction=where, code=code, name=name, **{"group": "roads", **its}
    )


def question(*, of: Category, code: str = "size", **its: Any) -> Question:
    """A question of a category."""
    position = its.pop("position", of.questions.count() + 1)
    defaults = {"text": "How big is it?", "datatype": "string"}
    return Question.objects.create(category=of, code=code, position=position, **{**defaults, **its})


def responsibility(*, of: Jurisdiction, by: Body, **its: Any) -> Responsibility:
    """A rule: `by` answers for things in `of`."""
    return Responsibility.objects.create(
        jurisdiction=of, body=by, **{"reason": "The city does this itself.", **its}
    )


def person(*, email: str = "", role: Role = Role.RESIDENT, **its: Any) -> Person:
    """Somebody who can sign in, without a password unless one is given."""
    is_staff = role in (Role.DISPATCHER, Role.OPERATOR)
    return Person.objects.create_user(
        email or f"person{next(_count)}@example.org",
        its.pop("password", None),
        role=role,
        is_staff=is_staff,
        **its,
    )


def report(*, of: Category | None = None, point: Point = CITY_POINT, **its: Any) -> Reported:
    """An issue reported through the one door."""
    which = of or Category.objects.first() or category()
    its.setdefault("description", "A deep hole at the bus stop")
    return report_issue(new=NewIssue(category=which, point=point, **its))


def issue(**its: Any) -> Any:
    """The issue of `report(...)`."""
    return report(**its).issue
