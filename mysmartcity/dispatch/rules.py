"""Who is responsible: rules are data, the most specific of the highest priority wins."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.dispatch.models import Handover, Responsibility
from mysmartcity.dispatch.together import Part
from mysmartcity.issues.models import Category, Issue, Jurisdiction
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import OPEN, WITH_BODY, DeclineReason, Status
from mysmartcity.lib.text import fold
from mysmartcity.people.models import Body, Person, Role


@dataclass(frozen=True)
class Route:
    """The answer to "who is responsible?", with the rule that gave it. `also`: who has a part in it."""

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
    the group before everything, then the one that names an area, then the older rule. Shared rules that
    fit never lead: their bodies come beside the one that does, each once, the weightiest first.
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


def parts_of(issue: Issue) -> list[tuple[Handover, Part]]:
    """The bodies that have an issue, the leading one first, each with what it said last.

    What a resident contested since is not said any more. A body that never got it is not among them.
    """
    objections = issue.timeline.filter(after=Status.NOT_FIXED).order_by("-happened_at")
    objection_at = objections.values_list("happened_at", flat=True).first()
    held = Handover.objects.with_a_body().filter(issue=issue).select_related("body")
    return [
        (one, Part(one.said, one.said_at, one.is_current).after(objection_at))
        for one in held.order_by("-is_current", "pk")
    ]


def has_refused(*, issue: Issue, body: Body) -> bool:
    """Whether a body said of this issue that it is not theirs."""
    said_so = Handover.objects.filter(issue=issue, decline_reason=DeclineReason.NOT_OURS)
    return said_so.filter(body=body).exists()


def body_named(*, words: str, jurisdiction: Jurisdiction, besides: Body) -> Body | None:
    """The one body at work in a jurisdiction that some words name; None when it is none, or several.

    `besides` speaks: neither it nor what it belongs to is meant. A name inside a longer one ("City of
    Cape Town" in "City of Cape Town Electricity") does not count as named.
    """
    known = Body.objects.filter(
        Q(responsibilities__jurisdiction=jurisdiction, responsibilities__is_active=True)
        | Q(pk=jurisdiction.body_id)
        | Q(parent=jurisdiction.body_id)
    ).distinct()
    text = f" {fold(words)} "
    spans = [
        (found.start(), found.end(), body)
        for body in known
        for name in {fold(body.name), fold(body.short_name), fold(body.slug)} - {""}
        for found in re.finditer(rf"(?<= ){re.escape(name)}(?: s)?(?= )", text)
    ]
    named = {
        body.pk: body
        for start, end, body in spans
        if not any(a <= start and end <= b and b - a > end - start for a, b, _body in spans)
    }
    for speaker in (besides.pk, besides.parent_id):
        named.pop(speaker or 0, None)
    return next(iter(named.values())) if len(named) == 1 else None


_PASSED_WHILE = frozenset({Status.RECEIVED, *WITH_BODY, Status.NOT_FIXED, Status.DECLINED})


def check_may_pass_on(*, issue: Issue, body: Body, insists: bool = False) -> None:
    """Raises NotAllowed unless an issue may be given to a body; `insists` overrules its "not ours"."""
    lead = Handover.objects.filter(issue=issue, body=body, is_current=True)
    if lead.with_a_body().exists():
        raise NotAllowed(_("%(body)s has this issue already.") % {"body": body.name})
    if issue.status not in _PASSED_WHILE:
        raise NotAllowed(_("This issue has ended or was set aside, so nobody can be given it."))
    if has_refused(issue=issue, body=body) and not insists:
        sentence = _("%(body)s said that it is not theirs. Give it to them only if you insist.")
        raise NotAllowed(sentence % {"body": body.name})


def check_may_share(*, issue: Issue, body: Body) -> None:
    """Raises NotAllowed unless a body may be given a part of an issue beside the one that leads."""
    if not Handover.objects.with_a_body().filter(issue=issue, is_current=True).exists():
        raise NotAllowed(_("First somebody must have this issue."))
    if issue.status not in OPEN:
        raise NotAllowed(_("This issue has ended or was set aside, so nobody can be given it."))
    if Handover.objects.active().filter(issue=issue, body=body).exists():
        raise NotAllowed(_("%(body)s has this issue already.") % {"body": body.name})


def may_dispatch(person: Person) -> bool:
    """Dispatchers, and operators beside them, see and work the queues for humans."""
    return person.is_active and person.is_staff and person.role in (Role.DISPATCHER, Role.OPERATOR)


def check_may_dispatch(person: Person) -> None:
    """Raises NotAllowed for everybody who does not work at the dispatch desk."""
    if not may_dispatch(person):
        raise NotAllowed(_("Only the dispatch desk may do this."))
