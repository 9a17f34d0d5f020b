"""Questions about handovers and the queue."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from mysmartcity.issues.status import Status


def unrouted(before: datetime) -> Q:
    """Issues reported before a moment that no body has and no human was asked about."""
    return Q(
        status=Status.RECEIVED,
        reported_at__lt=before,
        handovers__isnull=True,
        queue_entries__isnull=True,
    )


class QueueEntryQuerySet(models.QuerySet[Any]):
    """Filters for the queue that humans work through."""

    def unsettled(self) -> Self:
        """Still waiting for a human."""
        return self.filter(settled_at__isnull=True)
