"""The one table: what happened → which background work follows. An empty list says "nobody cares".

Each reaction defers a task through Django's own connection, so inside the transaction of the action
that published the event: a rollback leaves no job behind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mysmartcity.config import tasks as letters
from mysmartcity.connectors import jobs
from mysmartcity.connectors import tasks as connectors
from mysmartcity.connectors.actions import assign_lane
from mysmartcity.connectors.events import ComparisonAsked, NewsAsked
from mysmartcity.dispatch import tasks as dispatch
from mysmartcity.dispatch.events import DeliveryQueued, IssueQueued
from mysmartcity.issues import tasks as issues
from mysmartcity.issues.events import (
    IssueCommented,
    IssueJoined,
    IssueReported,
    IssueStatusChanged,
    MediaOffered,
)
from mysmartcity.issues.status import ENDED, SET_ASIDE, Status
from mysmartcity.lib.events import Event
from mysmartcity.notify import tasks as notify
from mysmartcity.notify.events import MailQueued


def route(event: IssueReported) -> None:
    """Something new: find who is responsible."""
    dispatch.route_issue.defer(issue_id=event.issue_id)


def fetch_media(event: MediaOffered) -> None:
    """A machine gave links to pictures: fetch each through the one photo pipeline."""
    for url in event.urls:
        issues.fetch_media.defer(issue_id=event.issue_id, url=url)


def send(event: DeliveryQueued) -> None:
    """A message waits: it gets its lane, and somebody who drains it.

    The sweep takes what is due later, and what has no lane yet.
    """
    lane = assign_lane(delivery_id=event.delivery_id)
    if lane is not None and lane.is_open and not event.delay_seconds:
        connectors.wake(lane.connection.pk, lane.slot)


def ask(event: NewsAsked) -> None:
    """An operator does not want to wait for the next poll."""
    jobs.defer_once(
        connectors.poll, lock=str(event.connection_id), connection_id=event.connection_id
    )


def compare(event: ComparisonAsked) -> None:
    """An operator wants to know now whether both sides agree."""
    jobs.defer_once(
        connectors.reconcile,
        lock=str(event.connection_id),
        connection_id=event.connection_id,
        is_full=1,
    )


def post_mail(event: MailQueued) -> None:
    """A mail waits: hand it to the mail server."""
    task = notify.send_mail.configure(schedule_in={"seconds": event.delay_seconds})
    task.defer(mail_id=event.mail_id)


def tell_followers(event: IssueStatusChanged | IssueCommented) -> None:
    """News of an issue: tell the reporter and the followers."""
    letters.tell_followers.defer(entry_id=event.entry_id)


def follow_up(event: IssueStatusChanged) -> None:
    """What a new status asks of dispatch."""
    if event.after == Status.NOT_FIXED:
        dispatch.send_back.defer(issue_id=event.issue_id, entry_id=event.entry_id)
    elif event.after == Status.WITHDRAWN:
        dispatch.tell_withdrawn.defer(issue_id=event.issue_id, entry_id=event.entry_id)
    elif event.after == Status.RECEIVED:
        # Shown again, or no twin after all: it may have lost its message meanwhile.
        dispatch.route_issue.defer(issue_id=event.issue_id)
    elif event.after in ENDED:
        dispatch.settle_ended.defer(issue_id=event.issue_id)


def put_calls_away(event: IssueStatusChanged) -> None:
    """An issue that goes nowhere any more: nobody has to call about it."""
    if event.after == Status.WITHDRAWN or event.after in SET_ASIDE:
        connectors.release_by_hand.defer(issue_id=event.issue_id)


REACTIONS: Mapping[type[Event], Sequence[Callable[[Any], object]]] = {
    IssueReported: [route],
    MediaOffered: [fetch_media],
    IssueStatusChanged: [tell_followers, follow_up, put_calls_away],
    IssueCommented: [tell_followers],
    IssueJoined: [],
    IssueQueued: [],
    DeliveryQueued: [send],
    MailQueued: [post_mail],
    NewsAsked: [ask],
    ComparisonAsked: [compare],
}
