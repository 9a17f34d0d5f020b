"""Pausing and resuming a connection, and the short record of how it does."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.lib import clock
from mysmartcity.people.models import Person

NOTE_EVERY = timedelta(seconds=5)
"""The row of a busy connection is not written with every message: workers would wait for it."""


def pause_connection(*, connection: Connection, reason: str) -> None:
    """Stop sending and asking; what is to be sent waits. No deploy needed."""
    Connection.objects.filter(pk=connection.pk).update(is_active=False, pause_reason=reason[:300])


@transaction.atomic
def resume_connection(*, connection: Connection, by: Person | None) -> int:
    """Start again. Gives the number of messages that waited and may go now."""
    Connection.objects.filter(pk=connection.pk).update(is_active=True, pause_reason="")
    released = release_waiting(connection=connection)
    QueueEntry.objects.unsettled().filter(
        delivery_id__in=released, reason=QueueReason.NO_CONNECTION
    ).update(settled_at=clock.now(), settled_by=by, outcome="the connection was resumed")
    return len(released)


@transaction.atomic
def release_waiting(*, connection: Connection) -> list[int]:
    """Let everything that waits for this connection go now; gives the ids."""
    waiting = Delivery.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lte=clock.now()),
        state=DeliveryState.WAITING,
        handover__body_id__in=body_ids_behind(connection),
    ).select_related("handover")
    released = []
    for delivery in waiting.order_by("pk"):
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
            next_try_at=clock.now()
        )
        leases.announce(delivery, seconds=0)
        released.append(delivery.pk)
    return released


def note_success(connection: Connection, *, is_out: bool) -> None:
    """It works, in this direction."""
    now, field = clock.now(), "last_out_at" if is_out else "last_in_at"
    is_stale = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lt": now - NOTE_EVERY})
    Connection.objects.filter(is_stale, pk=connection.pk).update(**{field: now})


def note_failure(connection: Connection, sentence: str) -> None:
    """It did not work; the sentence is for staff and holds no secret."""
    Connection.objects.filter(pk=connection.pk).update(
        last_error=sentence[:300], last_error_at=clock.now()
    )
