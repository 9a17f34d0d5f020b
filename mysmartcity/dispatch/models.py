"""Responsibility, handovers, the outbox of deliveries, and the queue for humans."""

from typing import ClassVar

from django.db import models

from mysmartcity.dispatch.queries import QueueEntryQuerySet
from mysmartcity.dispatch.status import (
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    HandoverState,
    QueueReason,
)
from mysmartcity.issues.models import Group, Issue, Jurisdiction
from mysmartcity.lib import clock
from mysmartcity.people.models import Body, Person
from mysmartcity.places.models import Area


def _known(field: str, values: type, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=models.Q(**{f"{field}__in": [str(value) for value in values]}),  # type: ignore[attr-defined]
    )


class Responsibility(models.Model):
    """A rule: this body answers for these categories, in this area. The highest priority wins.

    An empty `category_code` means every category of `group`, an empty group every category.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="responsibilities")
    body = models.ForeignKey(Body, models.PROTECT, related_name="responsibilities")
    category_code = models.SlugField(max_length=60, blank=True)
    group = models.CharField(max_length=20, choices=Group, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    except_areas = models.ManyToManyField(Area, blank=True, related_name="+")
    priority = models.IntegerField(default=0)
    reason = models.CharField(max_length=300)
    source = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "responsibilities"
        ordering: ClassVar = ["-priority", "id"]

    def __str__(self) -> str:
        return f"{self.body_id}: {self.category_code or self.group or 'everything'}"


class Handover(models.Model):
    """An issue given to a body, with the body's own reference and state."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="handovers")
    body = models.ForeignKey(Body, models.PROTECT, related_name="handovers")
    rule_reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default=HandoverState.WAITING)
    body_reference = models.CharField(max_length=100, blank=True)
    body_token = models.CharField(max_length=200, blank=True)
    body_status = models.CharField(max_length=100, blank=True)
    reply_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_current = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["body", "body_reference"], name="handover_reference"),
        ]
        constraints: ClassVar = [
            _known("state", HandoverState, "handover_state_known"),
            models.UniqueConstraint(
                fields=["issue"], condition=models.Q(is_current=True), name="handover_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id} to body {self.body_id}: {self.state}"


class Delivery(models.Model):
    """One message to a body's system: a row of the outbox, made in the transaction of its cause.

    `key` names the message for good; the other side gets it where its protocol has a place for it.
    """

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12)
    content = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default=DeliveryState.WAITING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    look_up_count = models.PositiveSmallIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    first_try_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=clock.now)
    error_class = models.CharField(max_length=12, blank=True)
    error = models.CharField(max_length=500, blank=True)
    remote_id = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                name="delivery_due",
                condition=models.Q(state__in=["waiting", "sending", "uncertain"]),
            ),
            models.Index(fields=["state"], name="delivery_state"),
        ]
        constraints: ClassVar = [
            _known("state", DeliveryState, "delivery_state_known"),
            _known("kind", DeliveryKind, "delivery_kind_known"),
            models.CheckConstraint(
                name="delivery_error_known",
                condition=models.Q(error_class__in=["", *[str(e) for e in ErrorClass]]),
            ),
            models.CheckConstraint(
                name="delivery_sending_is_leased",
                condition=~models.Q(state=DeliveryState.SENDING)
                | models.Q(leased_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.state}"


class QueueEntry(models.Model):
    """An issue that a human must look at, and why."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="queue_entries")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=20)
    words = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)

    objects: ClassVar = QueueEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "queue entries"
        indexes: ClassVar = [
            models.Index(
                fields=["opened_at"],
                name="queue_unsettled",
                condition=models.Q(settled_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            _known("reason", QueueReason, "queue_reason_known"),
            models.UniqueConstraint(
                fields=["issue", "reason"],
                condition=models.Q(settled_at__isnull=True),
                name="queue_once_per_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id}: {self.reason}"
