"""Giving an issue to a body, and what becomes true of that handover."""

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from mysmartcity.dispatch.actions.outbox import queue_delivery
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.rules import Route, promise_holds
from mysmartcity.dispatch.status import DeliveryKind, HandoverState, QueueReason
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock, ids
from mysmartcity.people.models import Body, Person


def reply_token(handover_id: int) -> str:
    """The secret part of a handover's reply address: knowing a reference moves nothing.

    100 bits, derived, so that only its hash must be kept. Lower case, because mail systems may
    fold the case of an address.
    """
    return salted_hmac("reply", str(handover_id), secret=settings.SECRET_KEY).hexdigest()[:25]


@transaction.atomic
def hand_over(*, issue: Issue, found: Route) -> Handover:
    """Give an issue to a body: the handover and its first message are written together."""
    Handover.objects.filter(issue=issue, is_current=True).update(is_current=False)
    handover = Handover.objects.create(issue=issue, body=found.body, rule_reason=found.reason[:300])
    handover.reply_hash = ids.hash_secret(reply_token(handover.pk))
    handover.save(update_fields=["reply_hash"])
    Issue.objects.filter(pk=issue.pk).update(
        responsible_name=found.body.name, responsible_slug=found.body.slug
    )
    if not promise_holds(category=issue.category, body=found.body):
        Issue.objects.filter(pk=issue.pk).update(promised_at=None)
    queue_delivery(
        handover=handover,
        kind=DeliveryKind.CREATE,
        content={},
        key=f"{issue.reference}-{handover.pk}",
    )
    return handover


@transaction.atomic
def assign_body(*, issue: Issue, body: Body, by: Person) -> Handover:
    """A dispatcher says who is responsible. Raises NotAllowed when that body has it already."""
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    current = Handover.objects.filter(issue=locked, is_current=True, body=body).first()
    if current is not None:
        raise NotAllowed(_("%(body)s has this issue already.") % {"body": body.name})
    handover = hand_over(issue=locked, found=Route(body, _("A dispatcher chose it."), 0))
    QueueEntry.objects.unsettled().filter(
        issue=locked, reason__in=(QueueReason.NO_ROUTE, QueueReason.NO_CONNECTION)
    ).update(settled_at=clock.now(), settled_by=by, outcome=f"given to {body.name}"[:300])
    return handover


def mark_sent(*, handover: Handover) -> None:
    """The first message reached the body."""
    Handover.objects.filter(pk=handover.pk, state=HandoverState.WAITING).update(
        state=HandoverState.SENT, sent_at=clock.now()
    )


def acknowledge(*, handover: Handover, body_reference: str) -> None:
    """The body gave its own reference."""
    now = clock.now()
    Handover.objects.filter(pk=handover.pk, body_reference="").update(
        body_reference=body_reference[:100], acknowledged_at=now
    )
    Handover.objects.filter(
        pk=handover.pk, state__in=(HandoverState.WAITING, HandoverState.SENT)
    ).update(state=HandoverState.ACKNOWLEDGED)


def note_body_status(*, handover: Handover, body_status: str, has_ended: bool = False) -> None:
    """What the body's system says now, in its own word."""
    Handover.objects.filter(pk=handover.pk).update(body_status=body_status[:100])
    if has_ended:
        Handover.objects.filter(pk=handover.pk).update(
            state=HandoverState.ENDED, ended_at=clock.now()
        )
