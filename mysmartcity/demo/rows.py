"""The rows of the demo city's past, written in bulk at the end and without events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.models import (
    CellDelta,
    Issue,
    IssueArea,
    ListedDelta,
    Photo,
    TimelineEntry,
)
from mysmartcity.issues.status import LISTED, Status
from mysmartcity.lib import geo
from mysmartcity.lib.photos import StoredPhoto
from mysmartcity.places.locate import FoundArea


@dataclass
class Rows:
    """What is written at the end, in bulk."""

    issues: list[Issue] = field(default_factory=list)
    areas: list[Sequence[FoundArea]] = field(default_factory=list)
    entries: list[tuple[int, TimelineEntry]] = field(default_factory=list)
    handovers: list[tuple[int, Handover]] = field(default_factory=list)
    photos: list[tuple[int, StoredPhoto]] = field(default_factory=list)

    @transaction.atomic
    def save(self) -> None:
        """Write all of it in one transaction."""
        Issue.objects.bulk_create(self.issues, batch_size=500)
        IssueArea.objects.bulk_create(
            IssueArea(issue=issue, area_id=area.id)
            for issue, areas in zip(self.issues, self.areas, strict=True)
            for area in areas
        )
        for number, entry in self.entries:
            entry.issue = self.issues[number]
        TimelineEntry.objects.bulk_create([entry for _, entry in self.entries], batch_size=1000)
        for number, handover in self.handovers:
            handover.issue = self.issues[number]
        Handover.objects.bulk_create([handover for _, handover in self.handovers], batch_size=1000)
        Photo.objects.bulk_create(
            Photo(
                issue=self.issues[number],
                digest=photo.digest,
                width=photo.width,
                height=photo.height,
            )
            for number, photo in self.photos
        )
        CellDelta.objects.bulk_create(self._counts(), batch_size=1000)
        ListedDelta.objects.bulk_create(self._listed(), batch_size=1000)
        QueueEntry.objects.bulk_create(
            QueueEntry(issue=issue, reason=QueueReason.NOT_FIXED, words="It is exactly as it was.")
            for issue in self.issues
            if issue.status == Status.NOT_FIXED
        )

    def _counts(self) -> Iterator[CellDelta]:
        for issue in self.issues:
            yield CellDelta(
                cell7=issue.cell7,
                cell6=geo.parent_cell(issue.cell7, 6),
                cell5=geo.parent_cell(issue.cell7, 5),
                category_id=issue.category_id,
                status=issue.status,
                count=1,
            )

    def _listed(self) -> Iterator[ListedDelta]:
        for issue in self.issues:
            if issue.status in LISTED:
                yield ListedDelta(
                    cell8=issue.cell8,
                    cell7=issue.cell7,
                    cell6=geo.parent_cell(issue.cell7, 6),
                    cell5=geo.parent_cell(issue.cell7, 5),
                    count=1,
                )
