"""Responsibility, handovers, the outbox of deliveries, and the queue for humans."""

from typing import Any, ClassVar

from django.db import models

from mysmartcity.dispatch.queries import HandoverQuerySet, QueueEntryQuerySet
from mysmartcity.dispatch.references import loose_key
from mysmartcity.dispatch.status import (
    CallOutcome,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    HandoverState,
    QueueReason,
    ReferenceKind,
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

    An empty `category_code` means every category of `group`, an empty group every category. Bodies of
    `is_shared` rules that fit get the issue as well, each with a handover of its own.
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
    is_shared = models.BooleanField(default=False, help_text="Beside the body that leads.")

    class Meta:
        verbose_name_plural = "responsibilities"
        ordering: ClassVar = ["-priority", "id"]

    def __str__(self) -> str:
        return f"{self.body_id}: {self.category_code or self.group or 'everything'}"


class Handover(models.Model):
    """An issue given to a body, with the body's own reference and state.

    One handover leads (`is_current`); beside it others may have a part (`is_shared`); with neither it
    is over, kept for its answer. `said` is what the body said last, in our words, about all its work
    items together. `lane` is the connection that carried the first message (a row of connectors, which
    stands a floor higher).
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="handovers")
    body = models.ForeignKey(Body, models.PROTECT, related_name="handovers")
    rule_reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default=HandoverState.WAITING)
    body_reference = models.CharField(max_length=100, blank=True)
    body_token = models.CharField(max_length=200, blank=True)
    body_status = models.CharField(max_length=100, blank=True)
    said = models.CharField(max_length=20, blank=True, help_text="In our own words.")
    said_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(max_length=20, blank=True)
    reply_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_current = models.BooleanField(default=True)
    is_shared = models.BooleanField(default=False)
    passed_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="passed_on"
    )
    lane = models.BigIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the body's system was last asked about it."
    )
    promised_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when the body itself said that it will be done."
    )

    objects: ClassVar = HandoverQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["body", "body_reference"], name="handover_reference"),
            models.Index(
                fields=["body", "asked_at"],
                name="handover_to_ask",
                condition=~models.Q(body_reference="") & models.Q(ended_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            _known("state", HandoverState, "handover_state_known"),
            models.UniqueConstraint(
                fields=["issue"], condition=models.Q(is_current=True), name="handover_one_current"
            ),
            models.CheckConstraint(
                name="handover_leads_or_shares",
                condition=~models.Q(is_current=True, is_shared=True),
            ),
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id} to body {self.body_id}: {self.state}"


class HandoverReference(models.Model):
    """A reference that a body uses for a handover: bodies rename, split and join what they have.

    Each is a work item of its own with what was said last about it, until another one replaces it.
    `key` finds every spelling of it (see dispatch.references).
    """

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="references")
    reference = models.CharField(max_length=100)
    key = models.CharField(max_length=300, default="", editable=False)
    kind = models.CharField(max_length=10, default=ReferenceKind.GIVEN)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaces"
    )
    body_status = models.CharField(max_length=100, blank=True)
    said = models.CharField(max_length=20, blank=True, help_text="In our own words.")
    said_at = models.DateTimeField(null=True, blank=True)
    learned_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["reference"], name="reference_known"),
            models.Index(fields=["key"], name="reference_key"),
        ]
        constraints: ClassVar = [
            _known("kind", ReferenceKind, "reference_kind_known"),
            models.UniqueConstraint(fields=["handover", "reference"], name="reference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.kind})"

    def save(self, **how: Any) -> None:
        """Keep the key in step with the reference."""
        self.key = loose_key(self.reference)
        super().save(**how)


class Delivery(models.Model):
    """One message to a body's system: a row of the outbox, made in the transaction of its cause.

    `key` names the message for good; the other side gets it where its protocol has a place for it.
    `lane` is the connection that carries it; empty while there is none.
    """

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12)
    content = models.JSONField(default=dict)
    lane = models.BigIntegerField(null=True, blank=True)
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
                fields=["lane", "next_try_at"],
                name="delivery_due",
                condition=models.Q(state__in=["waiting", "sending", "uncertain"]),
            ),
            models.Index(
                fields=["lane", "made_at"],
                name="delivery_before_people",
                condition=models.Q(state__in=["dead", "by_hand"]),
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


class Call(models.Model):
    """A call to a body about one message: who, when, how long they waited, what was said."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="calls")
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    called_at = models.DateTimeField(default=clock.now)
    waited_seconds = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=12)
    body_reference = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20, blank=True, help_text="In our own words.")
    promised_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["called_at"], name="call_when")]
        constraints: ClassVar = [_known("outcome", CallOutcome, "call_outcome_known")]

    def __str__(self) -> str:
        return f"call about {self.delivery_id}: {self.outcome}"


class QueueEntry(models.Model):
    """An issue that a human must look at, and why.

    `owner` has taken it on; `acknowledged_at` says "known, in hand", with a note, until `quiet_until`.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="queue_entries")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=20)
    words = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

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
