"""Runs inside the platform: what residents and staff do in the week, one JSON line in, one out.

Started by `door.py` in a Django shell. Only actions and rules are called here; the comparison of both
sides asks nothing of it.
"""

import json
import random
import sys
from collections.abc import Callable
from typing import Any

from mysmartcity.connectors import actions
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import starting_statuses
from mysmartcity.dispatch.models import Delivery
from mysmartcity.issues.actions import NewIssue, report_issue
from mysmartcity.issues.models import Category, Jurisdiction
from mysmartcity.issues.rules import NotAllowed, check_answers
from mysmartcity.lib.geo import Point
from mysmartcity.people.models import Person, Role
from mysmartcity.places.locate import locate

SPREAD = 0.08
"""Degrees around a city's middle in which its reports lie."""


class Inside:
    """The acts by name. What is looked up once is kept."""

    def __init__(self) -> None:
        self.random = random.Random(7)
        self.categories: dict[tuple[str, str], Category] = {}
        self.jurisdictions = {one.slug: one for one in Jurisdiction.objects.filter(is_active=True)}
        self.dispatcher = Person.objects.filter(role=Role.DISPATCHER).first()

    def offered(self) -> dict[str, list[str]]:
        """The categories of each city that ask nothing that must be answered."""
        found: dict[str, list[str]] = {}
        for slug, jurisdiction in self.jurisdictions.items():
            for category in jurisdiction.categories.filter(is_active=True):
                if not check_answers(category.questions.all(), {}):
                    self.categories[slug, category.code] = category
                    found.setdefault(slug, []).append(category.code)
        return found

    def points(self, count: int) -> dict[str, list[tuple[float, float]]]:
        """So many places in each city."""
        found: dict[str, list[tuple[float, float]]] = {}
        for slug, jurisdiction in self.jurisdictions.items():
            while len(found.setdefault(slug, [])) < count:
                lat = round(jurisdiction.lat + self.random.uniform(-SPREAD, SPREAD), 6)
                lng = round(jurisdiction.lng + self.random.uniform(-SPREAD, SPREAD), 6)
                if jurisdiction.area_id in {area.id for area in locate(Point(lat, lng))}:
                    found[slug].append((lat, lng))
        return found

    def report(self, many: list[dict[str, Any]]) -> list[list[Any]]:
        """Reference and whether it was a repeat, of each."""
        answers = []
        for one in many:
            new = NewIssue(
                category=self.categories[one["city"], one["category"]],
                point=Point(*one["point"]),
                description=one["description"],
                request_key=one["key"],
            )
            reported = report_issue(new=new)
            answers.append([reported.issue.reference, reported.is_repeat])
        return answers

    def map_status(self, ids: list[int], words: dict[str, str]) -> int:
        """Give some connections further words of theirs."""
        for connection in Connection.objects.filter(pk__in=ids):
            known = connection.statuses or dict(starting_statuses(connection))
            actions.give_codes(
                connection=connection,
                category_codes=connection.category_codes,
                statuses={**known, **words},
                note="The week's new words",
                by=self.dispatcher,
            )
        return len(ids)

    def map_category(self, ids: list[int], codes: dict[str, str]) -> int:
        """Give some connections further codes of categories."""
        for connection in Connection.objects.filter(pk__in=ids):
            actions.give_codes(
                connection=connection,
                category_codes={**connection.category_codes, **codes},
                statuses=connection.statuses,
                note="The week's new codes",
                by=self.dispatcher,
            )
        return len(ids)

    def pause(self, ids: list[int]) -> int:
        """An operator pauses some connections."""
        for connection in Connection.objects.filter(pk__in=ids):
            actions.pause_connection(connection=connection, reason="Their system is being moved.")
        return len(ids)

    def resume(self, ids: list[int]) -> int:
        """And starts them again."""
        for connection in Connection.objects.filter(pk__in=ids):
            actions.resume_connection(connection=connection, by=self.dispatcher)
        return len(ids)

    def compare(self, ids: list[int]) -> int:
        """What the platform does every Sunday: compare all that is open; the number of differences."""
        runs = [actions.reconcile(connection_id=one, is_full=True) for one in ids]
        return sum(run.drift_count for run in runs if run is not None)

    def settle(self, *, delivery_id: int, arrived: bool, theirs: str) -> bool:
        """A dispatcher has asked the body; False when somebody else has it in hand."""
        if self.dispatcher is None:
            return False
        try:
            actions.settle_uncertain(
                delivery=Delivery.objects.get(pk=delivery_id),
                arrived=arrived,
                body_reference=theirs,
                by=self.dispatcher,
            )
        except NotAllowed:
            return False
        return True


def serve() -> None:
    """Until the line in ends."""
    inside = Inside()
    for line in sys.stdin:
        asked = json.loads(line)
        act: Callable[..., Any] = getattr(inside, asked["act"])
        print(json.dumps(act(**asked["with"])), flush=True)
