"""Questions about issues as QuerySet verbs. They chain: `Issue.objects.public().open().near(...)`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.db import models

from mysmartcity.issues import status
from mysmartcity.lib.geo import Box, Point, box_around


class IssueQuerySet(models.QuerySet[Any]):
    """Filters that pages, the API and the desk share."""

    def public(self) -> Self:
        """What everyone may see; hidden issues are never listed, counted or fetched."""
        return self.exclude(status=status.Status.HIDDEN)

    def open(self) -> Self:
        """Somebody still has to do something."""
        return self.filter(status__in=status.OPEN)

    def with_status(self, statuses: Iterable[status.Status]) -> Self:
        """In one of these statuses."""
        return self.filter(status__in=list(statuses))

    def overdue(self, now: datetime) -> Self:
        """Open, and the promised time has passed."""
        return self.open().filter(promised_at__lt=now)

    def in_box(self, box: Box) -> Self:
        """With its public point inside the box."""
        return self.filter(
            public_lat__range=(box.south, box.north), public_lng__range=(box.west, box.east)
        )

    def near(self, point: Point, metres: float) -> Self:
        """Inside the box around a circle; callers sort by true distance."""
        return self.in_box(box_around(point, metres))

    def in_area(self, area_id: int) -> Self:
        """In an area, as written down when it was reported."""
        return self.filter(areas__area_id=area_id)

    def newest(self) -> Self:
        """Newest first, in an order that never wobbles."""
        return self.order_by("-reported_at", "-id")
