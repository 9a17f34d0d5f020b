"""Asking systems for news: the cursor, tokens, and each thing once."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.actions import deliver, poll
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed, Update
from mysmartcity.connectors.models import InboxItem
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def handover(city: FakeCity) -> Handover:
    """Delivered to the fake city."""
    its = handed_over()
    connection()
    deliver(delivery_id=create_of(its).pk)
    its.refresh_from_db()
    return its


def news(handover: Handover, status: str, number: int = 1, **its: object) -> Update:
    values = {
        "event_id": f"e{number}",
        "body_reference": handover.body_reference,
        "remote_status": status,
        "words": f"Word {number}",
        "happened_at": clock.now() + timedelta(seconds=number),
    }
    return Update(**{**values, **its})  # type: ignore[arg-type]


def test_it_works(city: FakeCity, handover: Handover) -> None:
    its = handover.body.connections.get()
    city.updates = [news(handover, "done", 2), news(handover, "busy", 1)]
    assert poll(connection_id=its.pk) == 2
    assert status_of(handover) == "reported_fixed"
    assert poll(connection_id=its.pk) == 0, "each event once"
    assert InboxItem.objects.count() == 2
    its.refresh_from_db()
    assert its.cursor_at is not None
    assert its.cursor_at <= clock.now(), "a clock that runs ahead does not hide later news"
    assert its.last_in_at is not None


@pytest.mark.parametrize("is_first", [True, False])
def test_the_word_whose_it_is_may_stand_far_from_the_news(
    city: FakeCity, handover: Handover, *, is_first: bool
) -> None:
    """A night's files hold hundreds of rows; none of them may be read past."""
    Handover.objects.update(body_reference="")
    handover.references.all().delete()
    city.capabilities = Capabilities(poll=True, names_ours=True)
    ours = handover.issue.reference
    told = [
        news(handover, "open", 1, body_reference="F1", ours=ours),
        news(handover, "done", 999, body_reference="F1"),
    ]
    others = [news(handover, "busy", n, body_reference=f"X{n}") for n in range(2, 402)]
    city.updates = [told[0], *others, told[1]] if is_first else [told[1], *others, told[0]]
    assert poll(connection_id=handover.body.connections.get().pk) == 2
    assert status_of(handover) == "reported_fixed"


def test_the_next_question_overlaps(city: FakeCity, handover: Handover) -> None:
    its = handover.body.connections.get()
    poll(connection_id=its.pk)
    assert city.asked_since[0] < handover.made_at, "back to before the first handover"
    moment = clock.now()
    city.updates = [news(handover, "busy", 1, happened_at=moment)]
    poll(connection_id=its.pk)
    poll(connection_id=its.pk)
    assert city.asked_since[-1] == moment - timedelta(minutes=10)


def test_a_reference_learnt_late_widens_the_question(city: FakeCity, handover: Handover) -> None:
    """While a worker was down the city may have said much about what we did not know yet."""
    its = handover.body.connections.get()
    city.updates = [news(handover, "busy", 1, happened_at=clock.now())]
    poll(connection_id=its.pk)
    old = clock.now() - timedelta(days=2)
    late = handed_over()
    deliver(delivery_id=create_of(late).pk)
    Handover.objects.filter(pk=late.pk).update(made_at=old)
    poll(connection_id=its.pk)
    assert city.asked_since[-1] == old - timedelta(minutes=10)


def test_other_peoples_requests_are_not_kept(city: FakeCity, handover: Handover) -> None:
    city.updates = [news(handover, "done", 1, body_reference="somebody else's")]
    assert poll(connection_id=handover.body.connections.get().pk) == 0
    assert InboxItem.objects.count() == 0
    assert status_of(handover) == "acknowledged"


def test_a_token_becomes_a_reference(city: FakeCity) -> None:
    city.gives_token = True
    its = handed_over()
    where = connection()
    deliver(delivery_id=create_of(its).pk)
    its.refresh_from_db()
    assert (its.body_reference, its.state, status_of(its)) == ("", "sent", "sent")
    poll(connection_id=where.pk)
    assert status_of(its) == "sent", "no reference yet"
    city.tokens = {its.body_token: "4711"}
    poll(connection_id=where.pk)
    its.refresh_from_db()
    assert (its.body_reference, status_of(its)) == ("4711", "acknowledged")


def test_a_system_that_is_down_costs_nothing(city: FakeCity, handover: Handover) -> None:
    its = handover.body.connections.get()
    city.poll_failures = [DeliveryFailed(ErrorClass.TRANSIENT, "It does not answer.")]
    assert poll(connection_id=its.pk) == 0
    its.refresh_from_db()
    assert its.last_error == "It does not answer."
    assert its.is_active
    assert its.cursor_at is None, "what was not read is asked for again"


def test_a_refused_key_pauses(city: FakeCity, handover: Handover) -> None:
    its = handover.body.connections.get()
    city.poll_failures = [DeliveryFailed(ErrorClass.AUTH, "The key is not known.")]
    poll(connection_id=its.pk)
    its.refresh_from_db()
    assert (its.is_active, its.pause_reason) == (False, "The key is not known.")


def test_a_paused_or_silent_system_is_not_asked(city: FakeCity, handover: Handover) -> None:
    its = handover.body.connections.get()
    city.capabilities = Capabilities()
    poll(connection_id=its.pk)
    city.capabilities = Capabilities(poll=True)
    its.is_active = False
    its.save()
    poll(connection_id=its.pk)
    assert city.asked_since == []
