"""Every write of dispatch: routing, handing over, queueing messages, the queue. Import them from here."""

from mysmartcity.dispatch.actions.facts import give_address, told_another_way
from mysmartcity.dispatch.actions.follow import follow_bodies
from mysmartcity.dispatch.actions.handover import hand_over, reply_token
from mysmartcity.dispatch.actions.merging import merge_issues, unmerge_issue
from mysmartcity.dispatch.actions.outbox import queue_delivery, replay_delivery
from mysmartcity.dispatch.actions.passing import (
    assign_body,
    end_part,
    pass_on,
    propose_body,
    share_issue,
)
from mysmartcity.dispatch.actions.queue import queue_issue, settle_ended, settle_entry
from mysmartcity.dispatch.actions.recategorise import change_category
from mysmartcity.dispatch.actions.route import route_issue, route_overdue
from mysmartcity.dispatch.actions.said import (
    acknowledge,
    add_reference,
    known_reference,
    mark_sent,
    note_body_status,
    note_said,
    open_again,
    replace_reference,
)
from mysmartcity.dispatch.actions.tell import IF_ABLE, send_back, tell_withdrawn

__all__ = [
    "IF_ABLE",
    "acknowledge",
    "add_reference",
    "assign_body",
    "change_category",
    "end_part",
    "follow_bodies",
    "give_address",
    "hand_over",
    "known_reference",
    "mark_sent",
    "merge_issues",
    "note_body_status",
    "note_said",
    "open_again",
    "pass_on",
    "propose_body",
    "queue_delivery",
    "queue_issue",
    "replace_reference",
    "replay_delivery",
    "reply_token",
    "route_issue",
    "route_overdue",
    "send_back",
    "settle_ended",
    "settle_entry",
    "share_issue",
    "tell_withdrawn",
    "told_another_way",
    "unmerge_issue",
]
