"""Who would get a report at a place, by which rule and through which connection, and what it would lack."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.lanes import ways_to
from mysmartcity.connectors.contract import Message
from mysmartcity.connectors.messages import remote_category
from mysmartcity.connectors.models import Connection
from mysmartcity.desk.one import connector_of
from mysmartcity.dispatch.models import Responsibility
from mysmartcity.dispatch.rules import Route
from mysmartcity.dispatch.rules import route as best_route
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.issues.models import Category
from mysmartcity.lib import clock
from mysmartcity.lib.geo import Point
from mysmartcity.people.models import Body
from mysmartcity.places.describe import describe
from mysmartcity.places.locate import FoundArea, locate


@dataclass(frozen=True)
class Way:
    """One connection of the order in which they are tried."""

    connection: Connection
    after: timedelta
    place: int
    code: str
    missing: list[str]


@dataclass(frozen=True)
class Taker:
    """A body that would get the report."""

    body: Body
    reason: str
    rule_id: int
    is_shared: bool
    ways: list[Way]


@dataclass(frozen=True)
class Answer:
    """What would become of a report."""

    areas: tuple[FoundArea, ...]
    place: str
    takers: list[Taker]


def simulate(point: Point, category: Category) -> Answer:
    """Nothing is written and no system is asked."""
    areas = locate(point)
    ids = [area.id for area in areas]
    found = best_route(jurisdiction=category.jurisdiction, category=category, area_ids=ids)
    if found is None:
        return Answer(areas, describe(point), [])
    takers = [_taker(found, point, category, is_shared=False)]
    for rule in _shared(category, ids):
        if all(rule.body_id != taker.body.pk for taker in takers):
            beside = Route(rule.body, rule.reason, rule.pk)
            takers.append(_taker(beside, point, category, is_shared=True))
    return Answer(areas, describe(point), takers)


def _shared(category: Category, area_ids: Collection[int]) -> Sequence[Responsibility]:
    """Rules that give it to further bodies beside the one that leads."""
    return list(
        Responsibility.objects.filter(
            jurisdiction=category.jurisdiction, is_active=True, is_shared=True
        )
        .filter(Q(category_code=category.code) | Q(category_code=""))
        .filter(Q(group=category.group) | Q(group=""))
        .filter(Q(area__isnull=True) | Q(area__in=list(area_ids)))
        .exclude(except_areas__in=list(area_ids))
        .select_related("body__parent")
    )


def _taker(found: Route, point: Point, category: Category, *, is_shared: bool) -> Taker:
    message = _message(found.body, point, category)
    ways = [
        Way(
            connection=connection,
            after=after,
            place=place,
            code=remote_category(connection, category.code),
            missing=_missing(connection, category, message),
        )
        for place, (after, connections) in enumerate(ways_to(found.body, category.code), start=1)
        for connection in connections
    ]
    return Taker(found.body, found.reason, found.rule_id, is_shared, ways)


def _message(body: Body, point: Point, category: Category) -> Message:
    """The barest report there can be: a place, a category, and no words."""
    return Message(
        key="simulated",
        thread_key="simulated",
        kind=DeliveryKind.CREATE,
        reference="",
        body_name=body.name,
        category_code=category.code,
        category_name=category.name,
        remote_category="",
        description="",
        lat=point.lat,
        lng=point.lng,
        address="",
        place_name=describe(point),
        reported_at=clock.now(),
        issue_url="",
        reply_token="",
    )


def _missing(connection: Connection, category: Category, message: Message) -> list[str]:
    """What this connection would lack of a report with nothing but its place."""
    connector = connector_of(connection)
    if connector is None:
        return [_("a system of this name")]
    code = remote_category(connection, category.code)
    lacks = (
        [] if code or not connector.capabilities.needs_category_code else [_("a code of theirs")]
    )
    return [*lacks, *connector.missing(message), *connector.problems()]
