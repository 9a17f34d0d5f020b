"""Calls to make: grouped by body, one at a time, and every kind of answer taken down."""

from datetime import timedelta

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import Capabilities, Message
from mysmartcity.dispatch.models import Call, Delivery, QueueEntry
from mysmartcity.dispatch.status import CallOutcome, DeliveryState, QueueReason
from mysmartcity.lib import clock
from tests.connectors.build import (
    FakeCity,
    FakeConnector,
    connection,
    create_of,
    handed_over,
    status_of,
)
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH = "/desk/calls"


class Phone(FakeConnector):
    """Its client is a person."""

    speaks_our_statuses = True

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(by_hand=True)

    def brief(self, message: Message) -> str:
        return f"Agent: say {message.reference}\nStreet: <none>"


@pytest.fixture
def by_hand(city: FakeCity, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    del city
    monkeypatch.setitem(registry.SYSTEMS, "fake", Phone)
    delivery = create_of(handed_over())
    body = delivery.handover.body
    body.phone, body.hours = "011 375 5555 or 0860 562 874", "06:00 to 18:00"
    body.save()
    Delivery.objects.update(state=DeliveryState.BY_HAND, lane=connection(to=body).pk)
    delivery.refresh_from_db()
    return delivery


def answer(
    client: Staff, delivery: Delivery, outcome: str, *, expect: int = 303, **its: str
) -> str:
    reply = client.post(f"{PATH}/{delivery.key}", {"outcome": outcome, **its})
    assert reply.status_code == expect
    return str(reply.content.decode())


def test_it_works(by_hand: Delivery, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert by_hand.handover.body.name in page
    assert 'href="tel:0113755555"' in page
    assert 'href="tel:0860562874"' in page
    assert "06:00 to 18:00" in page
    page = dispatcher.page(f"{PATH}/{by_hand.key}")
    assert f"Agent: say {by_hand.handover.issue.reference}\nStreet: &lt;none&gt;" in page
    answer(dispatcher, by_hand, "reference", body_reference="CP-9", minutes="12", words="Kind man")
    call = Call.objects.get()
    assert (call.outcome, call.body_reference, call.waited_seconds) == ("reference", "CP-9", 720)
    assert (call.by, call.words) == (dispatcher.person, "Kind man")
    assert "Noted what" in dispatcher.page(PATH)
    assert "There are no calls to make" in dispatcher.page(PATH)
    assert "This call has been made" in dispatcher.page(f"{PATH}/{by_hand.key}")


def test_nobody_answered(by_hand: Delivery, dispatcher: Staff) -> None:
    answer(dispatcher, by_hand, "no_answer")
    by_hand.refresh_from_db()
    assert by_hand.state == DeliveryState.BY_HAND
    wait = by_hand.next_try_at - clock.now()
    assert timedelta(minutes=28) < wait <= timedelta(minutes=30)
    page = dispatcher.page(PATH)
    assert "Nobody answered" in page
    assert "again" in page
    later = (clock.now() + timedelta(hours=3)).astimezone(clock.CITY_ZONE)
    answer(dispatcher, by_hand, "no_answer", again_at=f"{later:%Y-%m-%dT%H:%M}")
    by_hand.refresh_from_db()
    assert by_hand.next_try_at == later.replace(second=0, microsecond=0)
    assert Call.objects.count() == 2


@pytest.mark.parametrize(
    ("outcome", "its", "sentence"),
    [
        ("", {}, "Choose what came of the call."),
        ("party", {}, "Choose what came of the call."),
        ("reference", {}, "Write the reference that they gave."),
        ("status", {}, "Choose the status that they gave."),
        ("status", {"status": "fixed"}, "Choose a status from the list."),
        ("promise", {}, "Write until when they promised it."),
        ("promise", {"promised_at": "tomorrow"}, "Write day and time"),
        ("no_answer", {"minutes": "many"}, "Write a whole number"),
        ("no_answer", {"minutes": "99999"}, "Write a whole number"),
    ],
)
def test_an_answer_without_its_point(
    by_hand: Delivery, dispatcher: Staff, outcome: str, its: dict[str, str], sentence: str
) -> None:
    page = answer(dispatcher, by_hand, outcome, expect=422, words="Typed already", **its)
    assert sentence in page
    assert "Typed already" in page, "nothing typed is lost"
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "its"),
    [
        ("status", {"status": "in_progress"}),
        ("promise", {"promised_at": "2031-05-01T17:00"}),
        ("elsewhere", {"words": "Call Eskom"}),
    ],
)
def test_the_other_answers(
    by_hand: Delivery, dispatcher: Staff, outcome: str, its: dict[str, str]
) -> None:
    answer(dispatcher, by_hand, outcome, **its)
    call = Call.objects.get()
    assert call.outcome == CallOutcome(outcome)
    assert (call.promised_at is not None) == (outcome == "promise")


def test_a_colleague_made_it(by_hand: Delivery, dispatcher: Staff, operator: Staff) -> None:
    answer(dispatcher, by_hand, "reference", body_reference="CP-9")
    answer(operator, by_hand, "reference", body_reference="CP-10", expect=422)
    assert Call.objects.count() == 1


def test_without_a_block_of_its_own(
    by_hand: Delivery, dispatcher: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.SYSTEMS, "fake", FakeConnector)
    page = dispatcher.page(f"{PATH}/{by_hand.key}")
    assert "A deep hole at the bus stop" in page
    assert "-33.92490, 18.42410" in page


def test_what_was_heard_moves_the_issue(by_hand: Delivery, dispatcher: Staff) -> None:
    """The whole way: from the form through the inbox to the ladder and the body's reference."""
    answer(dispatcher, by_hand, "status", status="in_progress", body_reference="CP-9")
    by_hand.refresh_from_db()
    handover = by_hand.handover
    handover.refresh_from_db()
    assert (by_hand.state, handover.body_reference) == (DeliveryState.DONE, "CP-9")
    assert status_of(handover) == "in_progress"


def test_elsewhere_goes_before_a_dispatcher(by_hand: Delivery, dispatcher: Staff) -> None:
    answer(dispatcher, by_hand, "elsewhere", words="Call <Eskom>")
    entry = QueueEntry.objects.unsettled().get()
    assert entry.reason == QueueReason.NO_ROUTE
    assert "Call <Eskom>" in entry.words
    assert "There are no calls to make" in dispatcher.page(PATH)
