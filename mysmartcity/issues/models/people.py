"""The people behind an issue: contact and followers. Nothing of this is ever public."""

from typing import ClassVar

from django.db import models

from mysmartcity.issues.models.issue import Issue
from mysmartcity.lib import clock
from mysmartcity.people.models import Person


class Contact(models.Model):
    """How to reach the reporter, when they chose to say so."""

    PERSONAL_FIELDS: ClassVar = ("name", "email", "phone", "account_number")

    issue = models.OneToOneField(Issue, models.CASCADE, related_name="contact")
    name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    account_number = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"contact of issue {self.issue_id}"


class Follow(models.Model):
    """Somebody who wants news of an issue; the reporter and those who joined are followers too."""

    PERSONAL_FIELDS: ClassVar = ("email",)

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="follows")
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="follows"
    )
    email = models.EmailField(blank=True)
    device_hash = models.CharField(max_length=64, blank=True, help_text="Who joined, unnamed.")
    is_reporter = models.BooleanField(default=False)
    is_joined = models.BooleanField(default=False, help_text="Says: it is mine too.")
    stop_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issue", "email"], condition=~models.Q(email=""), name="follow_email_once"
            ),
            models.UniqueConstraint(
                fields=["issue", "device_hash"],
                condition=~models.Q(device_hash=""),
                name="follow_device_once",
            ),
        ]

    def __str__(self) -> str:
        return f"follow of issue {self.issue_id}"
