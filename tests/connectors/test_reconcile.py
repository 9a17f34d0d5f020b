"""Our view against theirs: what heals by itself, what goes before a human, and what is no drift."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.actions import deliver, give_codes, reconcile
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed, RemoteState
from mysmartcity.connectors.models import Connection, Drift, InboxItem, Reconciliation
from mysmartcity.connectors.status import DriftKind, Source
from mysmartcity.dispatch.actions import settle_entry
from mysmartcity.dispatch.models import Handover, HandoverReference, QueueEntry
from mysmartcity.dispatch.status import ErrorClass, QueueReason
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import (
    FakeCity,
    FakeConnector,
    connection,
    create_of,
    handed_over,
    item,
    status_of,
)

AWAY = DeliveryFailed(ErrorClass.TRANSIENT, "It is away.", is_systemic=True)
STATES = Capabilities(poll=True, states=True)


class Answering(FakeConnector):
    """Says how references stand; `told` overrides "open", the failures come one for each batch."""

    told: dict[str, RemoteState]
    asked: list[list[str]]
    failures: list[tuple[int, DeliveryFailed] | None]
    meanwhile: Any

    def fetch_states(self, references: Sequence[str]) -> Iterator[RemoteState]:
        self.asked.append(list(references))
        failure = self.failures.pop(0) if self.failures else None
        for number, reference in enumerate(references):
            if failure is not None and number == failure[0]:
                raise failure[1]
            yield self.told.get(reference) or RemoteState(reference, True, "open")
        if self.meanwhile is not None:
            self.meanwhile()


@pytest.fixture
def them(city: FakeCity, monkeypatch: pytest.MonkeyPatch) -> type[Answering]:
    city.capabilities = STATES
    monkeypatch.setitem(registry.SYSTEMS, "fake", Answering)
    for name, value in (("told", {}), ("asked", []), ("failures", []), ("meanwhile", None)):
        monkeypatch.setattr(Answering, name, value, raising=False)
    return Answering


def sent(count: int = 1, **its: Any) -> list[Handover]:
    handovers = [handed_over() for _ in range(count)]
    connection(**its)
    for one in handovers:
        deliver(delivery_id=create_of(one).pk)
        one.refresh_from_db()
    return handovers


def say(them: type[Answering], handover: Handover, status: str, *, at: datetime | None = None,
        **its: Any) -> None:  # fmt: skip
    state = RemoteState(handover.body_reference, True, status, updated_at=at, **its)
    them.told[handover.body_reference] = state


def run(**its: Any) -> Reconciliation:
    done = reconcile(connection_id=Connection.objects.get().pk, **its)
    assert done is not None
    assert done.ended_at is not None
    return done


def move(handover: Handover, after: Status, actor: Actor = Actor.BODY) -> None:
    issue = Issue.objects.get(pk=handover.issue_id)
    change_status(issue=issue, move=Move(after, actor))


@pytest.mark.django_db
def test_it_works(them: type[Answering]) -> None:
    """Two agree; the third was mended without a word: it heals by the same way as all news."""
    first, second, third = sent(3)
    when = clock.now()
    say(them, third, "done", at=when)
    done = run()
    assert (done.checked_count, done.drift_count, done.error) == (3, 1, "")
    drift = Drift.objects.get()
    assert (drift.kind, drift.ours, drift.theirs) == (DriftKind.STATUS, "acknowledged", "done")
    assert drift.healed_at is not None
    assert drift.outcome == "moved to reported_fixed"
    assert (status_of(third), status_of(first)) == ("reported_fixed", "acknowledged")
    told = InboxItem.objects.get()
    assert (told.source, told.happened_at) == (Source.RECONCILED, when)
    third.refresh_from_db()
    assert third.ended_at is not None
    assert run().drift_count == 0
    assert not QueueEntry.objects.exists()
    second.refresh_from_db()
    assert second.asked_at is not None


@pytest.mark.django_db
def test_missing_is_asked_twice_and_goes_before_a_human(them: type[Answering]) -> None:
    (handover,) = sent()
    reference = handover.body_reference
    them.told[reference] = RemoteState(reference, exists=False)
    assert run().drift_count == 1
    assert len(them.asked) == 2
    entry = QueueEntry.objects.get()
    assert (entry.reason, reference in entry.words) == (QueueReason.DRIFT, True)
    assert (Drift.objects.get().kind, status_of(handover)) == (DriftKind.MISSING, "acknowledged")
    del them.told[reference]
    assert run().drift_count == 0
    assert not QueueEntry.objects.unsettled().exists(), "they know it again"


@pytest.mark.django_db
def test_missing_only_for_a_moment_is_nothing(them: type[Answering]) -> None:
    (handover,) = sent()
    them.told[handover.body_reference] = RemoteState(handover.body_reference, exists=False)
    them.meanwhile = them.told.clear
    assert run().drift_count == 0
    assert not QueueEntry.objects.exists()


@pytest.mark.django_db
def test_a_contradiction_goes_before_a_human(them: type[Answering]) -> None:
    """Their state is older than news of theirs that we have: nobody can say which is right."""
    (handover,) = sent()
    where, now = Connection.objects.get(), clock.now()
    newest = item(where, "busy", after=0, body_reference=handover.body_reference)
    InboxItem.objects.filter(pk=newest.pk).update(happened_at=now, applied_at=now)
    move(handover, Status.IN_PROGRESS)
    say(them, handover, "open", at=now - timedelta(hours=1))
    run()
    words = QueueEntry.objects.get(reason=QueueReason.DRIFT).words
    assert "“open”" in words
    assert "“in_progress”" in words
    assert status_of(handover) == "in_progress"
    assert Drift.objects.get().healed_at is None


@pytest.mark.django_db
def test_what_a_human_settled_is_not_asked_again(them: type[Answering]) -> None:
    (handover,) = sent()
    them.told[handover.body_reference] = RemoteState(handover.body_reference, exists=False)
    run()
    settle_entry(entry=QueueEntry.objects.get(), by=build.person(role=Role.DISPATCHER), outcome="-")
    assert run().drift_count == 1
    assert QueueEntry.objects.count() == 1
    with clock.frozen(clock.now() + timedelta(days=15)):
        run()
    assert QueueEntry.objects.unsettled().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("at", [None, timedelta(hours=-1)])
def test_a_resident_who_objects_is_no_drift(them: type[Answering], at: timedelta | None) -> None:
    """They say "done" as they did before the objection; they have been told, and it is their turn."""
    (handover,) = sent()
    move(handover, Status.REPORTED_FIXED)
    move(handover, Status.NOT_FIXED, Actor.RESIDENT)
    say(them, handover, "done", at=clock.now() + at if at else None)
    assert run().drift_count == 0
    say(them, handover, "done", at=clock.now() + timedelta(minutes=5))
    run()
    assert status_of(handover) == "reported_fixed", "and now they say it again"


@pytest.mark.django_db
def test_without_a_time_of_theirs_it_is_what_they_say_now(them: type[Answering]) -> None:
    (handover,) = sent()
    for word, expected in (("busy", "in_progress"), ("open", "acknowledged")) * 2:
        say(them, handover, word)
        run()
        assert status_of(handover) == expected
    assert InboxItem.objects.count() == 4


@pytest.mark.django_db
def test_an_unknown_word_waits_for_its_mapping(them: type[Answering]) -> None:
    (handover,) = sent()
    say(them, handover, "crew sent")
    run()
    drift = Drift.objects.get()
    assert (drift.kind, drift.outcome) == (DriftKind.UNKNOWN, "needs mapping")
    assert status_of(handover) == "acknowledged"
    give_codes(
        connection=Connection.objects.get(),
        category_codes={},
        statuses={"crew sent": "in_progress", "open": "acknowledged"},
        note="",
        by=None,
    )
    assert status_of(handover) == "in_progress"


@pytest.mark.django_db
def test_a_category_that_no_code_leads_to_is_written_down(them: type[Answering]) -> None:
    (handover,) = sent(category_codes={"pothole": "P1"})
    say(them, handover, "open", remote_category="P1")
    assert run().drift_count == 0
    say(them, handover, "open", remote_category="TREES")
    run()
    drift = Drift.objects.get()
    assert (drift.kind, drift.ours, drift.theirs) == (DriftKind.UNKNOWN, "pothole", "TREES")
    assert not QueueEntry.objects.exists()


@pytest.mark.django_db
def test_a_renamed_reference_is_not_missing(them: type[Answering]) -> None:
    (handover,) = sent()
    HandoverReference.objects.create(handover=handover, reference="NEW-1", kind="renamed")
    them.told[handover.body_reference] = RemoteState(handover.body_reference, exists=False)
    them.told["NEW-1"] = RemoteState("NEW-1", True, "busy")
    run()
    assert status_of(handover) == "in_progress"
    assert not QueueEntry.objects.exists()


@pytest.mark.django_db
def test_one_that_does_not_lead_only_notes_their_word(them: type[Answering]) -> None:
    (handover,) = sent()
    Handover.objects.update(is_current=False, body_status="open")
    say(them, handover, "busy")
    assert run().drift_count == 1
    handover.refresh_from_db()
    assert (handover.body_status, status_of(handover)) == ("busy", "acknowledged")
    assert Drift.objects.get().healed_at is not None
    assert run().drift_count == 0


@pytest.mark.django_db
def test_what_is_over_is_not_asked_for(them: type[Answering]) -> None:
    first, second, third = sent(3)
    move(first, Status.WITHDRAWN, Actor.RESIDENT)
    Handover.objects.filter(pk=second.pk).update(ended_at=clock.now())
    run()
    assert them.asked == [[third.body_reference]]


# --- Away, half way, at once ----------------------------------------------------------------------


@pytest.mark.django_db
def test_a_system_that_is_away_is_no_drift(them: type[Answering]) -> None:
    sent(2)
    them.failures = [(0, AWAY)]
    done = run()
    assert (done.checked_count, done.drift_count, done.error) == (0, 0, "It is away.")
    assert not Handover.objects.filter(asked_at__isnull=False).exists()
    assert not QueueEntry.objects.exists()
    assert Connection.objects.get().last_error == "It is away."


@pytest.mark.django_db
def test_a_batch_that_breaks_off_keeps_its_half(
    them: type[Answering],
) -> None:
    first, second = sorted(sent(2), key=lambda one: one.body_reference)
    say(them, first, "busy")
    say(them, second, "busy")
    them.failures = [(1, AWAY)]
    done = run()
    assert (done.checked_count, done.drift_count) == (1, 1)
    assert (status_of(first), status_of(second)) == ("in_progress", "acknowledged")


@pytest.mark.django_db
def test_suspects_are_dropped_when_it_goes_away(them: type[Answering]) -> None:
    (handover,) = sent()
    them.told[handover.body_reference] = RemoteState(handover.body_reference, exists=False)
    them.failures = [None, (0, AWAY)]
    done = run()
    assert (done.drift_count, done.error) == (0, "It is away.")
    assert not QueueEntry.objects.exists()


@pytest.mark.django_db
def test_a_refused_key_pauses(them: type[Answering]) -> None:
    sent()
    them.failures = [(0, DeliveryFailed(ErrorClass.AUTH, "The key is not known."))]
    run()
    assert not Connection.objects.get().is_active
    assert reconcile(connection_id=Connection.objects.get().pk) is None


@pytest.mark.django_db
def test_what_went_by_mail_need_not_be_known_here(them: type[Answering]) -> None:
    (handover,) = sent()
    mail = connection(to=handover.body, system="mail")
    Handover.objects.update(lane=mail.pk)
    them.told[handover.body_reference] = RemoteState(handover.body_reference, exists=False)
    done = reconcile(connection_id=Connection.objects.order_by("pk")[0].pk)
    assert done is not None
    assert (done.checked_count, done.drift_count) == (1, 0)
    say(them, handover, "busy")
    reconcile(connection_id=Connection.objects.order_by("pk")[0].pk)
    assert status_of(handover) == "in_progress", "but what is known there counts"
