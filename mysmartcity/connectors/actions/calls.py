"""What a person heard on the phone: written down, and from there the same as news from any system.

A message that is given by hand waits in the state `by_hand` until somebody says what came of the call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import apply_update
from mysmartcity.connectors.actions.arrived import note_arrival
from mysmartcity.connectors.codes import meaning_of
from mysmartcity.connectors.contract import Connector, Sent
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.status import Source
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Call, Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import (
    CallOutcome,
    DeliveryKind,
    DeliveryState,
    HandoverState,
    QueueReason,
)
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import SET_ASIDE, Status
from mysmartcity.lib import clock
from mysmartcity.lib.text import one_line, readable
from mysmartcity.people.models import Person

CALL_AGAIN = timedelta(hours=1)
"""So long after a call that nobody answered it is made again, unless the caller says otherwise."""

_NOWHERE = frozenset({Status.WITHDRAWN, *SET_ASIDE})


@dataclass(frozen=True)
class _Heard:
    """What was said, in the form in which it is kept."""

    outcome: CallOutcome
    body_reference: str
    status: str
    promised_at: datetime | None
    words: str


@transaction.atomic
def record_call(
    *,
    delivery: Delivery,
    by: Person,
    outcome: CallOutcome,
    body_reference: str = "",
    status: str = "",
    promised_at: datetime | None = None,
    words: str = "",
    waited_seconds: int | None = None,
    again_at: datetime | None = None,
) -> Call:
    """A person called a body about one message. `status` is in our own words, `words` are the body's.

    A reference, a status or a promise means that the message arrived; nobody answering, that it waits
    until `again_at`; "call somebody else", that the issue goes before a dispatcher. Raises NotAllowed when
    the message is not given by hand, was settled meanwhile, or something that the outcome needs is missing.
    """
    locked = _locked(delivery)
    heard = _Heard(
        outcome, one_line(body_reference)[:100], status.strip(), promised_at, readable(words)
    )
    _check(heard)
    connection, connector = _connection_of(locked)
    locked.attempt_count += 1
    locked.first_try_at = locked.first_try_at or clock.now()
    call = Call.objects.create(
        delivery=locked,
        by=by,
        called_at=clock.now(),
        waited_seconds=waited_seconds,
        outcome=outcome,
        body_reference=heard.body_reference,
        status=heard.status,
        promised_at=promised_at,
        words=heard.words,
    )
    if outcome == CallOutcome.NO_ANSWER:
        _wait(locked, again_at or clock.now() + CALL_AGAIN)
    elif outcome == CallOutcome.ELSEWHERE:
        _end(locked, heard.words, by=by, is_dropped=locked.kind == DeliveryKind.CREATE)
        _ask_who(locked, heard)
        release_by_hand(issue_id=locked.handover.issue_id)  # what was to follow it
    else:
        answer = Sent(remote_reference=heard.body_reference or None)
        _end(locked, "", by=by, remote_id=heard.body_reference)
        note_arrival(locked, answer, connector=connector)
        apply_update(item_id=_news(call, heard, connection).pk)
    return call


@transaction.atomic
def release_by_hand(*, issue_id: int) -> int:
    """Put calls away that need not be made any more; gives how many.

    A first message when the issue was withdrawn, hidden, merged or given to another body before anybody
    called; what was to follow it; and news of an issue that ended so, but for "it was withdrawn" itself.
    """
    waiting = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__issue")
        .filter(handover__issue_id=issue_id, state=DeliveryState.BY_HAND)
        .order_by("pk")
    )
    released = 0
    for delivery in waiting:
        if _is_needless(delivery):
            _end(delivery, _("It was not needed any more."), is_dropped=True)
            released += 1
    return released


def _locked(delivery: Delivery) -> Delivery:
    """The message, locked: of two who answer one call the second finds it settled."""
    locked = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("handover__issue", "handover__body__parent")
        .get(pk=delivery.pk)
    )
    if locked.state != DeliveryState.BY_HAND:
        raise NotAllowed(_("This message is not given by phone, or somebody has settled it."))
    return locked


def _check(heard: _Heard) -> None:
    """Whether what the outcome speaks of was given. Raises NotAllowed."""
    if heard.outcome == CallOutcome.REFERENCE and not heard.body_reference:
        raise NotAllowed(_("Write the reference that they gave."))
    if heard.outcome == CallOutcome.PROMISE and heard.promised_at is None:
        raise NotAllowed(_("Write until when they promised it."))
    if heard.outcome == CallOutcome.STATUS and not heard.status:
        raise NotAllowed(_("Choose how it stands with them."))
    if heard.status and meaning_of(heard.status, {}, is_ours=True) is None:
        raise NotAllowed(_("“%(status)s” is not something a body can say.") % vars(heard))


def _connection_of(delivery: Delivery) -> tuple[Connection, Connector]:
    """The connection by which the call is made. Raises NotAllowed when there is none (any more)."""
    body = delivery.handover.body
    found = list(Connection.objects.select_related("body").filter(pk=delivery.lane or 0))
    for connection in [*found, *Connection.objects.of_body(body)]:
        try:
            connector = connector_for(connection)
        except UnknownSystem:
            continue
        if connector.capabilities.by_hand:
            return connection, connector
    raise NotAllowed(_("There is no call centre for %(body)s any more.") % {"body": body.name})


def _wait(delivery: Delivery, again_at: datetime) -> None:
    delivery.next_try_at = again_at
    delivery.error = _("Nobody answered.")
    delivery.save(update_fields=["next_try_at", "error", "attempt_count", "first_try_at"])
    release_by_hand(issue_id=delivery.handover.issue_id)  # it may be needless by now


def _end(
    delivery: Delivery,
    error: str,
    *,
    by: Person | None = None,
    remote_id: str = "",
    is_dropped: bool = False,
) -> None:
    """No more calls about this message. One that is dropped never reached the body: 0 attempts."""
    delivery.state, delivery.done_at = DeliveryState.DONE, clock.now()
    delivery.error, delivery.remote_id = error[:500], remote_id[:200]
    delivery.lease_token, delivery.leased_until = "", None
    if is_dropped:
        delivery.attempt_count = 0
    delivery.save()
    if is_dropped and delivery.kind == DeliveryKind.CREATE:
        Handover.objects.filter(pk=delivery.handover_id).update(
            state=HandoverState.ENDED, ended_at=delivery.done_at
        )
    QueueEntry.objects.unsettled().filter(delivery=delivery).update(
        settled_at=delivery.done_at, settled_by=by, outcome="the call was made" if by else "dropped"
    )


def _ask_who(delivery: Delivery, heard: _Heard) -> None:
    """They say that it is somebody else's: a dispatcher chooses whose."""
    words = _("%(body)s says on the phone that it is not theirs: %(words)s")
    facts = {"body": delivery.handover.body.name, "words": heard.words or "-"}
    queue_issue(issue=delivery.handover.issue, reason=QueueReason.NO_ROUTE, words=words % facts)


def _news(call: Call, heard: _Heard, connection: Connection) -> InboxItem:
    """The inbox row of a call. A second reference of theirs goes beside the first, never over it."""
    handover = call.delivery.handover
    handover.refresh_from_db(fields=["body_reference"])
    known = handover.body_reference
    is_another = bool(known and heard.body_reference and known != heard.body_reference)
    if heard.promised_at is not None:
        Handover.objects.filter(pk=handover.pk).update(promised_at=heard.promised_at)
    return InboxItem.objects.create(
        connection=connection,
        event_id=f"call:{call.pk}",
        source=Source.CALL,
        handover=handover,
        body_reference=known if is_another else heard.body_reference,
        more_references=[heard.body_reference] if is_another else [],
        remote_status=heard.status,
        words=heard.words,
        promised_at=heard.promised_at,
        happened_at=call.called_at,
    )


def _is_needless(delivery: Delivery) -> bool:
    handover = delivery.handover
    is_nowhere = handover.issue.status in _NOWHERE
    if delivery.kind == DeliveryKind.CREATE:
        return is_nowhere or not handover.is_current
    first = handover.deliveries.filter(kind=DeliveryKind.CREATE).order_by("pk").first()
    if first is None or (first.state == DeliveryState.DONE and first.attempt_count == 0):
        return True
    return is_nowhere and delivery.kind != DeliveryKind.WITHDRAWN
