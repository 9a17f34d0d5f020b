"""Questions about the queue for humans."""

from typing import Any, Self

from django.db import models


class QueueEntryQuerySet(models.QuerySet[Any]):
    """Filters for the queue that humans work through."""

    def unsettled(self) -> Self:
        """Still waiting for a human."""
        return self.filter(settled_at__isnull=True)
