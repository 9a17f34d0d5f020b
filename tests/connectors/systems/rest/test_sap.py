"""The shipped definition of SAP maintenance notifications against the simulated system."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import ConnectionValues, DeliveryFailed, Message, Update
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.rest.connector import RestConnector
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock, ids
from tests.connectors.systems.rest.desk import say
from tests.demo.processes import Running, running, wait_for

SERVICE = "/sap/opu/odata/sap/API_MAINTNOTIFICATION"
SECRETS = {"user": "demo", "password": "demo-city-password"}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("sap") / "sap.db"
    with running("sap_city", "--port", "0", "--data", str(file), "--pace", "0.6") as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    off: dict[str, Any] = {"error": None, "drop_after_accept": False, "drop_before_accept": False,
                           "garbage": False, "html_page": False, "duplicates": False, "overlap": False,
                           "expired": 0, "retry_after": 1.0}  # fmt: skip
    assert process.control(**off)[0] == 200
    return process


def connector(city: Running, *, secrets: Any = None, **changes: Any) -> RestConnector:
    settings = {"file": "sap_notification", "changes": {"base_url": city.url + SERVICE, **changes}}
    values = ConnectionValues(
        "The city", settings, "", {}, [city.place], ConnectionMemory(), secrets or SECRETS
    )
    return RestConnector(values)


def message(**its: Any) -> Message:
    reference = its.pop("reference", None) or ids.new_reference("CPT")
    return say(**{"key": reference, "reference": reference, **its})


def news(one: RestConnector, reference: str, *, since: datetime | None = None) -> list[Update]:
    told = one.fetch_updates(since=since or clock.now() - timedelta(hours=1), references=[])
    return [update for update in told if update.body_reference == reference]


def around() -> dict[str, datetime]:
    return {
        "since": clock.now() - timedelta(minutes=10),
        "until": clock.now() + timedelta(minutes=1),
    }


def test_created_read_and_told_to_its_end(city: Running) -> None:
    one, its = connector(city), message(description="It's \"dark\" & 'wet'")
    made = str(one.send(its).remote_reference)
    assert city.json("/_control/references")[its.reference] == 1
    first = news(one, made)[0]
    assert first.remote_status in ("1", "3", "4")
    told = wait_for(lambda: [u for u in news(one, made) if u.remote_status == "4"])
    assert one.own_statuses()[told[0].remote_status] == "reported_fixed"
    assert news(one, made)[0].event_id == told[0].event_id
    assert abs(told[0].happened_at - clock.now()) < timedelta(minutes=1)
    assert not news(one, made, since=clock.now() + timedelta(hours=1))
    here, gone = one.fetch_states([made, "C-12"])
    assert (here.exists, here.remote_status, here.updated_at) == (True, "4", told[0].happened_at)
    assert not gone.exists


def test_the_token_is_kept_and_renewed_when_it_is_over(city: Running) -> None:
    one = connector(city)
    one.send(message())
    city.control(expired=1)
    its = message()
    assert one.send(its).remote_reference
    assert city.json("/_control/references")[its.reference] == 1
    city.control(expired=2)
    with pytest.raises(DeliveryFailed) as caught:
        one.send(message())
    assert caught.value.error_class == ErrorClass.AUTH


def test_a_lost_answer_is_found_and_is_there_once(city: Running) -> None:
    one, its = connector(city), message()
    city.control(drop_after_accept=1)
    with pytest.raises(DeliveryFailed) as caught:
        one.send(its)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    found = one.look_up(its, **around())
    assert found is not None
    assert news(one, str(found.remote_reference))
    assert city.json("/_control/references")[its.reference] == 1
    assert one.look_up(message(), **around()) is None


def test_a_message_dropped_before_it_was_read_is_absent(city: Running) -> None:
    one, its = connector(city), message()
    city.control(drop_before_accept=1)
    with pytest.raises(DeliveryFailed) as caught:
        one.send(its)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    assert one.look_up(its, **around()) is None


def test_many_pages_that_overlap_and_repeat_are_read_once(city: Running) -> None:
    one = connector(city)
    made = {str(one.send(message()).remote_reference) for _ in range(23)}
    city.control(overlap=True, duplicates=True)
    told = _all(one)
    assert made <= {update.body_reference for update in told}
    assert len({update.event_id for update in told}) == len(told)


def _all(one: RestConnector) -> list[Update]:
    return list(one.fetch_updates(since=clock.now() - timedelta(hours=1), references=[]))


@pytest.mark.parametrize(
    ("switches", "changes", "secrets", "expected"),
    [
        ({"error": 429}, {}, None, ErrorClass.THROTTLED),
        ({"error": 503, "retry_after": None}, {}, None, ErrorClass.TRANSIENT),
        ({"error": 500}, {}, None, ErrorClass.TRANSIENT),  # already the login meets it
        ({"html_page": True}, {}, None, ErrorClass.TRANSIENT),
        ({}, {}, {"user": "demo", "password": "wrong"}, ErrorClass.AUTH),
        ({}, {"options.priority": "99"}, None, ErrorClass.PERMANENT),
    ],
)
def test_each_failure_has_its_class(
    switches: Any, changes: Any, secrets: Any, expected: ErrorClass, city: Running
) -> None:
    city.control(**switches)
    with pytest.raises(DeliveryFailed) as caught:
        connector(city, secrets=secrets, **changes).send(message())
    assert caught.value.error_class == expected
    assert "wrong" not in caught.value.sentence


def test_an_answer_that_became_rubbish_is_ambiguous(city: Running) -> None:
    one = connector(city)
    one.send(message())
    city.control(garbage=True)
    its = message()
    with pytest.raises(DeliveryFailed) as caught:
        one.send(its)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    city.control(garbage=False)
    assert one.look_up(its, **around()) is not None


def test_the_refusal_of_the_service_is_told(city: Running) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        connector(city, **{"options.priority": "99"}).send(message())
    said = "SAP maintenance notifications answered 400: Property MaintPriority has an invalid value"
    assert caught.value.sentence == said
