"""Who is responsible: rules are data, the most specific of the highest priority wins."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.dispatch.models import Responsibility
from mysmartcity.issues.models import Category, Jurisdiction
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Body, Person, Role


@dataclass(frozen=True)
class Route:
    """The answer to "who is responsible?", with the rule that gave it."""

    body: Body
    reason: str
    rule_id: int
    also: tuple["Route", ...] = ()
    """Bodies that get it beside the one that leads."""


def route(
    *, jurisdiction: Jurisdiction, category: Category, area_ids: Collection[int]
) -> Route | None:
    """The body that answers for a category at a place; None sends the issue to the queue for humans.

    Among the rules that fit, the highest priority wins, then the one that names the category before
    the group before everything, then the one that names an area, then the older rule.
    """
    fitting = (
        Responsibility.objects.filter(jurisdiction=jurisdiction, is_active=True)
        .filter(Q(category_code=category.code) | Q(category_code=""))
        .filter(Q(group=category.group) | Q(group=""))
        .filter(Q(area__isnull=True) | Q(area__in=list(area_ids)))
        .exclude(except_areas__in=list(area_ids))
        .select_related("body__parent")
    )
    weighed = sorted(fitting, key=_weight, reverse=True)
    best = next((rule for rule in weighed if not rule.is_shared), None)
    if best is None:
        return None
    also: dict[int, Route] = {}
    for rule in weighed:
        if rule.is_shared and rule.body_id != best.body_id:
            also.setdefault(rule.body_id, Route(rule.body, rule.reason, rule.pk))
    return Route(best.body, best.reason, best.pk, tuple(also.values()))


def promise_holds(*, category: Category, body: Body) -> bool:
    """Whether what was published about a category binds this body: a promise is its maker's own.

    City Power's 24 hours say nothing about the suburbs that Eskom supplies.
    """
    maker = category.level_body
    parent = body.parent
    return maker in ("", body.slug) or (parent is not None and maker == parent.slug)


def _weight(rule: Responsibility) -> tuple[int, bool, bool, bool, int]:
    return (
        rule.priority,
        bool(rule.category_code),
        bool(rule.group),
        rule.area_id is not None,
        -rule.pk,
    )


def may_dispatch(person: Person) -> bool:
    """Dispatchers, and operators beside them, see and work the queues for humans."""
    return person.is_active and person.is_staff and person.role in (Role.DISPATCHER, Role.OPERATOR)


def check_may_dispatch(person: Person) -> None:
    """Raises NotAllowed for everybody who does not work at the dispatch desk."""
    if not may_dispatch(person):
        raise NotAllowed(_("Only the dispatch desk may do this."))
