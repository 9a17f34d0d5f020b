"""Open issues of the same kind within reach, offered before the same thing is reported again."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from mysmartcity.issues.models import Category, Issue, Privacy
from mysmartcity.lib import geo
from mysmartcity.lib.geo import Point

REACH_METRES: Final = 120.0
COARSE_REACH_METRES: Final = 350.0
"""A fault at somebody's home is known to the public only by its neighbourhood."""


@dataclass(frozen=True)
class Twin:
    """One that may be the same; `metres` is None where the exact place is private."""

    reference: str
    description: str
    place: str
    reported_at: object
    photo_digest: str
    report_count: int
    status: str
    metres: int | None = None


def like(category: Category, point: Point, *, limit: int = 3) -> list[Twin]:
    """The nearest open issues of this kind, nearest first. One query."""
    is_coarse = category.privacy == Privacy.COARSE
    reach = COARSE_REACH_METRES if is_coarse else REACH_METRES
    rows = (
        Issue.objects.open()
        .filter(category_id=category.pk)
        .near(point, reach)
        .newest()
        .values_list(
            "reference",
            "description",
            "place_name",
            "reported_at",
            "photo_digest",
            "report_count",
            "status",
            "public_lat",
            "public_lng",
        )[:50]
    )
    found = []
    for *its, lat, lng in rows:
        away = geo.distance(point, Point(lat, lng))
        if away <= reach:
            found.append((away, _twin(its, None if is_coarse else away)))
    found.sort(key=lambda pair: pair[0])
    return [twin for _away, twin in found[:limit]]


def _twin(its: Sequence[Any], away: float | None) -> Twin:
    names = [one.name for one in fields(Twin)][:-1]
    values: dict[str, Any] = dict(zip(names, its, strict=True))
    return Twin(**values, metres=_rounded(away) if away is not None else None)


def _rounded(metres: float) -> int:
    """To 5 metres: a phone knows no better."""
    return max(5, round(metres / 5) * 5)
