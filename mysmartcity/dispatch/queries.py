"""Questions about handovers, and about the queue for humans."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from mysmartcity.dispatch.status import DeliveryKind, DeliveryState


class HandoverQuerySet(models.QuerySet[Any]):
    """Filters for what was given to bodies."""

    def active(self) -> Self:
        """Those that lead their issue or have a part in it; the others are over."""
        return self.filter(Q(is_current=True) | Q(is_shared=True))

    def dropped(self) -> Self:
        """Those whose first message was not needed any more and never left: nobody has them.

        That happens when an issue is hidden or merged before it went out, and shown again later.
        """
        return self.filter(Exists(self._dropped()))

    def with_a_body(self) -> Self:
        """Those that count: active, and sent or being sent."""
        return self.active().exclude(Exists(self._dropped()))

    def _dropped(self) -> models.QuerySet[Any]:
        deliveries = self.model._meta.get_field("deliveries").related_model.objects
        dropped: models.QuerySet[Any] = deliveries.filter(
            handover=OuterRef("pk"),
            kind=DeliveryKind.CREATE,
            state=DeliveryState.DONE,
            attempt_count=0,
        )
        return dropped

    def watched(self, *, body_ids: Collection[int], since: datetime) -> Self:
        """Those of some bodies that are open, or ended after a moment: work is reopened."""
        still = Q(ended_at__isnull=True) | Q(ended_at__gt=since)
        return self.filter(still, body_id__in=list(body_ids))

    def all_references(self) -> list[str]:
        """Every reference by which their bodies know them, also further and former ones, in order."""
        own = self.exclude(body_reference="").values_list("body_reference", flat=True)
        more = self.filter(references__isnull=False).values_list("references__reference", flat=True)
        return sorted({*own, *more})


class QueueEntryQuerySet(models.QuerySet[Any]):
    """Filters for the queue that humans work through."""

    def unsettled(self) -> Self:
        """Still waiting for a human."""
        return self.filter(settled_at__isnull=True)
