"""Reports that lack an address: listed, the address added right there, and the message goes."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.connectors.actions import deliver
from mysmartcity.connectors.contract import Message
from mysmartcity.dispatch.actions import give_address
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.issues.models import Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import FakeCity, FakeConnector, connection, create_of, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH = "/desk/facts"


def _missing(_self: FakeConnector, message: Message) -> tuple[str, ...]:
    known = {"the street": message.street, "the street number": message.street_number}
    return tuple(name for name, value in known.items() if not value)


@pytest.fixture
def parked(city: FakeCity, monkeypatch: pytest.MonkeyPatch) -> Handover:
    """A report without an address at a system that wants one."""
    monkeypatch.setattr(FakeConnector, "missing", _missing)
    handover = handed_over(address="")
    connection(to=handover.body)
    deliver(delivery_id=create_of(handover).pk)
    assert (create_of(handover).state, city.sends) == (DeliveryState.WAITING, 0)
    return handover


def give(client: Staff, handover: Handover, *, expect: int = 303, **parts: str) -> str:
    data = {"issue": handover.issue.reference, "street": "", "number": "", "suburb": "", **parts}
    reply = client.post(PATH, data)
    assert reply.status_code == expect
    return str(reply.content.decode())


def test_it_works(parked: Handover, city: FakeCity, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert parked.issue.reference in page
    assert "the street, the street number" in page
    before = clock.now()
    give(dispatcher, parked, street="Main Road", number="12 a", suburb="Woodstock")
    delivery = create_of(parked)
    assert before <= delivery.next_try_at <= clock.now(), "it is due now, not in ten minutes"
    deliver(delivery_id=delivery.pk)
    (message,) = city.stored
    assert (message.street, message.street_number) == ("Main Road", "12A")
    assert create_of(parked).state == DeliveryState.DONE
    page = dispatcher.page(PATH)
    assert "has an address now. 1 message goes." in page
    assert "No report lacks anything" in page


def test_it_is_written_down_for_staff_only(parked: Handover, dispatcher: Staff) -> None:
    Issue.objects.filter(pk=parked.issue_id).update(address="at the <shop>", address_id="x")
    assert "at the &lt;shop&gt;" in dispatcher.page(PATH)
    give(dispatcher, parked, street="Main Road", number="12")
    issue = Issue.objects.get(pk=parked.issue_id)
    assert (issue.address, issue.address_id) == ("12 Main Road", "")
    entry = TimelineEntry.objects.filter(issue=issue).order_by("-pk")[0]
    assert (entry.by, entry.public_words) == (dispatcher.person, "")
    assert "12 Main Road" in entry.inside_words
    assert "at the <shop>" in entry.inside_words
    settled = QueueEntry.objects.get(reason=QueueReason.NEEDS_FACTS)
    assert (settled.settled_by, settled.outcome) == (dispatcher.person, "the address was added")


def test_its_lane_is_woken(parked: Handover, dispatcher: Staff) -> None:
    ProcrastinateJob.objects.all().delete()
    give(dispatcher, parked, street="Main Road", number="12")
    woken = ProcrastinateJob.objects.filter(task_name="connectors.drain")
    assert [job.args["connection_id"] for job in woken] == [create_of(parked).lane]


@pytest.mark.parametrize(
    "parts",
    [{}, {"number": "12"}, {"street": "somewhere here"}, {"street": "Main Road", "number": "far"}],
)
def test_what_is_no_address(parked: Handover, dispatcher: Staff, parts: dict[str, str]) -> None:
    page = give(dispatcher, parked, expect=422, suburb="Typed Already", **parts)
    assert "Write the street like" in page
    assert "Typed Already" in page, "nothing typed is lost"
    assert not Issue.objects.exclude(address="").exists()
    assert QueueEntry.objects.unsettled().exists()


def test_what_still_lacks_something_comes_back(parked: Handover, dispatcher: Staff) -> None:
    give(dispatcher, parked, street="Main Road")
    deliver(delivery_id=create_of(parked).pk)
    page = dispatcher.page(PATH)
    assert "without the street number." in page
    assert 'value="Main Road"' in page, "what is known already stands in the form"


def test_a_colleague_was_faster(parked: Handover, dispatcher: Staff, operator: Staff) -> None:
    give(dispatcher, parked, street="Main Road", number="12")
    assert "settled meanwhile" in give(operator, parked, expect=422, street="Side Road", number="1")
    entry = QueueEntry.objects.get()
    with pytest.raises(NotAllowed):
        give_address(entry=entry, street="Side Road", number="1", suburb="", by=operator.person)
    assert Issue.objects.get().address == "12 Main Road"


def test_not_for_residents(parked: Handover) -> None:
    with pytest.raises(NotAllowed):
        give_address(
            entry=QueueEntry.objects.get(), street="Main Road", number="12", suburb="",
            by=build.person(),
        )  # fmt: skip
    assert not Issue.objects.exclude(address="").exists()


def test_what_is_over_stays_as_it_is(parked: Handover, dispatcher: Staff) -> None:
    Delivery.objects.update(state=DeliveryState.DONE, next_try_at=parked.made_at)
    give(dispatcher, parked, street="Main Road", number="12")
    assert create_of(parked).next_try_at == parked.made_at


def test_home_leads_there(parked: Handover, dispatcher: Staff) -> None:
    del parked
    assert f'href="{PATH}"' in dispatcher.page("/desk/")
