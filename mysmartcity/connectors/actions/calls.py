"""What came of calling a body about a message that goes by hand."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.arrived import learn_reference
from mysmartcity.dispatch.models import Call, Delivery
from mysmartcity.dispatch.status import CallOutcome, DeliveryState
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Person


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
    """Write a call down; with a reference, a status or a promise the message is done.

    Raises NotAllowed when the message does not go by hand (any more).
    """
    locked = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if locked.state != DeliveryState.BY_HAND:
        raise NotAllowed(_("Somebody else has made this call already."))
    call = Call.objects.create(
        delivery=locked,
        by=by,
        outcome=outcome,
        body_reference=body_reference,
        status=status,
        promised_at=promised_at,
        words=words,
        waited_seconds=waited_seconds,
    )
    if outcome in (CallOutcome.NO_ANSWER, CallOutcome.ELSEWHERE):
        Delivery.objects.filter(pk=locked.pk).update(next_try_at=again_at or clock.now())
        return call
    Delivery.objects.filter(pk=locked.pk).update(state=DeliveryState.DONE, done_at=clock.now())
    if body_reference:
        learn_reference(handover=locked.handover, body_reference=body_reference)
    return call
