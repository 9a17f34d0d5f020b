"""Who will get a report and what was promised, before it has been handed over.

Until then an issue carries its category's promise, whoever made it; a promise binds only its maker.
"""

from dataclasses import dataclass
from datetime import datetime

from mysmartcity.dispatch.rules import Route, promise_holds, route
from mysmartcity.issues.models import Category, Issue


@dataclass(frozen=True)
class Prospect:
    """The body that will get it (None: people must look) and by when, where somebody said."""

    route: Route | None
    promised_at: datetime | None


def prospect(*, category: Category, area_ids: list[int], promised_at: datetime | None) -> Prospect:
    """What lies ahead of a report of this category at a place. One query."""
    found = route(jurisdiction=category.jurisdiction, category=category, area_ids=area_ids)
    holds = found is None or promise_holds(category=category, body=found.body)
    return Prospect(found, promised_at if holds else None)


def prospect_of(issue: Issue) -> Prospect:
    """The same for an issue that was just reported. Two queries."""
    area_ids = list(issue.areas.values_list("area_id", flat=True))
    return prospect(category=issue.category, area_ids=area_ids, promised_at=issue.promised_at)
