"""What is written down after a try, in one transaction each, by the holder of the lease only.

A worker whose lease has ended writes nothing: another one asks the other side what became of it.
"""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.actions.arrived import note_arrival
from mysmartcity.connectors.actions.connection import note_failure, note_success, pause_connection
from mysmartcity.connectors.actions.lease import Lease
from mysmartcity.connectors.contract import Connector, DeliveryFailed, Message, Sent
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import connector_for
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import (
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    HandoverState,
    QueueReason,
)
from mysmartcity.issues.actions import comment_issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor
from mysmartcity.lib import clock
from mysmartcity.lib.crash import crash_point
from mysmartcity.people.models import Person

MAX_ATTEMPTS = 12
PARKED_SECONDS = 600
"""A parked message is looked at again so often, should its release have been missed."""


def _ours(lease: Lease) -> Delivery | None:
    """The delivery, locked, if the lease is still ours."""
    return (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__issue", "handover__body")
        .filter(lease.held())
        .first()
    )


def _free(delivery: Delivery, state: DeliveryState, *, seconds: float | None = None) -> None:
    """Put a delivery into a state, without a lease; `seconds` says when it comes again."""
    delivery.state = state
    delivery.lease_token, delivery.leased_until = "", None
    if seconds is not None:
        delivery.next_try_at = clock.now() + timedelta(seconds=seconds)
    delivery.save()
    if seconds is not None:
        leases.announce(delivery, seconds=seconds)


def sent(lease: Lease, answer: Sent, *, connector: Connector, connection: Connection) -> None:
    """It arrived: everything that follows from that becomes true in one transaction."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        _done(delivery, answer, connector=connector)
        crash_point("before-record")
    crash_point("after-record")
    note_success(connection, is_out=True)


def _done(
    delivery: Delivery, answer: Sent, *, connector: Connector, by: Person | None = None
) -> None:
    may_be_queued = bool(delivery.error) or delivery.state != DeliveryState.SENDING
    delivery.done_at = clock.now()
    delivery.remote_id = (answer.remote_id or answer.remote_reference or answer.token or "")[:200]
    delivery.error, delivery.error_class = "", ""
    _free(delivery, DeliveryState.DONE)
    if may_be_queued:
        QueueEntry.objects.unsettled().filter(delivery=delivery).update(
            settled_at=delivery.done_at, settled_by=by, outcome="it arrived"
        )
    note_arrival(delivery, answer, connector=connector)


def failed(lease: Lease, failure: DeliveryFailed, *, connection: Connection) -> None:
    """It did not arrive, or nobody knows: what is done next depends on the class of the error."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.error = failure.sentence[:500]
        delivery.error_class = failure.error_class
        if failure.error_class == ErrorClass.AMBIGUOUS:
            delivery.look_up_count = 0
            settle_seconds = float(connection.settings.get("settle_seconds", 5))
            _free(delivery, DeliveryState.UNCERTAIN, seconds=settle_seconds)
        elif failure.error_class == ErrorClass.AUTH:
            delivery.attempt_count = max(0, delivery.attempt_count - 1)
            _free(delivery, DeliveryState.WAITING, seconds=PARKED_SECONDS)
            _refused_key(delivery, failure, connection)
        elif failure.error_class == ErrorClass.PERMANENT:
            _bury(delivery)
        else:
            _try_again(delivery, failure)
    note_failure(connection, failure)


def _try_again(delivery: Delivery, failure: DeliveryFailed) -> None:
    """Certainly not there: it goes again later, or lies before a human after the last try.

    That a system is away is no fault of a message: however long that lasts, the message is not given
    up, and a connection at rest sees to it that it is not tried too often.
    """
    if failure.is_systemic or failure.error_class == ErrorClass.THROTTLED:
        delivery.attempt_count = max(0, delivery.attempt_count - 1)
    elif delivery.attempt_count >= MAX_ATTEMPTS:
        _bury(delivery)
        return
    # A later look-up need not search the time before the next try.
    delivery.first_try_at = None
    wait = failure.retry_after or leases.backoff(delivery.attempt_count)
    _free(delivery, DeliveryState.WAITING, seconds=min(wait, leases.BACKOFF_CAP))


def broke(lease: Lease, error: Exception) -> None:
    """Our own code failed over this message: it counts as a try, and the others go on.

    Where it was being sent, nobody knows whether it arrived. The text of the error stays in the log: it
    may hold what the message holds.
    """
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.error = f"A fault of ours: {type(error).__name__}. The log says more."
        if delivery.state == DeliveryState.SENDING:
            delivery.error_class, delivery.look_up_count = ErrorClass.AMBIGUOUS, 0
            _free(delivery, DeliveryState.UNCERTAIN, seconds=leases.BACKOFF_BASE)
            return
        delivery.attempt_count += 1
        if delivery.attempt_count >= MAX_ATTEMPTS:
            _bury(delivery)
        else:
            wait = leases.backoff(delivery.attempt_count)
            _free(delivery, DeliveryState(delivery.state), seconds=wait)


def by_hand(lease: Lease, *, brief: str) -> None:
    """Its system is a person: it lies before the desk, with what the caller needs to have at hand."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.content = {**delivery.content, "brief": brief}
        delivery.attempt_count = max(1, delivery.attempt_count)
        delivery.next_try_at = clock.now()
        _free(delivery, DeliveryState.BY_HAND)


def _refused_key(delivery: Delivery, failure: DeliveryFailed, connection: Connection) -> None:
    """Every further try would be refused too, and some systems lock a key that keeps knocking."""
    pause_connection(connection=connection, reason=failure.sentence)
    queue_issue(
        issue=delivery.handover.issue,
        reason=QueueReason.NO_CONNECTION,
        words=failure.sentence,
        delivery=delivery,
    )


def _bury(delivery: Delivery) -> None:
    """Into the dead-letter list, before a human, with a line that only staff see."""
    _free(delivery, DeliveryState.DEAD)
    handover, issue = delivery.handover, delivery.handover.issue
    if delivery.kind == DeliveryKind.CREATE:
        Handover.objects.filter(pk=handover.pk).update(state=HandoverState.FAILED)
    queue_issue(
        issue=issue, reason=QueueReason.DEAD_LETTER, words=delivery.error, delivery=delivery
    )
    words = _("The message “%(kind)s” to %(body)s could not be delivered: %(error)s")
    facts = {"kind": delivery.kind, "body": handover.body.name, "error": delivery.error}
    comment_issue(issue=issue, actor=Actor.PLATFORM, inside_words=words % facts)


def park(lease: Lease, *, reason: QueueReason, words: str) -> None:
    """It can't go until a human gave something (a connection, a code); it waits, never lost."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.error = words[:500]
        _free(delivery, DeliveryState(delivery.state), seconds=PARKED_SECONDS)
        queue_issue(issue=delivery.handover.issue, reason=reason, words=words, delivery=delivery)


def drop(lease: Lease, *, why: str) -> None:
    """It is not needed any more and was never sent. It keeps the reason and 0 attempts."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.error, delivery.done_at, delivery.attempt_count = why[:500], clock.now(), 0
        _free(delivery, DeliveryState.DONE)
        if delivery.kind == DeliveryKind.CREATE:
            Handover.objects.filter(pk=delivery.handover_id).update(
                state=HandoverState.ENDED, ended_at=clock.now()
            )


def ask_a_human(lease: Lease, *, message: Message) -> None:
    """The system can't be asked whether a message arrived: a dispatcher finds out and says so."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        _free(delivery, DeliveryState.UNCERTAIN)
        # A year away: nothing happens by itself any more, settle_uncertain() decides.
        Delivery.objects.filter(pk=delivery.pk).update(
            next_try_at=clock.now() + timedelta(days=365)
        )
        words = _("We can't tell whether the message reached %(body)s. Ask them for %(reference)s.")
        facts = {"body": message.body_name, "reference": message.reference}
        queue_issue(
            issue=delivery.handover.issue,
            reason=QueueReason.UNCERTAIN,
            words=words % facts,
            delivery=delivery,
        )


def look_up_failed(lease: Lease, failure: DeliveryFailed, *, connection: Connection) -> None:
    """The other side could not be asked: the message stays uncertain, however long that takes."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.error = failure.sentence[:500]
        wait = failure.retry_after or leases.patience(delivery.first_try_at)
        _free(delivery, DeliveryState.UNCERTAIN, seconds=min(wait, leases.BACKOFF_CAP))
        if failure.error_class == ErrorClass.AUTH:
            _refused_key(delivery, failure, connection)
    note_failure(connection, failure)


def not_found(lease: Lease, *, seconds: float, is_absent: bool) -> None:
    """It is not at the other side. Absent often enough: it may be sent again."""
    with transaction.atomic():
        delivery = _ours(lease)
        if delivery is None:
            return
        delivery.look_up_count += 1
        if not is_absent:
            _free(delivery, DeliveryState.UNCERTAIN, seconds=seconds)
        elif delivery.attempt_count >= MAX_ATTEMPTS:
            _bury(delivery)
        else:
            delivery.look_up_count, delivery.first_try_at = 0, None
            _free(delivery, DeliveryState.WAITING, seconds=0)


def settle_uncertain(
    *, delivery: Delivery, arrived: bool, body_reference: str = "", by: Person
) -> None:
    """A dispatcher asked the body: the message arrived (with its reference), or it goes again.

    Raises NotAllowed when the message is not uncertain, or a worker has it in hand.
    """
    with transaction.atomic():
        locked = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("handover__issue", "handover__body__parent")
            .get(pk=delivery.pk)
        )
        is_in_hand = locked.leased_until is not None and locked.leased_until > clock.now()
        if locked.state != DeliveryState.UNCERTAIN or is_in_hand:
            raise NotAllowed(_("Only a message of which nobody knows can be settled."))
        connection = Connection.objects.filter(pk=locked.lane or 0).select_related("body").first()
        if connection is None:
            raise NotAllowed(_("There is no connection to this body any more."))
        if arrived:
            answer = Sent(remote_reference=body_reference or None)
            _done(locked, answer, connector=connector_for(connection), by=by)
            return
        _free(locked, DeliveryState.WAITING, seconds=0)
        QueueEntry.objects.unsettled().filter(delivery=locked).update(
            settled_at=clock.now(), settled_by=by, outcome="it did not arrive and goes again"
        )
