"""Pausing and resuming a connection, and how it does: its failures in a row, and its rest after them."""

import random
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, ErrorClass, QueueReason
from mysmartcity.lib import clock
from mysmartcity.people.models import Person

NOTE_EVERY = timedelta(seconds=5)
"""The row of a busy connection is not written with every message: workers would wait for it."""

BREAK_AFTER: Final = 3
"""After so many failures in a row a system is taken to be away."""

FIRST_REST, LONGEST_REST = 2.0, 60.0
"""Seconds between two tries of a system that is away: doubling, and never longer than a minute, so
that what waited goes soon after it is back."""

THROTTLED_REST = 30.0
"""Seconds of rest where a system asks for a pause and does not say how long."""

LONGEST_PAUSE = 3600.0


def pause_connection(*, connection: Connection, reason: str) -> None:
    """Stop sending and asking; what is to be sent waits. No deploy needed."""
    Connection.objects.filter(pk=connection.pk).update(
        is_active=False, pause_reason=reason[:300], paused_at=Coalesce("paused_at", clock.now())
    )


@transaction.atomic
def resume_connection(*, connection: Connection, by: Person | None) -> int:
    """Start again. Gives the number of messages that waited and may go now."""
    Connection.objects.filter(pk=connection.pk).update(
        is_active=True, pause_reason="", paused_at=None, rest_until=None, failure_count=0
    )
    released = release_waiting(connection=connection)
    QueueEntry.objects.unsettled().filter(
        delivery_id__in=released, reason=QueueReason.NO_CONNECTION
    ).update(settled_at=clock.now(), settled_by=by, outcome="the connection was resumed")
    return len(released)


@transaction.atomic
def release_waiting(*, connection: Connection) -> list[int]:
    """Let everything that waits for this connection go now; gives the ids."""
    homeless = Q(lane__isnull=True, handover__body_id__in=body_ids_behind(connection))
    waiting = Delivery.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lte=clock.now()),
        Q(lane=connection.pk) | homeless,
        state=DeliveryState.WAITING,
    )
    released = list(waiting.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=released, state=DeliveryState.WAITING).update(
        next_try_at=clock.now()
    )
    first = (
        Delivery.objects.filter(pk__in=released).select_related("handover").order_by("pk").first()
    )
    if first is not None:
        leases.announce(first, seconds=0)
    return released


def note_success(connection: Connection, *, is_out: bool) -> None:
    """It works, in this direction. What had to wait while it was away goes now.

    A system that answers questions is worth a try at once; only a message that it took says that it
    works again.
    """
    now, field = clock.now(), "last_out_at" if is_out else "last_in_at"
    last = getattr(connection, field)
    if connection.failure_count == 0 and last is not None and last > now - NOTE_EVERY:
        return  # As we read it a moment ago; a failure that came since is met by the next message.
    Connection.objects.filter(pk=connection.pk).update(**{field: now})
    setattr(connection, field, now)
    failing = Connection.objects.filter(pk=connection.pk, failure_count__gt=0)
    if not is_out:
        failing.update(rest_until=None)
        return
    with transaction.atomic():
        if failing.update(failure_count=0, failing_since=None, rest_until=None):
            _release_failed(connection)
    connection.failure_count = 0


def _release_failed(connection: Connection) -> None:
    """What failed while the system was away need not wait until its own next try."""
    failed = Delivery.objects.filter(
        lane=connection.pk,
        state=DeliveryState.WAITING,
        leased_until__isnull=True,
        error_class__in=(ErrorClass.TRANSIENT, ErrorClass.THROTTLED),
    )
    failed.update(next_try_at=clock.now())


def note_failure(connection: Connection, failure: DeliveryFailed, *, is_out: bool = True) -> None:
    """It did not work; the sentence is for staff and holds no secret.

    A refusal of one message says nothing about the system. A request to slow down is a rest, not a
    failure. Every other message that failed counts, and after some in a row the connection rests.
    """
    now = clock.now()
    told = {"last_error": failure.sentence[:300], "last_error_at": now}
    row = Connection.objects.filter(pk=connection.pk)
    if failure.error_class in (ErrorClass.PERMANENT, ErrorClass.AUTH):
        row.update(**told)
        return
    if failure.error_class == ErrorClass.THROTTLED:
        seconds = min(failure.retry_after or THROTTLED_REST, LONGEST_PAUSE)
        row.update(**told, rest_until=now + timedelta(seconds=seconds))
        return
    if not is_out:
        row.update(**told)
        return
    row.update(
        **told,
        failure_count=F("failure_count") + 1,
        failing_since=Coalesce("failing_since", now),
    )
    count = row.values_list("failure_count", flat=True).first() or 0
    if count >= BREAK_AFTER:
        row.update(rest_until=now + timedelta(seconds=rest_seconds(count)))


def rest_seconds(failure_count: int) -> float:
    """How long a system is left alone after so many failures in a row, with some jitter."""
    ceiling = FIRST_REST * 2.0 ** min(failure_count - BREAK_AFTER, 10)
    return random.uniform(0.5, 1.0) * min(LONGEST_REST, ceiling)


def is_resting(connection: Connection) -> bool:
    """Whether a system is left alone just now."""
    return connection.rest_until is not None and connection.rest_until > clock.now()
