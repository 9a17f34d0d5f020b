"""Every write of dispatch: routing, handing over, queueing messages, the queue. Import them from here."""

from mysmartcity.dispatch.actions.handover import (
    acknowledge,
    assign_body,
    hand_over,
    mark_sent,
    note_body_status,
    reply_token,
)
from mysmartcity.dispatch.actions.outbox import (
    queue_delivery,
    replay_delivery,
    send_back,
    tell_withdrawn,
)
from mysmartcity.dispatch.actions.queue import queue_issue, settle_ended, settle_entry
from mysmartcity.dispatch.actions.route import route_issue, route_overdue, with_a_body

__all__ = [
    "acknowledge",
    "assign_body",
    "hand_over",
    "mark_sent",
    "note_body_status",
    "queue_delivery",
    "queue_issue",
    "replay_delivery",
    "reply_token",
    "route_issue",
    "route_overdue",
    "send_back",
    "settle_ended",
    "settle_entry",
    "tell_withdrawn",
    "with_a_body",
]
