"""The ladder: its table is whole, reachable, and the database holds the same."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mysmartcity.issues import status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from tests import build


def test_every_status_can_be_reached() -> None:
    reached, new = set(), {Status.RECEIVED}
    while new:
        reached |= new
        new = {step.after for step in status.STEPS if step.before in reached} - reached
    assert reached == set(Status)


def test_every_status_can_be_left_except_withdrawn() -> None:
    leaves = {step.before for step in status.STEPS if step.after != Status.HIDDEN}
    assert set(Status) - leaves == {Status.WITHDRAWN}


def test_groups_share_out_all_statuses() -> None:
    groups = [status.OPEN, status.AWAITING_RESIDENT, status.ENDED, frozenset({Status.HIDDEN})]
    assert sum(len(group) for group in groups) == len(Status)
    assert frozenset().union(*groups) == set(Status)


def test_a_body_can_never_say_fixed_or_received() -> None:
    by_body = {step.after for step in status.STEPS if Actor.BODY in step.actors}
    assert not by_body & {Status.FIXED, Status.RECEIVED, Status.WITHDRAWN, Status.HIDDEN}


def test_only_a_resident_or_dispatcher_says_not_fixed() -> None:
    who = [s.actors for s in status.STEPS if s.after == Status.NOT_FIXED]
    assert all(Actor.BODY not in actors for actors in who)


def test_every_step_has_a_reason_and_an_actor() -> None:
    assert all(step.reason.endswith(".") and step.actors for step in status.STEPS)


def test_the_diagram_shows_every_step_but_hiding() -> None:
    shown = status.diagram().count("-->") - 1
    assert shown == sum(Status.HIDDEN not in (s.before, s.after) for s in status.STEPS)


@given(
    st.lists(st.tuples(st.sampled_from(list(Status)), st.sampled_from(list(Actor))), max_size=30)
)
@settings(max_examples=200)
def test_no_walk_leaves_the_table(walk: list[tuple[Status, Actor]]) -> None:
    now = Status.RECEIVED
    for after, actor in walk:
        if status.may_move(now, after, actor):
            assert status.step(now, after) is not None
            now = after
    assert now in Status


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        {"status": "closed"},
        {"status": "fixed", "fixed_by": ""},
        {"status": "declined", "decline_reason": "because"},
        {"status": "merged", "merged_into": None},
        {"lat": 91.0},
    ],
)
def test_the_database_refuses_what_the_table_does_not_know(bad: dict[str, object]) -> None:
    issue = build.issue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**bad)
