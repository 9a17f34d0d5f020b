"""Moving on the ladder: who may, what is kept, what is counted."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from mysmartcity.issues.actions import (
    Move,
    change_status,
    comment_issue,
    confirm_by_silence,
    confirm_fixed,
    dispute_fix,
    join_issue,
    withdraw_issue,
)
from mysmartcity.issues.actions.counts import add_up_counts
from mysmartcity.issues.events import IssueStatusChanged
from mysmartcity.issues.models import CellDelta, Issue
from mysmartcity.issues.rules import NotAllowed, Standing, standing_of
from mysmartcity.issues.status import Actor, DeclineReason, FixedBy, Status
from mysmartcity.lib import clock
from mysmartcity.lib.events import Event
from tests import build

pytestmark = pytest.mark.django_db


def move(issue: Issue, *steps: tuple[Status, Actor]) -> None:
    for after, actor in steps:
        change_status(issue=issue, move=Move(after, actor))


def fixed_by_body(issue: Issue) -> Issue:
    move(issue, (Status.SENT, Actor.PLATFORM), (Status.REPORTED_FIXED, Actor.BODY))
    return issue


def test_it_works(published: list[Event]) -> None:
    issue = build.issue()
    entry = change_status(
        issue=issue,
        move=Move(Status.SENT, Actor.PLATFORM, public_words="Sent.", inside_words="via HTTP"),
    )
    assert (issue.status, entry.before, entry.after) == ("sent", "received", "sent")
    assert (entry.public_words, entry.inside_words) == ("Sent.", "via HTTP")
    assert published[-1] == IssueStatusChanged(
        issue_id=issue.pk, entry_id=entry.pk, before="received", after="sent", actor="platform"
    )


def test_a_step_that_is_not_in_the_table_changes_nothing() -> None:
    issue = build.issue()
    with pytest.raises(NotAllowed):
        move(issue, (Status.FIXED, Actor.RESIDENT))
    assert Issue.objects.get().status == Status.RECEIVED
    assert issue.timeline.count() == 1


def test_a_body_cannot_confirm_its_own_work() -> None:
    issue = fixed_by_body(build.issue())
    with pytest.raises(NotAllowed):
        move(issue, (Status.FIXED, Actor.BODY))


def test_the_reporter_confirms() -> None:
    issue = fixed_by_body(build.issue(device="d"))
    confirm_fixed(issue=issue, standing=standing_of(issue, device="d"))
    assert (issue.status, issue.fixed_by) == (Status.FIXED, FixedBy.RESIDENT)


def test_a_stranger_does_not() -> None:
    issue = fixed_by_body(build.issue(device="d"))
    with pytest.raises(NotAllowed):
        confirm_fixed(issue=issue, standing=standing_of(issue, device="other"))


def test_somebody_who_joined_may_say_not_fixed() -> None:
    issue = build.issue(device="d")
    join_issue(issue=issue, device="neighbour")
    fixed_by_body(issue)
    dispute_fix(issue=issue, standing=standing_of(issue, device="neighbour"), words="Still there")
    assert issue.status == Status.NOT_FIXED
    assert issue.timeline.last().public_words == "Still there"


def test_silence_confirms_after_seven_days_and_says_so() -> None:
    issue = fixed_by_body(build.issue())
    assert confirm_by_silence() == 0
    with clock.frozen(clock.now() + timedelta(days=7, minutes=1)):
        assert confirm_by_silence() == 1
    issue.refresh_from_db()
    assert (issue.status, issue.fixed_by) == (Status.FIXED, FixedBy.SILENCE)


def test_withdrawing_ends_when_others_stand_behind_it() -> None:
    issue = build.issue(device="d")
    join_issue(issue=issue, device="neighbour")
    issue.refresh_from_db()
    with pytest.raises(NotAllowed):
        withdraw_issue(issue=issue, standing=standing_of(issue, device="d"))


def test_the_reporter_withdraws() -> None:
    done = build.report()
    standing = standing_of(done.issue, tracking_secret=done.tracking_secret)
    withdraw_issue(issue=done.issue, standing=standing)
    assert done.issue.status == Status.WITHDRAWN


def test_hidden_goes_back_to_where_it_stood_only() -> None:
    issue = build.issue()
    move(issue, (Status.SENT, Actor.PLATFORM), (Status.HIDDEN, Actor.DISPATCHER))
    assert not Issue.objects.public().exists()
    with pytest.raises(NotAllowed):
        move(issue, (Status.RECEIVED, Actor.DISPATCHER))
    move(issue, (Status.SENT, Actor.DISPATCHER))
    assert issue.status == Status.SENT


def test_merged_follows_its_twin() -> None:
    twin, issue = build.issue(), build.issue(description="again")
    change_status(issue=issue, move=Move(Status.MERGED, Actor.DISPATCHER, merged_into=twin))
    assert issue.merged_into == twin


def test_declining_keeps_the_reason_from_the_list() -> None:
    issue = build.issue()
    move(issue, (Status.SENT, Actor.PLATFORM))
    reason = DeclineReason.PRIVATE_PROPERTY
    change_status(issue=issue, move=Move(Status.DECLINED, Actor.BODY, decline_reason=reason))
    assert issue.decline_reason == "private_property"


def test_counts_follow_every_move() -> None:
    issue = fixed_by_body(build.issue())
    build.issue(description="second")
    totals = dict(CellDelta.objects.values_list("status").annotate(Sum("count")).order_by())
    assert {status: n for status, n in totals.items() if n} == {"reported_fixed": 1, "received": 1}
    add_up_counts()
    assert CellDelta.objects.count() == 2
    assert CellDelta.objects.get(status=issue.status).count == 1


def test_inside_words_alone_are_nobody_s_news(published: list[Event]) -> None:
    issue = build.issue()
    published.clear()
    comment_issue(issue=issue, actor=Actor.BODY, inside_words="J. Smith, ext. 12")
    assert not published
    comment_issue(issue=issue, actor=Actor.BODY, public_words="A team is on its way.")
    assert len(published) == 1


@pytest.mark.django_db(transaction=True)
def test_joining_at_the_same_time_counts_once_each() -> None:
    issue = build.issue()
    start = threading.Barrier(6)

    def join(device: str) -> None:
        start.wait()
        join_issue(issue=issue, device=device)
        connection.close()

    names = ["a", "a", "a", "b", "b", "c"]
    threads = [threading.Thread(target=join, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issue.refresh_from_db()
    assert issue.report_count == 4
    assert issue.follows.filter(is_joined=True).count() == 3


def test_the_reporter_who_joins_counts_once() -> None:
    issue = build.issue(device="d")
    assert not join_issue(issue=issue, device="d")
    issue.refresh_from_db()
    assert issue.report_count == 1


def test_staff_act_as_dispatchers() -> None:
    assert Standing(is_staff=True).actor == Actor.DISPATCHER


def test_who_joined_since_the_page_was_loaded_keeps_it() -> None:
    """Who stands behind it is counted under the lock, not as the page saw it."""
    seen_before = build.issue()
    join_issue(issue=seen_before, device="somebody else")
    assert seen_before.report_count == 1, "as a page that was loaded before"
    with pytest.raises(NotAllowed):
        withdraw_issue(issue=seen_before, standing=Standing(is_reporter=True))


def test_nobody_joins_what_has_ended() -> None:
    issue = build.issue()
    change_status(issue=issue, move=Move(Status.DECLINED, Actor.DISPATCHER))
    with pytest.raises(NotAllowed):
        join_issue(issue=issue, device="d2")
    assert Issue.objects.get().report_count == 1
