"""Connections to the systems of bodies, their codes, and what came in from them."""

from typing import ClassVar

from django.db import models

from mysmartcity.connectors.queries import ConnectionQuerySet
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.lib import clock
from mysmartcity.people.models import Body


class Connection(models.Model):
    """How we exchange with one body: which system, where, with which settings and codes.

    `category_codes` maps our category code to the system's; `statuses` maps the system's status
    (lower case) to ours. Both are data: a new city needs no code.
    """

    body = models.OneToOneField(Body, models.PROTECT, related_name="connection")
    system = models.CharField(max_length=40, help_text="A name of the registry.")
    settings = models.JSONField(default=dict, blank=True)
    secret = models.CharField(max_length=300, blank=True)
    category_codes = models.JSONField(default=dict, blank=True)
    statuses = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    cursor_at = models.DateTimeField(
        null=True, blank=True, help_text="Updates up to here were read."
    )
    last_out_at = models.DateTimeField(null=True, blank=True)
    last_in_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ConnectionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.system} for body {self.body_id}"


class InboxItem(models.Model):
    """Something a system told us, once: the remote event id makes it single.

    `handover` is set where the system said whose it is other than by its reference (a reply address).
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="inbox")
    event_id = models.CharField(max_length=200)
    handover = models.ForeignKey(
        Handover, models.SET_NULL, null=True, blank=True, related_name="inbox_items"
    )
    body_reference = models.CharField(max_length=100, blank=True)
    remote_status = models.CharField(max_length=100, blank=True)
    words = models.TextField(blank=True)
    is_inside = models.BooleanField(
        default=False, help_text="An automatic reply: kept for staff, moves nothing."
    )
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="inbox_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "body_reference"], name="inbox_reference"),
            models.Index(
                fields=["connection"],
                name="inbox_unapplied",
                condition=models.Q(applied_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.outcome or 'waiting'}"


class UncertainDelivery(Delivery):
    """A message of which nobody knows whether it arrived, as staff see it. The same table."""

    class Meta:
        proxy = True
        verbose_name_plural = "uncertain deliveries"
