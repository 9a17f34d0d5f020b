"""Telling bodies what residents and dispatchers did with an issue that they have."""

from typing import Any

from django.db import transaction

from mysmartcity.dispatch.actions.outbox import queue_delivery
from mysmartcity.dispatch.actions.queue import queue_issue, settle_ended
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, QueueReason
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.status import Status

IF_ABLE = "if_able"
"""In a message's content: it is a courtesy, dropped where the body's system takes no such message."""


@transaction.atomic
def send_back(*, issue_id: int, entry_id: int) -> None:
    """A resident says that it is not fixed: tell every body that said it was, and a dispatcher."""
    entry = TimelineEntry.objects.get(pk=entry_id)
    issue = Issue.objects.get(pk=issue_id)
    held = list(Handover.objects.active().filter(issue=issue).order_by("pk"))
    done = [one for one in held if one.said == Status.REPORTED_FIXED]
    # A dispatcher may have contested a refusal: then the body that leads is told.
    for handover in done or [one for one in held if one.is_current]:
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.NOT_FIXED,
            content={"words": entry.public_words, "photo": entry.photo_digest},
            key=_key(handover, issue, entry_id),
        )
    queue_issue(issue=issue, reason=QueueReason.NOT_FIXED, words=entry.public_words[:500])


@transaction.atomic
def tell_withdrawn(*, issue_id: int, entry_id: int) -> None:
    """The reporter took it back: tell every body that has it, and settle what humans had of it."""
    held = Handover.objects.active().filter(issue_id=issue_id).select_related("issue")
    for handover in held.order_by("pk"):
        queue_delivery(
            handover=handover,
            kind=DeliveryKind.WITHDRAWN,
            content={},
            key=_key(handover, handover.issue, entry_id),
        )
    settle_ended(issue_id=issue_id)


def tell_let_go(
    *, handover: Handover, kind: DeliveryKind, words: str, entry: TimelineEntry
) -> bool:
    """Tell a body that it need not go on (or should), where it has the issue; False where it has not.

    Nobody waits for this message, so it is dropped where the body's system can't take it.
    """
    if not was_sent(handover):
        return False
    content: dict[str, Any] = {"words": words, IF_ABLE: True}
    key = f"{_key(handover, handover.issue, entry.pk)}-{handover.pk}"
    queue_delivery(handover=handover, kind=kind, content=content, key=key[:80])
    return True


def was_sent(handover: Handover) -> bool:
    """Whether a body has, or may have, an issue: its first message left us."""
    first = handover.deliveries.filter(kind=DeliveryKind.CREATE).order_by("pk").first()
    if first is None:
        return handover.sent_at is not None
    is_out = first.state in (DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    return is_out or (first.state == DeliveryState.DONE and first.attempt_count > 0)


def _key(handover: Handover, issue: Issue, entry_id: int) -> str:
    own = "" if handover.is_current else f"-{handover.pk}"
    return f"{issue.reference}-entry-{entry_id}{own}"
