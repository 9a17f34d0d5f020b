"""Sending one message of the outbox to a body's system, exactly once.

Lives here: the order of steps. Leases are in `lease.py`, what is written after a try in `record.py`.
No step holds a transaction open while the network is used.
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.actions import record
from mysmartcity.connectors.actions.lanes import assign_lane
from mysmartcity.connectors.actions.lease import Lease
from mysmartcity.connectors.contract import Connector, DeliveryFailed, Message
from mysmartcity.connectors.figures import note_call
from mysmartcity.connectors.messages import message_of
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.dispatch.actions import IF_ABLE
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, ErrorClass, QueueReason
from mysmartcity.issues.status import Status
from mysmartcity.lib import clock
from mysmartcity.lib.crash import crash_point

log = logging.getLogger(__name__)

LOOK_UPS_BEFORE_RESEND = 2
"""So often a message must be absent at the other side before it is sent again."""

CLOCK_SKEW = timedelta(minutes=10)
"""So far the clock of a city's system may be from ours when we look a message up."""

LATEST_ARRIVAL = timedelta(hours=1)
"""A message that shows up later than this after it was sent was not held up, it was never taken."""

PAUSED_SECONDS = 300
BLOCKED_SECONDS = 10
GOES_NOWHERE = frozenset({Status.WITHDRAWN, Status.HIDDEN, Status.MERGED})
"""An issue that stands so is not sent to anybody who does not have it yet."""

_TEXT_KINDS = (DeliveryKind.COMMENT, DeliveryKind.NOT_FIXED, DeliveryKind.WITHDRAWN)


@dataclass(frozen=True)
class Try:
    """One message ready to go, or to be looked up."""

    lease: Lease
    connection: Connection
    connector: Connector
    message: Message


def deliver(*, delivery_id: int) -> bool:
    """Take one step with a message: send it, or look up whether it arrived. Safe to run twice.

    True when the system failed it, so that whoever has more for that system looks at it afresh.
    """
    lease = leases.take(delivery_id)
    return deliver_leased(lease, connection=None) if lease is not None else False


def deliver_leased(lease: Lease, *, connection: Connection | None) -> bool:
    """As `deliver`, with a message that is ours already; `connection` where its lane is known."""
    crash_point("after-lease")
    try:
        ready = _prepare(lease, connection)
        if ready is None:
            return False
        return _look_up(ready) if lease.is_uncertain else _send(ready)
    except Exception as error:
        log.exception("Message %s broke the code that handles it", lease.delivery.pk)
        record.broke(lease, error)
        return True


def due() -> QuerySet[Delivery]:
    """Messages whose time has come, and those whose worker ended; the longest due first."""
    now = clock.now()
    open_states = (DeliveryState.WAITING, DeliveryState.UNCERTAIN)
    is_due = Q(state__in=open_states, next_try_at__lte=now)
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    is_lost = Q(state=DeliveryState.SENDING, leased_until__lte=now)
    return Delivery.objects.filter((is_due & is_free) | is_lost).order_by("next_try_at", "pk")


def due_delivery_ids(*, limit: int = 500) -> list[int]:
    """The ids of what is due, whatever connection it is for."""
    return list(due().values_list("pk", flat=True)[:limit])


def _prepare(lease: Lease, connection: Connection | None) -> Try | None:
    """Everything that must be right before sending; None when the message was put back instead."""
    delivery = lease.delivery
    if connection is None:
        lane = assign_lane(delivery_id=delivery.pk)
        connection = lane.connection if lane is not None else None
    if connection is None:
        words = _("There is no connection to %(body)s.")
        record.park(
            lease,
            reason=QueueReason.NO_CONNECTION,
            words=words % {"body": delivery.handover.body.name},
        )
        return None
    if not connection.is_active:
        leases.put_back(lease, seconds=PAUSED_SECONDS, why=connection.pause_reason)
        return None
    try:
        connector = connector_for(connection)
    except UnknownSystem as error:
        record.park(lease, reason=QueueReason.NO_CONNECTION, words=str(error))
        return None
    ready = Try(lease, connection, connector, message_of(delivery, connection))
    return ready if lease.is_uncertain or not _is_held_up(ready) else None


def _is_held_up(ready: Try) -> bool:
    """Whether the message may not go now; then it has been put back, parked or dropped."""
    if ready.message.kind == DeliveryKind.CREATE:
        return _is_create_held_up(ready)
    return _is_follow_up_held_up(ready)


def _is_create_held_up(ready: Try) -> bool:
    handover = ready.lease.delivery.handover
    has_a_part = handover.is_current or handover.is_shared
    if not has_a_part or handover.issue.status in GOES_NOWHERE:
        record.drop(ready.lease, why=_("It was not needed any more."))
        return True
    if ready.connector.capabilities.needs_category_code and not ready.message.remote_category:
        words = _("%(body)s's system has no code for “%(category)s”.")
        names = {"body": ready.message.body_name, "category": ready.message.category_name}
        record.park(ready.lease, reason=QueueReason.NEEDS_MAPPING, words=words % names)
        return True
    missing = ready.connector.missing(ready.message)
    if missing:
        words = _("%(body)s's system takes no report without %(facts)s.")
        facts = {"body": ready.message.body_name, "facts": ", ".join(missing)}
        record.park(ready.lease, reason=QueueReason.NEEDS_FACTS, words=words % facts)
        return True
    return False


def _is_follow_up_held_up(ready: Try) -> bool:
    """The first message goes first; then texts in their order, and photos whenever they can."""
    lease, delivery = ready.lease, ready.lease.delivery
    siblings = delivery.handover.deliveries.exclude(pk=delivery.pk)
    creates = siblings.filter(kind=DeliveryKind.CREATE).order_by("pk")
    first = creates.filter(lane=delivery.lane).first() or creates.first()
    if first is None or first.state != DeliveryState.DONE:
        leases.put_back(lease, seconds=leases.patience(delivery.made_at))
        return True
    if first.attempt_count == 0:  # dropped before it was ever tried
        record.drop(lease, why=_("The body never got the issue, so there is nothing to add."))
        return True
    can = ready.connector.capabilities
    if not (can.photos if delivery.kind == DeliveryKind.PHOTO else can.comments):
        _tell_otherwise(ready)
        return True
    if can.needs_reference and not ready.message.body_reference:
        leases.put_back(lease, seconds=leases.patience(first.done_at))
        return True
    earlier = siblings.filter(pk__lt=delivery.pk, kind__in=_TEXT_KINDS).exclude(
        state__in=(DeliveryState.DONE, DeliveryState.DEAD)
    )
    if delivery.kind in _TEXT_KINDS and earlier.exists():
        leases.put_back(lease, seconds=BLOCKED_SECONDS)
        return True
    return False


def _tell_otherwise(ready: Try) -> None:
    """The system takes no such message: a courtesy is left unsaid, the rest goes before a human."""
    why = _("This system takes no such message. Tell %(body)s another way.")
    sentence = why % {"body": ready.message.body_name}
    if ready.lease.delivery.content.get(IF_ABLE):
        record.drop(ready.lease, why=sentence)
        return
    failure = DeliveryFailed(ErrorClass.PERMANENT, sentence)
    record.failed(ready.lease, failure, connection=ready.connection)


def _send(ready: Try) -> bool:
    if ready.connector.capabilities.by_hand:
        record.by_hand(ready.lease, brief=ready.connector.brief(ready.message))
        return False
    if not leases.begin_sending(ready.lease, seconds=ready.connector.lease_seconds):
        return False
    crash_point("before-send")
    began = time.monotonic()
    try:
        sent = ready.connector.send(ready.message)
    except DeliveryFailed as failure:
        crash_point("after-refusal")
        _note_call(ready, began, is_ok=failure.error_class == ErrorClass.PERMANENT)
        record.failed(ready.lease, failure, connection=ready.connection)
        return failure.error_class != ErrorClass.PERMANENT
    crash_point("after-send")
    _note_call(ready, began, is_ok=True)
    record.sent(ready.lease, sent, connector=ready.connector, connection=ready.connection)
    return False


def _note_call(ready: Try, began: float, *, is_ok: bool) -> None:
    """A refusal of one message is an answer: the system works."""
    note_call(
        connection_id=ready.connection.pk,
        is_out=True,
        is_ok=is_ok,
        milliseconds=(time.monotonic() - began) * 1000,
    )


def _look_up(ready: Try) -> bool:
    """Ask the other side what became of a message, before anything is sent again."""
    delivery = ready.lease.delivery
    if not ready.connector.capabilities.look_up:
        record.ask_a_human(ready.lease, message=ready.message)
        return False
    began_at = delivery.first_try_at or delivery.made_at
    until = min(clock.now(), began_at + LATEST_ARRIVAL) + CLOCK_SKEW
    crash_point("before-look-up")
    try:
        found = ready.connector.look_up(ready.message, since=began_at - CLOCK_SKEW, until=until)
    except DeliveryFailed as failure:
        record.look_up_failed(ready.lease, failure, connection=ready.connection)
        return True
    crash_point("after-look-up")
    if found is not None:
        record.sent(ready.lease, found, connector=ready.connector, connection=ready.connection)
    else:
        settle_seconds = float(ready.connection.settings.get("settle_seconds", 5))
        is_absent = delivery.look_up_count + 1 >= LOOK_UPS_BEFORE_RESEND
        record.not_found(ready.lease, seconds=settle_seconds, is_absent=is_absent)
    return False
