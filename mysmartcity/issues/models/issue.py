"""The issue itself, the areas it lies in, and the counts that the map draws from."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _

from mysmartcity.issues.models.category import Category
from mysmartcity.issues.models.jurisdiction import Jurisdiction
from mysmartcity.issues.queries import IssueQuerySet
from mysmartcity.issues.status import DeclineReason, FixedBy, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Person
from mysmartcity.places.models import Area


class Issue(models.Model):
    """What a resident reported (Open311: service request). Its public name is `reference`.

    `lat`, `lng` is the true place; `public_lat`, `public_lng` is what everyone may see, and the
    cells are of that. Who reported it stands in Contact, never here.
    """

    reference = models.CharField(max_length=12, unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="issues")
    category = models.ForeignKey(Category, models.PROTECT, related_name="issues")
    status = models.CharField(max_length=20, default=Status.RECEIVED)
    status_before = models.CharField(max_length=20, blank=True)
    description = models.TextField(blank=True)
    answers = models.JSONField(default=dict, blank=True)
    lat = models.FloatField()
    lng = models.FloatField()
    public_lat = models.FloatField()
    public_lng = models.FloatField()
    cell7 = models.BigIntegerField()
    cell8 = models.BigIntegerField()
    cell9 = models.BigIntegerField()
    address = models.CharField(max_length=300, blank=True)
    address_id = models.CharField(max_length=100, blank=True)
    place_name = models.CharField(max_length=200, blank=True, help_text=_("Suburb and ward."))
    reported_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    status_at = models.DateTimeField(default=clock.now)
    promised_at = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    hold_reason = models.CharField(max_length=300, blank=True)
    fixed_by = models.CharField(max_length=10, blank=True)
    decline_reason = models.CharField(max_length=20, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="twins"
    )
    responsible_name = models.CharField(max_length=120, blank=True)
    responsible_slug = models.CharField(max_length=60, blank=True)
    report_count = models.PositiveIntegerField(default=1)
    photo_digest = models.CharField(max_length=64, blank=True)
    media_url = models.CharField(max_length=500, blank=True)
    channel = models.CharField(max_length=20, default="web")
    language = models.CharField(max_length=8, default="en")
    reporter = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="issues"
    )
    tracking_hash = models.CharField(max_length=64, unique=True)
    request_key = models.CharField(max_length=64, unique=True, null=True, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar = IssueQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["jurisdiction", "-reported_at", "-id"], name="issue_newest"),
            models.Index(fields=["category", "-reported_at", "-id"], name="issue_category_newest"),
            models.Index(fields=["status", "-reported_at"], name="issue_status_newest"),
            models.Index(fields=["public_lat", "public_lng"], name="issue_place"),
            models.Index(fields=["cell7"], name="issue_cell7"),
            models.Index(fields=["-reported_at", "-id"], name="issue_all_newest"),
            models.Index(fields=["updated_at"], name="issue_updated"),
            # No stemming ("simple"): people write in eleven languages, often two in a sentence.
            GinIndex(
                SearchVector("description", "place_name", config="simple"), name="issue_words"
            ),
            models.Index(
                fields=["status_at"],
                name="issue_awaiting",
                condition=models.Q(status=Status.REPORTED_FIXED),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="issue_status_known", condition=models.Q(status__in=[str(s) for s in Status])
            ),
            models.CheckConstraint(
                name="issue_fixed_says_how",
                condition=models.Q(status=Status.FIXED, fixed_by__in=[str(f) for f in FixedBy])
                | (~models.Q(status=Status.FIXED)),
            ),
            models.CheckConstraint(
                name="issue_declined_says_why",
                condition=~models.Q(status=Status.DECLINED)
                | models.Q(decline_reason__in=[str(r) for r in DeclineReason]),
            ),
            models.CheckConstraint(
                name="issue_merged_has_twin",
                condition=~models.Q(status=Status.MERGED) | models.Q(merged_into__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_place_on_earth",
                condition=models.Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class IssueArea(models.Model):
    """An area that an issue lies in, written when it is reported: reads never touch geometry."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="areas")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area", "issue"], name="issue_area_unique")
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id} in area {self.area_id}"


class CellDelta(models.Model):
    """A change of the number of issues in a cell; the sum is what the map's clusters show.

    Changes are appended, never updated in place, so that two reports from one town never wait for
    each other; a periodic task adds them up (issues.actions.counts).
    """

    cell7 = models.BigIntegerField()
    cell6 = models.BigIntegerField()
    cell5 = models.BigIntegerField()
    category = models.ForeignKey(Category, models.CASCADE, related_name="+")
    status = models.CharField(max_length=20)
    count = models.IntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cell5"], name="delta_cell5")]

    def __str__(self) -> str:
        return f"{self.count:+d} in cell {self.cell7}"


class ListedDelta(models.Model):
    """The same for the map without filters: a change of the number of listed issues in a cell.

    One row for each cell after adding up, where CellDelta has one for each category and status of it:
    a city is a few hundred rows instead of some ten thousand.
    """

    cell8 = models.BigIntegerField()
    cell7 = models.BigIntegerField()
    cell6 = models.BigIntegerField()
    cell5 = models.BigIntegerField()
    count = models.IntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cell5"], name="listed_cell5")]

    def __str__(self) -> str:
        return f"{self.count:+d} in cell {self.cell8}"
