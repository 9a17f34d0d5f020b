"""Connections to the systems of bodies, their codes, what came in from them, and how they do."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from mysmartcity.connectors.fields import SealedField
from mysmartcity.connectors.queries import ConnectionQuerySet
from mysmartcity.connectors.status import DriftKind, Mode, Source
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.lib import clock, ids
from mysmartcity.people.models import Body, Person

DEFAULT_LANES = 2


def new_public_id() -> str:
    """Names a connection in the address that its system pushes news to: 128 random bits."""
    return ids.new_secret()[:22]


class Connection(models.Model):
    """One way to exchange with a body: which system, where, with which settings and codes.

    `category_codes` maps our category code to the system's; `statuses` maps the system's status
    (lower case) to ours. Both are data, the current version of its code books: a new city needs no
    code. A body may have several connections; `Preference` says which is used when.

    `failure_count` failures stand in a row since `failing_since`; until `rest_until` nothing is sent or
    asked, then one message tries.
    """

    body = models.ForeignKey(Body, models.PROTECT, related_name="connections")
    name = models.CharField(max_length=80, blank=True, help_text="To tell several apart.")
    public_id = models.CharField(max_length=22, unique=True, default=new_public_id)
    system = models.CharField(max_length=40, help_text="A name of the registry.")
    settings = models.JSONField(default=dict, blank=True)
    secrets = SealedField(default=dict, blank=True)
    secrets_until = models.DateTimeField(
        null=True, blank=True, help_text="When the key or token runs out."
    )
    certificate_until = models.DateTimeField(null=True, blank=True)
    category_codes = models.JSONField(default=dict, blank=True)
    statuses = models.JSONField(default=dict, blank=True)
    codes_version = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, default=Mode.LIVE)
    lanes = models.PositiveSmallIntegerField(
        default=DEFAULT_LANES, help_text="So many messages at once, at most."
    )
    is_active = models.BooleanField(default=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    cursor_at = models.DateTimeField(
        null=True, blank=True, help_text="Updates up to here were read."
    )
    last_out_at = models.DateTimeField(null=True, blank=True)
    last_in_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    failure_count = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    rest_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="connection_mode_known", condition=models.Q(mode__in=[str(m) for m in Mode])
            ),
            models.CheckConstraint(
                name="connection_has_lanes", condition=models.Q(lanes__gte=1, lanes__lte=16)
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.system} for body {self.body_id}"

    @property
    def secret(self) -> str:
        """The only secret, or the main one."""
        return str(self.secrets.get("key", ""))


class Preference(models.Model):
    """Which connection a body uses for a category: the lowest `position` that works.

    An empty `category_code` is for every category without rows of its own. The next position takes over
    what still waits once the one before has been away for `after_hours` (its own: "used after so many
    hours of silence of the one before"). Rows of one position are used together: "mail and a call".
    """

    body = models.ForeignKey(Body, models.CASCADE, related_name="preferences")
    category_code = models.SlugField(max_length=60, blank=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="preferences")
    position = models.PositiveSmallIntegerField(default=0)
    after_hours = models.PositiveSmallIntegerField(default=4)

    class Meta:
        ordering: ClassVar = ["body", "category_code", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["body", "category_code", "connection"], name="preference_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.category_code or 'everything'}: {self.position}"


class CodeBook(models.Model):
    """One version of a connection's codes; the newest is in force. Old ones are kept for good."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="code_books")
    version = models.PositiveIntegerField()
    category_codes = models.JSONField(default=dict, blank=True)
    statuses = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "version"], name="code_book_version")
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class InboxItem(models.Model):
    """Something a system told us, once: the remote event id makes it single.

    `handover` is set where the system said whose it is other than by its reference (a reply address).
    `codes_version` is the version of the codes by which it was understood.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="inbox")
    event_id = models.CharField(max_length=200)
    source = models.CharField(max_length=12, default=Source.POLL)
    handover = models.ForeignKey(
        Handover, models.SET_NULL, null=True, blank=True, related_name="inbox_items"
    )
    body_reference = models.CharField(max_length=100, blank=True)
    more_references = models.JSONField(default=list, blank=True)
    also_called = models.JSONField(default=list, blank=True)
    remote_status = models.CharField(max_length=100, blank=True)
    words = models.TextField(blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    is_inside = models.BooleanField(
        default=False, help_text="An automatic reply: kept for staff, moves nothing."
    )
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=100, blank=True)
    codes_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="inbox_once"),
            models.CheckConstraint(
                name="inbox_source_known", condition=models.Q(source__in=[str(s) for s in Source])
            ),
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


class PushReceipt(models.Model):
    """A push that was taken: its id is not taken again while its time stamp could still be good."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    push_id = models.CharField(max_length=200)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "push_id"], name="push_once")
        ]

    def __str__(self) -> str:
        return self.push_id


class ExchangeFigure(models.Model):
    """How the exchange went in five minutes of one direction: counts, and how long the calls took.

    `buckets` counts calls by duration; their upper bounds stand in `figures.BOUNDS`.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="figures")
    is_out = models.BooleanField()
    begins_at = models.DateTimeField()
    ok_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    buckets = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "is_out", "begins_at"], name="figure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.begins_at:%d %b %H:%M}: {self.ok_count} and {self.error_count} errors"


class Reconciliation(models.Model):
    """One comparison of our view with a system's: a sample every night, all that is open weekly."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="reconciliations")
    is_full = models.BooleanField(default=False)
    began_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    checked_count = models.PositiveIntegerField(default=0)
    drift_count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["connection", "-began_at"], name="reconciliation_newest")
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%d %b %H:%M}: {self.drift_count} of {self.checked_count} differ"


class Drift(models.Model):
    """One thing in which a system and we did not agree, and what became of that."""

    reconciliation = models.ForeignKey(Reconciliation, models.CASCADE, related_name="drifts")
    handover = models.ForeignKey(Handover, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    ours = models.CharField(max_length=100, blank=True)
    theirs = models.CharField(max_length=100, blank=True)
    found_at = models.DateTimeField(default=clock.now)
    healed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="drift_kind_known", condition=models.Q(kind__in=[str(k) for k in DriftKind])
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: ours {self.ours or '-'}, theirs {self.theirs or '-'}"


class UncertainDelivery(Delivery):
    """A message of which nobody knows whether it arrived, as staff see it. The same table."""

    class Meta:
        proxy = True
        verbose_name_plural = "uncertain deliveries"
