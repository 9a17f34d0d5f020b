"""What becomes true when a message has arrived: the handover's state, the issue's, what follows.

Runs inside the transaction that marks the delivery as done.
"""

from django.utils.translation import gettext as _

from mysmartcity.connectors.actions import lease as leases
from mysmartcity.connectors.contract import Connector, Sent
from mysmartcity.dispatch.actions import acknowledge, mark_sent, queue_delivery
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock


def note_arrival(delivery: Delivery, answer: Sent, *, connector: Connector) -> None:
    """The consequences of one message having arrived."""
    handover = delivery.handover
    # The issue's row first, then the handover's: the order in which news from bodies locks them too.
    Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
    if delivery.kind == DeliveryKind.CREATE:
        _note_create(handover, answer, connector)
    elif delivery.kind == DeliveryKind.NOT_FIXED:
        words = _("It went back to %(body)s.") % {"body": handover.body.name}
        _move(handover, before=Status.NOT_FIXED, after=Status.SENT, words=words)


def _note_create(handover: Handover, answer: Sent, connector: Connector) -> None:
    if answer.token:
        handover.body_token = answer.token[:200]
        handover.save(update_fields=["body_token"])
    mark_sent(handover=handover)
    words = _("It was sent to %(body)s.") % {"body": handover.body.name}
    for before in (Status.RECEIVED, Status.NOT_FIXED):  # the latter went to another body
        _move(handover, before=before, after=Status.SENT, words=words)
    if answer.remote_reference:
        learn_reference(handover=handover, body_reference=answer.remote_reference)
    _queue_photos(handover, connector)
    _release_followers(handover)


def learn_reference(*, handover: Handover, body_reference: str) -> None:
    """The body gave its reference, at once, by token or in a mail; the resident sees it."""
    acknowledge(handover=handover, body_reference=body_reference)
    handover.refresh_from_db(fields=["body_reference", "acknowledged_at", "state"])
    words = _("%(body)s gave its reference: %(reference)s.")
    facts = {"body": handover.body.name, "reference": body_reference}
    _move(handover, before=Status.SENT, after=Status.ACKNOWLEDGED, words=words % facts)


def _move(handover: Handover, *, before: Status, after: Status, words: str) -> None:
    """Move the issue if it stands where this news expects it; later news has passed it otherwise."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
    if issue.status != before or not handover.is_current:
        return
    by_body = after == Status.ACKNOWLEDGED
    actor = Actor.BODY if by_body else Actor.PLATFORM
    name = handover.body.name if by_body else ""
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
