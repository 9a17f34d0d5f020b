"""A believable past for the demo city: issues of the last weeks with their timelines and photos.

Written in bulk and without events, so that nothing of it is sent to anybody. The same seed gives the
same city.
"""

import io
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mysmartcity.demo.lives import LIVES
from mysmartcity.demo.pictures import picture
from mysmartcity.demo.rows import Rows
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.rules import promise_holds, route
from mysmartcity.dispatch.status import HandoverState
from mysmartcity.issues.models import (
    Category,
    Issue,
    Jurisdiction,
    Privacy,
    TimelineEntry,
)
from mysmartcity.issues.service_level import due_at
from mysmartcity.issues.status import Actor, FixedBy, Status
from mysmartcity.lib import clock, geo, ids
from mysmartcity.lib.geo import Point
from mysmartcity.lib.photos import StoredPhoto, ingest
from mysmartcity.people.models import Body
from mysmartcity.places.locate import FoundArea, locate
from mysmartcity.places.models import Area

PICTURES_PER_GROUP = 2
DAYS = 45

S, A = Status, Actor


class DemoHistory:
    """Makes and writes the past of all jurisdictions."""

    def __init__(self, texts: Mapping[str, Any], *, seed: int = 7) -> None:
        """`texts` is data/demo/issues.yaml."""
        self.texts = texts
        self.random = random.Random(seed)
        self.now = clock.now()
        self.rows = Rows()
        self.pictures: dict[str, list[StoredPhoto]] = {}
        self.routes: dict[tuple[int, int, tuple[int, ...]], Body | None] = {}

    def write(self, counts: Mapping[str, int]) -> int:
        """Make `counts[slug]` issues for each jurisdiction; gives how many were written."""
        for jurisdiction in Jurisdiction.objects.order_by("pk"):
            categories = list(jurisdiction.categories.filter(is_active=True))
            spots = self._spots(jurisdiction)
            for _number in range(counts.get(jurisdiction.slug, 0)):
                self._issue(jurisdiction, categories, spots)
        self.rows.save()
        return len(self.rows.issues)

    def _spots(self, jurisdiction: Jurisdiction) -> list[tuple[Area, float]]:
        """Named places to report around, with weights by real counts where we have them."""
        code = jurisdiction.area.municipality_code
        weights: Mapping[str, float] = self.texts.get("suburb_weights", {}).get(
            jurisdiction.slug, {}
        )
        areas = Area.objects.filter(
            kind__in=("suburb", "place"), municipality_code=code, retired_at=None
        ).order_by("pk")
        known = {name.casefold(): float(weight) for name, weight in weights.items()}
        spots = [(area, known.get(area.name.casefold(), 0.0)) for area in areas]
        if any(weight for _area, weight in spots):
            return [(area, weight) for area, weight in spots if weight]
        return [(area, 1.0) for area, _weight in spots]

    def _point(
        self, jurisdiction: Jurisdiction, spots: Sequence[tuple[Area, float]]
    ) -> tuple[Point, Sequence[FoundArea]]:
        while True:
            (area,) = self.random.choices(
                [spot for spot, _ in spots], [weight for _, weight in spots]
            )
            point = Point(
                area.lat + self.random.gauss(0, 0.006), area.lng + self.random.gauss(0, 0.006)
            )
            areas = locate(point)
            if any(found.id == jurisdiction.area_id for found in areas):
                return point, areas

    def _issue(
        self,
        jurisdiction: Jurisdiction,
        categories: Sequence[Category],
        spots: Sequence[tuple[Area, float]],
    ) -> None:
        weights = self.texts.get("category_weights", {})
        (category,) = self.random.choices(
            categories, [float(weights.get(one.code, 1)) for one in categories]
        )
        point, areas = self._point(jurisdiction, spots)
        # Recent days carry more that is open; the past more that is done.
        age = self.random.random() ** 1.6 * DAYS
        reported_at = self.now - timedelta(days=age, minutes=self.random.random() * 300)
        issue = self._row(category, point, areas, reported_at)
        number = len(self.rows.issues)
        self.rows.issues.append(issue)
        self.rows.areas.append(areas)
        self._live(number, issue, areas)
        if self.random.random() < 0.45:
            photo = self.random.choice(self._pictures(category.group))
            issue.photo_digest = photo.digest
            self.rows.photos.append((number, photo))

    def _row(
        self, category: Category, point: Point, areas: Sequence[FoundArea], reported_at: datetime
    ) -> Issue:
        public = geo.coarse(point) if category.privacy == Privacy.COARSE else point
        names = [area.name for area in areas if area.kind in ("suburb", "ward")]
        words = self.texts.get("descriptions", {}).get(category.code) or [""]
        return Issue(
            reference=ids.new_reference(category.jurisdiction.prefix),
            jurisdiction=category.jurisdiction,
            category=category,
            description=self.random.choice(words),
            lat=point.lat,
            lng=point.lng,
            public_lat=public.lat,
            public_lng=public.lng,
            cell7=geo.cell(public, 7),
            cell8=geo.cell(public, 8),
            cell9=geo.cell(public, 9),
            place_name=", ".join(reversed(names))[:200],
            reported_at=reported_at,
            updated_at=reported_at,
            status_at=reported_at,
            promised_at=due_at(reported_at, category),
            report_count=1 + int(self.random.expovariate(0.7)),
            channel="demo",
            tracking_hash=ids.hash_secret(ids.new_secret()),
        )

    def _pictures(self, group: str) -> list[StoredPhoto]:
        """A few pictures per group, decoded once: the demo is ready soon."""
        if group not in self.pictures:
            self.pictures[group] = [
                ingest(io.BytesIO(picture(group, seed=seed)), name="demo.jpg")
                for seed in range(PICTURES_PER_GROUP)
            ]
        return self.pictures[group]

    def _live(self, number: int, issue: Issue, areas: Sequence[FoundArea]) -> None:
        """Its life so far: as many steps of a chosen life as fit between then and now."""
        self._entry(number, issue, S.RECEIVED, A.RESIDENT, at=issue.reported_at, words="")
        body = self._body(issue, areas)
        if body is None:
            return
        issue.responsible_name, issue.responsible_slug = body.name, body.slug
        if not promise_holds(category=issue.category, body=body):
            issue.promised_at = None
        (life,) = self.random.choices(
            [steps for _, steps in LIVES], [weight for weight, _ in LIVES]
        )
        reference = f"9{self.random.randrange(10**9):09d}"
        handover = Handover(body=body, made_at=issue.reported_at, state=HandoverState.WAITING)
        self.rows.handovers.append((number, handover))
        moment = issue.reported_at
        for after, actor, hours, words in life:
            moment += timedelta(hours=hours * self.random.uniform(0.5, 1.8))
            if moment > self.now:
                break
            self._entry(number, issue, after, actor, at=moment, words=words)
            _mark(handover, after, moment, reference)

    def _body(self, issue: Issue, areas: Sequence[FoundArea]) -> Body | None:
        ids_here = tuple(area.id for area in areas)
        key = (issue.jurisdiction_id, issue.category_id, ids_here)
        if key not in self.routes:
            found = route(
                jurisdiction=issue.jurisdiction, category=issue.category, area_ids=ids_here
            )
            self.routes[key] = found.body if found else None
        return self.routes[key]

    def _entry(
        self, number: int, issue: Issue, after: Status, actor: Actor, *, at: datetime, words: str
    ) -> None:
        before = issue.status if after != S.RECEIVED else ""
        issue.status, issue.status_at, issue.updated_at = after, at, at
        if after == S.FIXED:
            issue.fixed_by = FixedBy.RESIDENT if actor == A.RESIDENT else FixedBy.SILENCE
        if after == S.DECLINED:
            issue.decline_reason = "private_property"
        if after == S.ON_HOLD:
            issue.hold_reason = words
        entry = TimelineEntry(
            happened_at=at,
            recorded_at=at,
            actor=actor,
            actor_name=issue.responsible_name if actor == A.BODY else "",
            before=before,
            after=after,
            public_words=words,
        )
        self.rows.entries.append((number, entry))


def _mark(handover: Handover, after: Status, moment: datetime, reference: str) -> None:
    """Keep the handover in step with the issue."""
    if after == S.SENT:
        handover.state, handover.sent_at = HandoverState.SENT, moment
    elif after == S.ACKNOWLEDGED:
        handover.state, handover.acknowledged_at = HandoverState.ACKNOWLEDGED, moment
        handover.body_reference = reference
    elif after in (S.REPORTED_FIXED, S.DECLINED):
        handover.state, handover.ended_at = HandoverState.ENDED, moment
