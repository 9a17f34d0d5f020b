"""Giving an issue to the body that leads and to those that have a part in it, and ending that."""

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.outbox import queue_delivery
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.rules import Route, promise_holds
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, HandoverState
from mysmartcity.issues.models import Issue
from mysmartcity.issues.service_level import due_at
from mysmartcity.lib import clock, ids
from mysmartcity.people.models import Body


def reply_token(handover_id: int) -> str:
    """The secret part of a handover's reply address: knowing a reference moves nothing.

    100 bits, derived, so that only its hash must be kept. Lower case, because mail systems may
    fold the case of an address.
    """
    return salted_hmac("reply", str(handover_id), secret=settings.SECRET_KEY).hexdigest()[:25]


@transaction.atomic
def hand_over(*, issue: Issue, found: Route, passed_from: Handover | None = None) -> Handover:
    """Give an issue to the body that leads, and a part of it to each that shares.

    Handovers and their first messages are written together. A body that has a part already leads from
    now on with the handover that it has.
    """
    ended = Handover.objects.filter(issue=issue)
    ended.filter(is_current=True).update(is_current=False)
    ended.filter(is_shared=True).dropped().update(is_shared=False)
    part: Handover | None = Handover.objects.active().filter(issue=issue, body=found.body).first()
    if part is not None:
        part.is_current, part.is_shared, part.passed_from = True, False, passed_from
        part.save(update_fields=["is_current", "is_shared", "passed_from"])
        handover = part
    else:
        handover = _give(issue, found, passed_from=passed_from)
    _note_lead(issue, handover.body)
    for other in found.also:
        share_out(issue=issue, found=other)
    return handover


def share_out(
    *, issue: Issue, found: Route, passed_from: Handover | None = None
) -> Handover | None:
    """Give a body a part of an issue, beside the one that leads; None when it has it already."""
    if Handover.objects.active().filter(issue=issue, body=found.body).exists():
        return None
    return _give(issue, found, passed_from=passed_from, is_shared=True)


def _give(
    issue: Issue, found: Route, *, passed_from: Handover | None, is_shared: bool = False
) -> Handover:
    handover: Handover = Handover.objects.create(
        issue=issue,
        body=found.body,
        rule_reason=found.reason[:300],
        is_current=not is_shared,
        is_shared=is_shared,
        passed_from=passed_from,
    )
    handover.reply_hash = ids.hash_secret(reply_token(handover.pk))
    handover.save(update_fields=["reply_hash"])
    queue_delivery(
        handover=handover,
        kind=DeliveryKind.CREATE,
        content={},
        key=f"{issue.reference}-{handover.pk}",
    )
    return handover


def _note_lead(issue: Issue, body: Body) -> None:
    """Who leads is shown with the issue. Its clock runs on; a promise binds only its maker."""
    holds = promise_holds(category=issue.category, body=body)
    promised_at = due_at(issue.reported_at, issue.category) if holds else None
    Issue.objects.filter(pk=issue.pk).update(
        responsible_name=body.name, responsible_slug=body.slug, promised_at=promised_at
    )


def end_handover(*, handover: Handover) -> None:
    """It leads no more and has no part any more; its answer is kept, and its reference still leads here.

    A first message that waits is dropped. Taking its lease away stops a worker that is about to send:
    it asks once more before the first byte. What a worker has in hand this moment is not waited for
    (it may wait for the issue): it is dropped when its turn comes.
    """
    now = clock.now()
    waiting = handover.deliveries.filter(kind=DeliveryKind.CREATE, state=DeliveryState.WAITING)
    ours = waiting.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
    handover.deliveries.filter(pk__in=list(ours)).update(
        state=DeliveryState.DONE,
        attempt_count=0,
        done_at=now,
        lease_token="",
        leased_until=None,
        error=_("It was not needed any more."),
    )
    Handover.objects.filter(pk=handover.pk).update(
        is_current=False, is_shared=False, state=HandoverState.ENDED
    )
    Handover.objects.filter(pk=handover.pk, ended_at=None).update(ended_at=now)
    handover.refresh_from_db()
