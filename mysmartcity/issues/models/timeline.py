"""What happened to an issue, and its photos."""

from typing import ClassVar

from django.db import models

from mysmartcity.issues.models.issue import Issue
from mysmartcity.lib import clock
from mysmartcity.people.models import Person


class TimelineEntry(models.Model):
    """One thing that happened: who, when, what. Public and inside words are kept apart."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="timeline")
    happened_at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(default=clock.now)
    actor = models.CharField(max_length=12)
    actor_name = models.CharField(
        max_length=120, blank=True, help_text="A body's name, never a person's."
    )
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=12, default="status", help_text="status or comment")
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, blank=True)
    public_words = models.TextField(blank=True)
    inside_words = models.TextField(blank=True)
    photo_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["happened_at", "id"]
        verbose_name_plural = "timeline entries"
        indexes: ClassVar = [models.Index(fields=["issue", "happened_at"], name="entry_of_issue")]

    def __str__(self) -> str:
        return f"{self.kind} {self.before} → {self.after}"


class Photo(models.Model):
    """A photo of an issue, by the digest under which lib.photos keeps it."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="photos")
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField(default=clock.now)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [models.Index(fields=["digest"], name="photo_by_digest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue", "digest"], name="photo_once")
        ]

    def __str__(self) -> str:
        return f"photo {self.position} of issue {self.issue_id}"
