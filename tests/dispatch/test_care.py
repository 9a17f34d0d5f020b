"""Looking after queue entries: rules for every act, and what two people do at once."""

from datetime import timedelta

import pytest

from mysmartcity.dispatch import care
from mysmartcity.dispatch.actions import queue_issue, settle_entry
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.rules import may_dispatch
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Person, Role
from tests import build
from tests.connectors.build import create_of, handed_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead() -> Delivery:
    delivery = create_of(handed_over())
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DEAD, error="No.")
    delivery.refresh_from_db()
    return delivery


def somebody(role: Role = Role.DISPATCHER) -> Person:
    return build.person(role=role, display_name="Nomsa")


def test_it_works(dead: Delivery) -> None:
    me, entry = somebody(), care.entry_of(delivery=dead)
    assert (entry.reason, entry.delivery) == (QueueReason.DEAD_LETTER, dead)
    assert care.entry_of(delivery=dead) == entry, "one entry, not two"
    care.take_on(entry=entry, by=me)
    care.take_on(entry=entry, by=me)
    until = clock.now() + timedelta(hours=1)
    care.acknowledge(entry=entry, by=me, note=" Called. ", quiet_until=until)
    entry.refresh_from_db()
    assert (entry.owner, entry.note, entry.quiet_until) == (me, "Called.", until)
    care.give_back(entry=entry, by=me)
    entry.refresh_from_db()
    assert entry.owner is None


def test_an_uncertain_message_has_an_entry_of_its_own(dead: Delivery) -> None:
    dead.state = DeliveryState.UNCERTAIN
    assert care.entry_of(delivery=dead).reason == QueueReason.UNCERTAIN


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.OFFICIAL, Role.COUNCILLOR])
def test_only_the_desk(dead: Delivery, role: Role) -> None:
    stranger, entry = somebody(role), care.entry_of(delivery=dead)
    stranger.is_staff = True
    assert not may_dispatch(stranger)
    acts = (
        lambda: care.take_on(entry=entry, by=stranger),
        lambda: care.give_back(entry=entry, by=stranger),
        lambda: care.acknowledge(entry=entry, by=stranger, note="x"),
        lambda: care.replay_many(delivery_ids=[dead.pk], by=stranger),
    )
    for act in acts:
        with pytest.raises(NotAllowed, match="Only the dispatch desk"):
            act()
    dead.refresh_from_db()
    assert dead.state == DeliveryState.DEAD


def test_a_switched_off_dispatcher_may_nothing() -> None:
    person = somebody()
    person.is_active = False
    assert not may_dispatch(person)


def test_what_was_settled_meanwhile(dead: Delivery) -> None:
    me, entry = somebody(), care.entry_of(delivery=dead)
    settle_entry(entry=entry, by=me, outcome="done")
    with pytest.raises(NotAllowed, match="settled meanwhile"):
        care.take_on(entry=entry, by=me)
    with pytest.raises(NotAllowed, match="settled meanwhile"):
        care.acknowledge(entry=entry, by=me, note="x")
    assert QueueEntry.objects.get().owner is None


def test_acknowledging_keeps_the_owner(dead: Delivery) -> None:
    me, other, entry = somebody(), somebody(), care.entry_of(delivery=dead)
    care.take_on(entry=entry, by=me)
    care.acknowledge(entry=entry, by=other, note="Seen")
    entry.refresh_from_db()
    assert entry.owner == me


def test_many_again(dead: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    me, alive = somebody(), create_of(handed_over())
    queue_issue(issue=dead.handover.issue, reason=QueueReason.DEAD_LETTER, words="", delivery=dead)
    done = care.replay_many(delivery_ids=[dead.pk, alive.pk, 0], by=me)
    assert (done.sent_count, done.refused_count) == (1, 1)
    dead.refresh_from_db()
    assert dead.state == DeliveryState.WAITING
    assert QueueEntry.objects.get().outcome == "sent again"
    monkeypatch.setattr(care, "MAX_REPLAYED", 1)
    with pytest.raises(NotAllowed, match="At most 1"):
        care.replay_many(delivery_ids=[dead.pk, alive.pk], by=me)
