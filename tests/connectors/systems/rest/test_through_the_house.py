"""A connection by definition through our own outbox and inbox, against the simulated systems."""

from collections.abc import Iterator
from typing import Any

import pytest

from mysmartcity.connectors.actions import deliver, poll
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.lib import clock
from tests.connectors.build import connection, create_of, handed_over, status_of
from tests.demo.processes import Running, running, wait_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.xdist_group("rest_through_the_house"),
]
SECRETS = {"user": "demo", "password": "demo-city-password"}


@pytest.fixture(scope="module", params=["sap_city", "collaborator_city"])
def process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Running]]:
    file = tmp_path_factory.mktemp(request.param) / "city.db"
    arguments = ("--port", "0", "--data", str(file), "--pace", "0.5")
    with running(request.param, *arguments) as city:
        yield request.param, city


@pytest.fixture
def where(process: tuple[str, Running], settings: Any) -> tuple[Running, dict[str, Any]]:
    """The running system, and what a connection to it needs; its mapping is the definition's own."""
    kind, city = process
    settings.OUTBOUND_ALLOWED_HOSTS = [city.place]
    city.control(drop_after_accept=False, drop_before_accept=False, expired=0)
    prefix = "/sap/opu/odata/sap/API_MAINTNOTIFICATION" if kind == "sap_city" else ""
    file = "sap_notification" if kind == "sap_city" else "collaborator"
    its = {
        "file": file,
        "changes": {"base_url": city.url + prefix},
        "ask_again_seconds": 0,
    }
    return city, {"system": "rest", "settings": its, "secrets": SECRETS, "statuses": {},
                  "category_codes": {"pothole": "PM/01"}}  # fmt: skip


def step(handover: Handover) -> Delivery:
    delivery = create_of(handover)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=clock.now())
    deliver(delivery_id=delivery.pk)
    return create_of(handover)


def accepted(city: Running, handover: Handover) -> int:
    return int(city.json("/_control/references").get(handover.issue.reference, 0))


def told(its: Connection, handover: Handover) -> bool:
    Handover.objects.update(asked_at=None)  # its turn has come again
    poll(connection_id=its.pk)
    return status_of(handover) == "reported_fixed"


def test_from_the_outbox_to_repaired(where: tuple[Running, dict[str, Any]]) -> None:
    city, values = where
    handover = handed_over()
    its = connection(**values)
    assert step(handover).state == DeliveryState.DONE
    handover.refresh_from_db()
    assert handover.body_reference
    assert accepted(city, handover) == 1
    assert wait_for(lambda: told(its, handover))
    assert its.inbox.exists()


def test_dropped_after_accepting_it_is_there_once(where: tuple[Running, dict[str, Any]]) -> None:
    city, values = where
    handover = handed_over()
    connection(**values)
    city.control(drop_after_accept=1)
    assert step(handover).state == DeliveryState.UNCERTAIN
    assert step(handover).state == DeliveryState.DONE
    handover.refresh_from_db()
    assert handover.body_reference
    assert accepted(city, handover) == 1


def test_dropped_before_accepting_it_is_sent_again(where: tuple[Running, dict[str, Any]]) -> None:
    city, values = where
    handover = handed_over()
    connection(**values)
    city.control(drop_before_accept=1)
    states = [step(handover).state for _ in range(4)]
    assert states == ["uncertain", "uncertain", "waiting", "done"]
    assert accepted(city, handover) == 1
