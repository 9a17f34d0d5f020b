"""What a system can't take: a dead letter that somebody tells the body another way."""

import pytest

from mysmartcity.connectors.actions import deliver
from mysmartcity.connectors.contract import Capabilities
from mysmartcity.dispatch.actions import queue_delivery, told_another_way
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.models import TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH, CARE = "/desk/dead-letters", "/desk/dead-letters/care"


@pytest.fixture
def untold(city: FakeCity) -> Delivery:
    """“Not fixed” to a system that takes nothing after the first message."""
    handover = handed_over()
    connection(to=handover.body)
    deliver(delivery_id=create_of(handover).pk)
    city.capabilities = Capabilities(poll=True)
    delivery = queue_delivery(
        handover=handover, kind=DeliveryKind.NOT_FIXED, content={"words": "Still deep"}, key="nf-1"
    )
    deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, city.sends) == (DeliveryState.DEAD, 1)
    return delivery


def told(client: Staff, delivery: Delivery, how: str) -> str:
    reply = client.post(CARE, {"delivery": delivery.key, "act": "told", "how": how, "back": PATH})
    assert reply.status_code == 303
    return client.page(PATH)


def test_it_works(untold: Delivery, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert "another way" in page
    assert "Told another way" in page
    assert "Write how they were told" in told(dispatcher, untold, " ")
    page = told(dispatcher, untold, "Phoned Mr <Nkosi>")
    assert "knows it now" in page
    assert "There are no dead letters" in page
    untold.refresh_from_db()
    assert untold.state == DeliveryState.DONE
    assert untold.done_at is not None
    assert not QueueEntry.objects.unsettled().exists()
    entry = TimelineEntry.objects.order_by("-pk")[0]
    assert (entry.by, entry.public_words) == (dispatcher.person, "")
    assert "Phoned Mr <Nkosi>" in entry.inside_words


def test_twice(untold: Delivery, dispatcher: Staff, operator: Staff) -> None:
    told(dispatcher, untold, "Phoned")
    assert "dealt with meanwhile" in told(operator, untold, "Wrote")
    with pytest.raises(NotAllowed):
        told_another_way(delivery=untold, by=operator.person, how="Wrote")


def test_not_for_a_first_message(untold: Delivery, dispatcher: Staff) -> None:
    first = create_of(untold.handover)
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.DEAD)
    assert "A first message needs their reference" in told(dispatcher, first, "Phoned")
    first.refresh_from_db()
    assert first.state == DeliveryState.DEAD
    assert dispatcher.page(PATH).count("Told another way") == 1


def test_not_for_residents(untold: Delivery) -> None:
    with pytest.raises(NotAllowed):
        told_another_way(delivery=untold, by=build.person(), how="Phoned")
