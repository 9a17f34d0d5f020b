"""What becomes true when a message has arrived: the handover's state, the issue's, what follows.

Runs inside the transaction that marks the delivery as done.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.contract import Connector, Sent
from mysmartcity.dispatch.actions import (
    acknowledge,
    add_reference,
    follow_bodies,
    mark_sent,
    open_again,
    queue_delivery,
)
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, ReferenceKind
from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock


def note_arrival(delivery: Delivery, answer: Sent, *, connector: Connector) -> None:
    """The consequences of one message having arrived."""
    handover = delivery.handover
    # The issue's row first, then the handover's: the order in which news from bodies locks them too.
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
    # It may have been passed on, or spoken of, since the message was leased.
    body = handover.body
    handover.refresh_from_db()
    handover.issue, handover.body = issue, body
    if delivery.kind == DeliveryKind.CREATE:
        _note_create(handover, answer, connector)
    elif delivery.kind == DeliveryKind.NOT_FIXED:
        _note_back(handover)
    else:
        return
    others = Handover.objects.active().filter(issue=issue).exclude(pk=handover.pk)
    if handover.said or others.exists():
        follow_bodies(issue=issue)


def _note_back(handover: Handover) -> None:
    """A body that had said "done" knows that it is not; the first of several to know moves the issue."""
    if not (handover.is_current or handover.is_shared):
        return
    objections = handover.issue.timeline.filter(after=Status.NOT_FIXED).order_by("-happened_at")
    at = objections.values_list("happened_at", flat=True).first()
    if handover.said_at is None or at is None or handover.said_at < at:
        open_again(handover=handover)
    words = _("It went back to %(body)s.") % {"body": handover.body.name}
    _move(handover, before=(Status.NOT_FIXED,), after=Status.SENT, words=words, is_said=True)


def _note_create(handover: Handover, answer: Sent, connector: Connector) -> None:
    if answer.token:
        handover.body_token = answer.token[:200]
        handover.save(update_fields=["body_token"])
    mark_sent(handover=handover)
    words = _("It was sent to %(body)s.") % {"body": handover.body.name}
    # What stands at "not fixed" went to another body.
    before = (Status.RECEIVED, Status.NOT_FIXED) if handover.is_current else ()
    _move(handover, before=before, after=Status.SENT, words=words, is_said=handover.is_shared)
    if answer.remote_reference:
        learn_reference(handover=handover, body_reference=answer.remote_reference)
        for more in answer.more_references:
            add_reference(handover=handover, reference=more, kind=ReferenceKind.MORE)
    _queue_photos(handover, connector)
    _release_followers(handover)


def learn_reference(*, handover: Handover, body_reference: str) -> None:
    """The body gave its reference, at once, by token or in a mail; the resident sees it."""
    is_new = not handover.body_reference
    acknowledge(handover=handover, body_reference=body_reference)
    words = _("%(body)s gave its reference: %(reference)s.")
    facts = {"body": handover.body.name, "reference": body_reference}
    before = (Status.SENT,) if handover.is_current else ()
    is_said = handover.is_shared and is_new
    _move(handover, before=before, after=Status.ACKNOWLEDGED, words=words % facts, is_said=is_said)


def _move(
    handover: Handover,
    *,
    before: Collection[Status],
    after: Status,
    words: str,
    is_said: bool = False,
) -> None:
    """Move the issue if it stands where this news expects it; later news has passed it otherwise.

    `is_said`: where it does not move, the words are said all the same. The caller has locked the issue.
    """
    issue = handover.issue
    by_body = after == Status.ACKNOWLEDGED
    actor = Actor.BODY if by_body else Actor.PLATFORM
    name = handover.body.name if by_body else ""
    if issue.status not in before:
        if is_said:
            comment_issue(issue=issue, actor=actor, actor_name=name, public_words=words)
        return
    move = Move(after, actor, actor_name=name, public_words=words)
    change_status(issue=issue, move=move)


def _queue_photos(handover: Handover, connector: Connector) -> None:
    """Photos that the first message could not carry follow as messages of their own."""
    if not connector.capabilities.photos:
        return
    issue = handover.issue
    digests = list(issue.photos.filter(is_hidden=False).values_list("digest", flat=True))
    for digest in digests[connector.photos_in_create(len(digests)) :]:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.PHOTO,
            content={"photo": digest},
            key=f"{issue.reference}-{handover.pk}-photo-{digest[:16]}",
        )


def _release_followers(handover: Handover) -> None:
    """Messages that waited for the first one may go now."""
    waiting = handover.deliveries.filter(state=DeliveryState.WAITING, leased_until__isnull=True)
    for delivery in waiting.exclude(kind=DeliveryKind.CREATE).select_related("handover"):
        handover.deliveries.filter(pk=delivery.pk).update(next_try_at=clock.now())
        leases.announce(delivery, seconds=0)
