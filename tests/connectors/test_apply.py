"""News from bodies: once, in order, by the mapping, without the names of staff."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.actions import apply_update, replay_unmapped
from mysmartcity.connectors.actions.apply import apply_waiting
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.actions import acknowledge, mark_sent
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from tests.connectors.build import T0, connection, handed_over, item, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> tuple[Handover, Connection]:
    """A handover with the reference 100, acknowledged at T0."""
    with clock.frozen(T0):
        handover = handed_over()
        mark_sent(handover=handover)
        move(handover, Status.SENT, Actor.PLATFORM)
        acknowledge(handover=handover, body_reference="100")
        move(handover, Status.ACKNOWLEDGED, Actor.BODY)
    handover.refresh_from_db()
    return handover, connection()


def move(handover: Handover, after: Status, actor: Actor) -> None:
    change_status(issue=Issue.objects.get(pk=handover.issue_id), move=Move(after, actor))


def publics(handover: Handover) -> list[str]:
    entries = handover.issue.timeline.exclude(public_words="")
    return list(entries.values_list("public_words", flat=True))


def test_it_works(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    news = item(its, "BUSY", after=1, words="The team is here.", body_reference="100")
    assert apply_update(item_id=news.pk) == "moved to in_progress"
    assert apply_update(item_id=news.pk) == "moved to in_progress", "twice changes nothing"
    assert status_of(handover) == "in_progress"
    entry = handover.issue.timeline.get(after="in_progress")
    assert entry.actor_name == handover.body.name
    assert entry.happened_at == T0 + timedelta(minutes=1)
    handover.refresh_from_db()
    assert handover.body_status == "BUSY"


def test_what_waited_here_does_not_stand_before_what_came_meanwhile(
    known: tuple[Handover, Connection],
) -> None:
    """A clock that ran ahead was put right: the moment at which we heard of it counts."""
    handover, its = known
    heard = {"received_at": T0 + timedelta(minutes=2), "body_reference": "100"}
    apply_update(item_id=item(its, "busy", after=90, **heard).pk)
    assert apply_update(item_id=item(its, "done", after=5, body_reference="100").pk)
    assert status_of(handover) == "reported_fixed"


def test_the_end_is_noted_and_waits_for_a_resident(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    apply_update(item_id=item(its, "done", after=5, body_reference="100").pk)
    assert status_of(handover) == "reported_fixed"
    handover.refresh_from_db()
    assert handover.state == "ended"


def test_a_refusal_keeps_its_reason(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    apply_update(item_id=item(its, "No", after=5, body_reference="100").pk)
    issue = Issue.objects.get(pk=handover.issue_id)
    assert (issue.status, issue.decline_reason) == ("declined", "not_ours")


def test_things_count_in_the_order_they_happened(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    item(its, "done", after=9, body_reference="100")
    item(its, "busy", after=3, body_reference="100")
    assert apply_waiting(connection=its) == 2
    after = handover.issue.timeline.filter(kind="status").values_list("after", flat=True)
    assert list(after)[-2:] == ["in_progress", "reported_fixed"]


def test_old_news_never_overwrites_newer(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    apply_update(item_id=item(its, "done", after=9, body_reference="100").pk)
    late = item(its, "busy", after=3, words="We had started.", body_reference="100")
    assert apply_update(item_id=late.pk) == "older than what we knew"
    assert status_of(handover) == "reported_fixed"
    assert publics(handover)[-1] != ""
    assert handover.issue.timeline.filter(public_words="We had started.").exists(), "never lost"


def test_a_resident_who_disagrees_is_not_overruled_by_older_news(
    known: tuple[Handover, Connection],
) -> None:
    handover, its = known
    apply_update(item_id=item(its, "done", after=5, body_reference="100").pk)
    with clock.frozen(T0 + timedelta(minutes=10)):
        move(handover, Status.NOT_FIXED, Actor.RESIDENT)
    apply_update(item_id=item(its, "done", after=6, body_reference="100").pk)
    assert status_of(handover) == "not_fixed"
    apply_update(item_id=item(its, "done", after=30, body_reference="100").pk)
    assert status_of(handover) == "reported_fixed"


def test_an_unknown_status_waits_for_its_mapping(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    news = item(its, "ZZ_17", after=2, words="Code 17", body_reference="100")
    assert apply_update(item_id=news.pk) == "needs mapping"
    assert apply_waiting(connection=its) == 0
    assert status_of(handover) == "acknowledged"
    assert QueueEntry.objects.unsettled().filter(reason="needs_mapping").count() == 1
    its.statuses["zz 17"] = "scheduled"
    its.save()
    assert replay_unmapped(connection=its) == 1
    assert status_of(handover) == "scheduled"
    assert not QueueEntry.objects.unsettled().filter(reason="needs_mapping").exists()


def test_a_mapping_to_nonsense_is_no_mapping(known: tuple[Handover, Connection]) -> None:
    """A body can't declare an issue fixed for residents, whatever an operator types."""
    _handover, its = known
    its.statuses = {"done": "fixed", "x": "declined:whatever"}
    its.save()
    assert (
        apply_update(item_id=item(its, "done", after=1, body_reference="100").pk) == "needs mapping"
    )
    assert apply_update(item_id=item(its, "x", after=1, body_reference="100").pk) == "needs mapping"


def test_a_step_the_ladder_lacks_is_kept_inside(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    move(handover, Status.WITHDRAWN, Actor.RESIDENT)
    outcome = apply_update(
        item_id=item(its, "busy", after=9, words="On site.", body_reference="100").pk
    )
    assert outcome == "no step from withdrawn to in_progress"
    assert status_of(handover) == "withdrawn"
    entry = handover.issue.timeline.exclude(inside_words="").get()
    assert "On site." in entry.inside_words
    assert entry.public_words == ""


def test_words_without_a_status_are_a_comment(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    apply_update(item_id=item(its, "note", after=1, words="Nearly done.", body_reference="100").pk)
    apply_update(item_id=item(its, "", after=2, words="Still here.", body_reference="100").pk)
    assert publics(handover)[-2:] == ["Nearly done.", "Still here."]
    assert status_of(handover) == "acknowledged"


def test_staff_are_cut_from_public_words_and_kept_inside(
    known: tuple[Handover, Connection],
) -> None:
    handover, its = known
    raw = "Assigned to Sipho Dlamini, sipho@city.example, 082 555 1234.\nRegards\nS Dlamini"
    apply_update(item_id=item(its, "busy", after=1, words=raw, body_reference="100").pk)
    entry = handover.issue.timeline.get(after="in_progress")
    assert "Dlamini" not in entry.public_words
    assert "sipho" not in entry.public_words
    assert "555" not in entry.public_words
    assert entry.inside_words == raw


def test_news_from_a_body_that_no_longer_has_it_moves_nothing(
    known: tuple[Handover, Connection],
) -> None:
    handover, its = known
    Handover.objects.filter(pk=handover.pk).update(is_current=False)
    apply_update(item_id=item(its, "done", after=1, words="Done.", body_reference="100").pk)
    assert status_of(handover) == "acknowledged"


def test_an_update_from_the_future_is_dated_now(known: tuple[Handover, Connection]) -> None:
    handover, its = known
    apply_update(item_id=item(its, "busy", after=60 * 24 * 365 * 9, body_reference="100").pk)
    assert handover.issue.timeline.get(after="in_progress").happened_at <= clock.now()
