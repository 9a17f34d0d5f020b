"""Leases on deliveries: who may work on a message now, by compare-and-set, never by a long lock.

Two marks tell a crash apart. A lease on a waiting message says "somebody prepares it": when it runs
out, nothing was sent. The state `sending` is written just before the first byte may leave: when that
lease runs out, nobody knows, and the message becomes `uncertain`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from mysmartcity.dispatch.events import DeliveryQueued
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState, ErrorClass
from mysmartcity.lib import clock, events, ids

PREPARE_SECONDS = 30
"""Many times what preparing or a look-up takes; a killed worker's message comes back after it."""

BACKOFF_BASE = 5.0
BACKOFF_CAP = 3600.0


@dataclass(frozen=True)
class Lease:
    """A delivery that is ours until the lease ends, proven by the token."""

    delivery: Delivery
    token: str
    is_uncertain: bool

    def held(self) -> "Q":
        """The rows that are still ours: one or none."""
        return Q(pk=self.delivery.pk, lease_token=self.token)


def take(delivery_id: int) -> Lease | None:
    """Lease a delivery that is due; None when it is not, or somebody else has it."""
    return next(iter(take_many([delivery_id])), None)


def take_many(delivery_ids: Sequence[int]) -> list[Lease]:
    """Lease those of these deliveries that are due and that nobody has, in the order given."""
    now, token = clock.now(), ids.new_secret()[:32]
    chosen = Delivery.objects.filter(pk__in=delivery_ids)
    chosen.filter(state=DeliveryState.SENDING, leased_until__lte=now).update(
        state=DeliveryState.UNCERTAIN,
        look_up_count=0,
        error_class=ErrorClass.AMBIGUOUS,
        error="The worker ended while it was sending.",
    )
    taken = (
        chosen.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
        .filter(state__in=(DeliveryState.WAITING, DeliveryState.UNCERTAIN), next_try_at__lte=now)
        .update(lease_token=token, leased_until=now + timedelta(seconds=PREPARE_SECONDS))
    )
    if not taken:
        return []
    found = chosen.filter(lease_token=token).select_related(
        "handover__issue__category", "handover__body__parent"
    )
    place = {pk: number for number, pk in enumerate(delivery_ids)}
    ordered = sorted(found, key=lambda delivery: place[delivery.pk])
    return [
        Lease(delivery, token, delivery.state == DeliveryState.UNCERTAIN) for delivery in ordered
    ]


def give_back(leases: Sequence[Lease]) -> None:
    """Let go of messages that nothing was done with; they are due as before."""
    if leases:
        Delivery.objects.filter(
            pk__in=[one.delivery.pk for one in leases], lease_token=leases[0].token
        ).exclude(state=DeliveryState.SENDING).update(lease_token="", leased_until=None)


def begin_sending(lease: Lease, *, seconds: int) -> bool:
    """The point of no knowing: from here on a crash means "may have arrived".

    False when the lease is no longer ours; then nothing may be sent.
    """
    now = clock.now()
    begun = Delivery.objects.filter(
        lease.held(), state=DeliveryState.WAITING, leased_until__gt=now
    ).update(
        state=DeliveryState.SENDING,
        leased_until=now + timedelta(seconds=seconds),
        attempt_count=F("attempt_count") + 1,
        first_try_at=lease.delivery.first_try_at or now,
    )
    return bool(begun)


def put_back(lease: Lease, *, seconds: float, why: str = "") -> None:
    """Give a message back untried; it comes again after some seconds. `why` is for staff."""
    with transaction.atomic():
        again_at = clock.now() + timedelta(seconds=seconds)
        told = {"error": why[:500]} if why else {}
        Delivery.objects.filter(lease.held()).update(
            lease_token="", leased_until=None, next_try_at=again_at, **told
        )
        announce(lease.delivery, seconds=seconds)


def announce(delivery: Delivery, *, seconds: float) -> None:
    """Say that a message waits, so that a worker comes at the right time."""
    events.publish(
        DeliveryQueued(
            delivery_id=delivery.pk,
            issue_id=delivery.handover.issue_id,
            delay_seconds=max(0, round(seconds + 0.5)) if seconds else 0,
        )
    )


def backoff(attempt_count: int) -> float:
    """Seconds until the next try: doubling, capped at an hour, with full jitter.

    Full jitter: after an outage a thousand messages must not come back in one moment.
    """
    ceiling = min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt_count, 20))
    return random.uniform(BACKOFF_BASE / 2, ceiling)


def patience(since: datetime | None) -> float:
    """Seconds until we look again for something that has been out for a while: rarer with age."""
    age = (clock.now() - since).total_seconds() if since else 0.0
    return min(BACKOFF_CAP, max(BACKOFF_BASE, age / 4))
