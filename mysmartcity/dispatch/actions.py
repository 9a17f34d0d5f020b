"""Every write of dispatch: routing, handing over, queueing messages, and the queue for humans."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from mysmartcity.dispatch.events import DeliveryQueued, IssueQueued
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.rules import Route, promise_holds, route
from mysmartcity.dispatch.status import (
    DeliveryKind,
    DeliveryState,
    HandoverState,
    QueueReason,
)
from mysmartcity.issues.models import Issue, IssueArea, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import ENDED, Status
from mysmartcity.lib import clock, events, ids
from mysmartcity.people.models import Body, Person

OVERDUE = timedelta(seconds=20)
"""Every report has a job of its own; the sweep only takes what such a job has missed."""


def reply_token(handover_id: int) -> str:
    """The secret part of a handover's reply address: knowing a reference moves nothing.

    100 bits, derived, so that only its hash must be kept. Lower case, because mail systems may
    fold the case of an address.
    """
    return salted_hmac("reply", str(handover_id), secret=settings.SECRET_KEY).hexdigest()[:25]


def with_a_body() -> QuerySet[Handover]:
    """Handovers that count. One whose first message was dropped unsent leaves its issue with nobody.

    That happens when an issue is hidden or merged before it went out, and shown again later.
    """
    dropped = Delivery.objects.filter(
        handover=OuterRef("pk"),
        kind=DeliveryKind.CREATE,
        state=DeliveryState.DONE,
        attempt_count=0,
    )
    return Handover.objects.exclude(Exists(dropped))


@transaction.atomic
def route_issue(*, issue_id: int) -> Handover | None:
    """Find the responsible body and hand the issue over; without an answer it goes to the queue.

    Running twice changes nothing: an issue that some body has, or is being sent to, is left alone.
    """
    issue = (
        Issue.objects.select_for_update(of=("self",))
        .select_related("category", "jurisdiction")
        .get(pk=issue_id)
    )
    if issue.status != Status.RECEIVED or with_a_body().filter(issue=issue).exists():
        return None
    areas = IssueArea.objects.filter(issue=issue).values_list("area_id", flat=True)
    found = route(jurisdiction=issue.jurisdiction, category=issue.category, area_ids=list(areas))
    if found is None:
        words = _("No rule says who is responsible for “%(category)s” here.")
        queue_issue(
            issue=issue,
            reason=QueueReason.NO_ROUTE,
            words=words % {"category": issue.category.name},
        )
        return None
    return hand_over(issue=issue, found=found)


def route_overdue(*, limit: int = 500) -> int:
    """Route reports that nobody has: their own job was lost with a worker or a database."""
    waiting = QueueEntry.objects.unsettled().filter(issue=OuterRef("pk"))
    lost = Issue.objects.filter(
        ~Exists(with_a_body().filter(issue=OuterRef("pk"))),
        ~Exists(waiting),
        status=Status.RECEIVED,
        reported_at__lt=clock.now() - OVERDUE,
    )
    ids = list(lost.order_by("pk").values_list("pk", flat=True)[:limit])
    for issue_id in ids:
        route_issue(issue_id=issue_id)
    return len(ids)


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


def queue_delivery(
    *, handover: Handover, kind: DeliveryKind, content: dict[str, Any], key: str
) -> Delivery:
    """Put a message into the outbox. The same key gives the same message, never a second one."""
    delivery, is_new = Delivery.objects.get_or_create(
        key=key, defaults={"handover": handover, "kind": kind, "content": content}
    )
    if is_new:
        events.publish(DeliveryQueued(delivery_id=delivery.pk, issue_id=handover.issue_id))
    return delivery


@transaction.atomic
def send_back(*, issue_id: int, entry_id: int) -> None:
    """A resident says that it is not fixed: tell the body, and put it before a dispatcher."""
    entry = TimelineEntry.objects.get(pk=entry_id)
    issue = Issue.objects.get(pk=issue_id)
    handover = Handover.objects.filter(issue=issue, is_current=True).first()
    if handover is not None:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.NOT_FIXED,
            content={"words": entry.public_words, "photo": entry.photo_digest},
            key=f"{issue.reference}-entry-{entry_id}",
        )
    queue_issue(issue=issue, reason=QueueReason.NOT_FIXED, words=entry.public_words[:500])


@transaction.atomic
def tell_withdrawn(*, issue_id: int, entry_id: int) -> None:
    """The reporter took it back: tell the body, and settle what humans had of it."""
    handover = Handover.objects.filter(issue_id=issue_id, is_current=True).first()
    if handover is not None:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.WITHDRAWN,
            content={},
            key=f"{handover.issue.reference}-entry-{entry_id}",
        )
    settle_ended(issue_id=issue_id)


def settle_ended(*, issue_id: int) -> None:
    """An issue that ended needs no human any more."""
    if Issue.objects.filter(pk=issue_id, status__in=ENDED).exists():
        QueueEntry.objects.unsettled().filter(issue_id=issue_id).update(
            settled_at=clock.now(), outcome="the issue ended"
        )


def queue_issue(
    *, issue: Issue, reason: QueueReason, words: str, delivery: Delivery | None = None
) -> QueueEntry:
    """Put an issue before a human. One open entry per reason; new words replace the old."""
    entry, is_new = QueueEntry.objects.get_or_create(
        issue=issue,
        reason=reason,
        settled_at=None,
        defaults={"words": words[:500], "delivery": delivery},
    )
    if is_new:
        events.publish(IssueQueued(issue_id=issue.pk, reason=str(reason)))
    elif delivery is not None or words != entry.words:
        entry.words, entry.delivery = words[:500], delivery or entry.delivery
        entry.save(update_fields=["words", "delivery"])
    return entry


@transaction.atomic
def settle_entry(*, entry: QueueEntry, by: Person, outcome: str) -> None:
    """A human dealt with it; what they did is kept."""
    QueueEntry.objects.filter(pk=entry.pk, settled_at=None).update(
        settled_at=clock.now(), settled_by=by, outcome=outcome[:300]
    )


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


@transaction.atomic
def replay_delivery(*, delivery: Delivery, by: Person) -> None:
    """Staff send a dead letter again, after mending its cause. Raises NotAllowed for a living one."""
    changed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD).update(
        state=DeliveryState.WAITING, attempt_count=0, next_try_at=clock.now()
    )
    if not changed:
        raise NotAllowed(_("Only a message in the dead-letter list can be sent again."))
    Handover.objects.filter(pk=delivery.handover_id, state=HandoverState.FAILED).update(
        state=HandoverState.WAITING
    )
    QueueEntry.objects.unsettled().filter(delivery=delivery).update(
        settled_at=clock.now(), settled_by=by, outcome="sent again"
    )
    events.publish(DeliveryQueued(delivery_id=delivery.pk, issue_id=delivery.handover.issue_id))


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
