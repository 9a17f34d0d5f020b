"""Working through what waits for one connection, in the order in which it came.

A connection has a few slots; each handover belongs to one of them, so what belongs together goes in
order and nothing is sent at once through more doors than the connection allows. While a system fails,
one message at a time tries it, and the others wait: nobody hammers a system that is down.
"""

import time
from collections.abc import Sequence
from typing import Final

from django.db.models import F

from mysmartcity.connectors import slots
from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.actions.connection import BREAK_AFTER, is_resting
from mysmartcity.connectors.actions.deliver import deliver_leased, due
from mysmartcity.connectors.actions.lease import Lease
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.slots import Work
from mysmartcity.dispatch.models import Delivery
from mysmartcity.lib import clock

DRAIN_SECONDS: Final = 20.0
"""So long one job drains; then the next one goes on, so that every connection gets its turn."""

BATCH: Final = 20
"""So many messages are leased at once; the rest of a batch is given back when one fails."""


def drain(*, connection_id: int, slot: int) -> bool:
    """Send what is due in one slot; True when more is due but the time is over.

    After the slot is let go it looks once more: what was queued while nobody could get the slot would
    wait for the sweep otherwise.
    """
    ends_at = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < ends_at:
        with slots.held(Work.DRAIN, connection_id, slot) as is_ours:
            if not is_ours:
                return False
            _send_due(connection_id, slot, ends_at)
        connection = _ready(connection_id)
        if connection is None or not due_in(connection, slot, limit=1):
            return False
    return True


def _send_due(connection_id: int, slot: int, ends_at: float) -> None:
    while (connection := _ready(connection_id)) is not None:
        is_probing = connection.failure_count >= BREAK_AFTER
        if is_probing and slot:
            return  # The first slot alone finds out whether it works again.
        ids = due_in(connection, slot, limit=1 if is_probing else BATCH, every_slot=is_probing)
        if not ids or not _send_batch(leases.take_many(ids), connection, ends_at):
            return


def _send_batch(taken: list[Lease], connection: Connection, ends_at: float) -> bool:
    """Send these until one fails; False when the time is over. What is left is given back."""
    for number, lease in enumerate(taken):
        has_failed = deliver_leased(lease, connection=connection)
        is_over = time.monotonic() >= ends_at
        if has_failed or is_over:
            leases.give_back(taken[number + 1 :])
            return not is_over
    return bool(taken)


def _ready(connection_id: int) -> Connection | None:
    """The connection, if anything may be sent through it now."""
    found: Connection | None = (
        Connection.objects.active().live().filter(pk=connection_id).select_related("body").first()
    )
    return None if found is None or is_resting(found) else found


def due_in(
    connection: Connection, slot: int, *, limit: int, every_slot: bool = False
) -> Sequence[int]:
    """Ids of the messages of one slot whose time has come, the longest due first."""
    found = due().filter(lane=connection.pk)
    if connection.lanes > 1 and not every_slot:
        found = found.alias(its_slot=F("handover_id") % connection.lanes).filter(its_slot=slot)
    return list(found.values_list("pk", flat=True)[:limit])


def due_slots() -> list[tuple[int, int]]:
    """(connection, slot) of everything that is due somewhere; connections that rest are left out."""
    now = clock.now()
    waiting = dict.fromkeys(
        due().filter(lane__isnull=False).order_by().values_list("lane").distinct()
    )
    ready = Connection.objects.active().live().filter(pk__in=[lane for (lane,) in waiting])
    return [
        (connection.pk, slot)
        for connection in ready
        if connection.rest_until is None or connection.rest_until <= now
        for slot in range(connection.lanes if connection.failure_count < BREAK_AFTER else 1)
    ]


def homeless_ids(*, limit: int = 500) -> list[int]:
    """Messages that are due and have no lane: their connection came later, or none has come yet."""
    homeless = Delivery.objects.filter(pk__in=due().filter(lane__isnull=True)).order_by("pk")
    return list(homeless.values_list("pk", flat=True)[:limit])
