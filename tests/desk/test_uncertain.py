"""Uncertain messages: both sides shown, and a human says whether it arrived."""

import pytest

from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.models import Issue
from tests.connectors.build import FakeCity, connection, create_of, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH = "/desk/uncertain"


@pytest.fixture
def uncertain(city: FakeCity) -> Delivery:
    del city
    delivery = create_of(handed_over())
    its = connection(to=delivery.handover.body)
    Delivery.objects.update(
        state=DeliveryState.UNCERTAIN, lane=its.pk, error="The line was cut.", attempt_count=1
    )
    return delivery


def settle(client: Staff, delivery: Delivery, act: str, reference: str = "") -> str:
    data = {"delivery": delivery.key, "act": act, "body_reference": reference, "back": PATH}
    assert client.post(PATH, data).status_code == 303
    delivery.refresh_from_db()
    return client.page(PATH)


def test_it_works(uncertain: Delivery, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    for words in ("Our side", "Their side: City of Cape Town", "The line was cut."):
        assert words in page
    assert "A deep hole at the bus stop" in page
    page = settle(dispatcher, uncertain, "arrived", "C-5")
    assert "has arrived" in page
    assert uncertain.state == DeliveryState.DONE
    uncertain.handover.refresh_from_db()
    assert uncertain.handover.body_reference == "C-5"
    assert Issue.objects.get().status == "acknowledged"
    assert "Nothing is uncertain" in page


def test_it_did_not_arrive(uncertain: Delivery, dispatcher: Staff) -> None:
    page = settle(dispatcher, uncertain, "absent", "C-5")
    assert "is sent again" in page
    assert uncertain.state == DeliveryState.WAITING
    uncertain.handover.refresh_from_db()
    assert uncertain.handover.body_reference == "", "what was typed beside it does not count"


def test_twice_is_told(uncertain: Delivery, dispatcher: Staff) -> None:
    settle(dispatcher, uncertain, "arrived")
    assert "Only a message of which nobody knows can be settled" in settle(
        dispatcher, uncertain, "absent"
    )
    assert uncertain.state == DeliveryState.DONE
    dispatcher.post(PATH, {"delivery": "nope", "act": "arrived"})
    assert "dealt with meanwhile" in dispatcher.page(PATH)
