"""The connector against the simulated city over real sockets: what it does, and its settings."""

from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed, Reporter
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.registry import SYSTEMS
from mysmartcity.connectors.systems.capetown.connector import CapeTownConnector
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from tests.connectors.systems.capetown.build import (
    PRIVATE,
    PUBLIC,
    accepted,
    connector,
    message,
    news,
)
from tests.demo.processes import Running, wait_for


def failure(its: CapeTownConnector, **what: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        its.send(message(**what))
    return caught.value


def test_it_works(city: Running) -> None:
    """From filed to closed, each entry of the log once, with what nobody else may see cut later."""
    its, ours = connector(city), message(reporter=Reporter(name="Thandi M", phone="082 555 1234"))
    sent = its.send(ours)
    assert sent.remote_reference is not None
    assert sent.remote_reference.startswith("9")
    assert accepted(city, ours.reference) == 1
    seen: dict[str, Any] = {}

    def is_closed() -> bool:
        for one in news(its, str(sent.remote_reference)):
            seen.setdefault(one.event_id, one)
        return any(one.remote_status == "Closed" for one in seen.values())

    wait_for(is_closed)
    told = sorted(seen.values(), key=lambda one: one.happened_at)
    statuses = [one.remote_status for one in told if one.remote_status]
    assert list(dict.fromkeys(statuses)) in (
        ["Open", "Assigned", "In Progress", "Closed"],
        ["Assigned", "In Progress", "Closed"],
    )
    words = [one.words for one in told if one.words]
    assert len(words) == len(set(words)) == 3
    assert all("(" in one for one in words)
    assert {one.body_reference for one in told} == {sent.remote_reference}


def test_it_is_in_the_registry() -> None:
    assert SYSTEMS["capetown"] is CapeTownConnector


def test_the_login_and_the_session_are_used_again(city: Running) -> None:
    memory, before = ConnectionMemory(), city.json("/_control")["logins"]
    for _ in range(3):
        its = connector(city, memory=memory)
        its.send(message())
        list(its.list_categories())
    assert city.json("/_control")["logins"] == before + 1


@pytest.mark.parametrize("reading", ["raw", "hex"])
def test_both_readings_of_the_signature(city: Running, reading: str) -> None:
    city.control(signature=reading)
    ours = message(description="Größe ☃")
    assert connector(city, signature=reading).send(ours).remote_reference
    other = "hex" if reading == "raw" else "raw"
    refused = failure(connector(city, signature=other))
    assert refused.error_class == ErrorClass.AUTH
    assert "signature" in refused.sentence


@pytest.mark.parametrize(
    "keys",
    [
        {"private_key": PRIVATE.replace("5", "6"), "public_key": PUBLIC},
        {"private_key": PRIVATE, "public_key": "nobody"},
    ],
)
def test_wrong_keys_pause_the_connection_and_stand_in_no_sentence(
    city: Running, keys: dict[str, str]
) -> None:
    ours = message()
    with pytest.raises(DeliveryFailed) as caught:
        connector(city, secrets=keys).send(ours)
    assert caught.value.error_class == ErrorClass.AUTH
    assert keys["private_key"] not in caught.value.sentence
    assert accepted(city, ours.reference) == 0


def test_what_is_not_known_there(city: Running) -> None:
    states = list(connector(city).fetch_states(["9999999999"]))
    assert [(one.body_reference, one.exists) for one in states] == [("9999999999", False)]
    assert news(connector(city), "9999999999") == []


def test_how_references_stand(city: Running) -> None:
    its = connector(city)
    references = [str(its.send(message()).remote_reference) for _ in range(4)]
    states = {one.body_reference: one for one in its.fetch_states(references)}
    assert set(states) == set(references)
    assert all(one.exists and one.remote_status and one.updated_at for one in states.values())
    # The city leaves the codes out now and then.
    assert {one.remote_category for one in states.values()} == {"", "1030/1001"}


def test_the_categories_are_types_times_subtypes(city: Running) -> None:
    found = {one.code: one for one in connector(city).list_categories()}
    assert found["1001/1002"].name == "Whale"
    assert found["1001/1002"].group == "Animal carcass removal"
    assert found["1030/1001"].name == "Pothole"


# --- What is not sent -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("its", "says"),
    [
        ({"lat": -33.4}, "outside the area"),
        ({"lng": 19.01}, "outside the area"),
        ({"remote_category": "1030"}, "1001/1002"),
        ({"street_number": ""}, "the street number"),
        ({"kind": DeliveryKind.COMMENT, "words": "More"}, "nothing after the first message"),
        ({"remote_category": "9998/9999"}, "type and subtype are unknown"),
    ],
)
def test_what_the_city_would_never_take(city: Running, its: dict[str, Any], says: str) -> None:
    ours = message(**its)
    with pytest.raises(DeliveryFailed) as caught:
        connector(city).send(ours)
    assert caught.value.error_class == ErrorClass.PERMANENT
    assert says in caught.value.sentence
    assert accepted(city, ours.reference) == 0


def test_the_box_of_the_contract_is_wider_than_nothing(city: Running) -> None:
    for lat, lng in ((-34.35, 18.3), (-33.47, 19.0)):
        assert connector(city).send(message(lat=lat, lng=lng)).remote_reference


def test_missing_names_what_nobody_knows() -> None:
    its = connector("http://127.0.0.1:1")
    assert list(its.missing(message(street="", street_number="", suburb=""))) == [
        "the street", "the street number", "the suburb",
    ]  # fmt: skip
    assert list(its.missing(message())) == []
    assert list(its.missing(message(kind=DeliveryKind.COMMENT, street=""))) == []


def test_the_operator_may_say_what_stands_for_an_unknown_address(city: Running) -> None:
    unknown = {"street": "Not given", "street_number": "0"}
    its = connector(city, address_unknown=unknown)
    assert list(its.missing(message(street="", street_number="", suburb=""))) == ["the suburb"]
    ours = message(street="", street_number="")
    assert its.send(ours).remote_reference
    assert accepted(city, ours.reference) == 1


@pytest.mark.parametrize(
    ("its", "says"),
    [
        ({"endpoint": ""}, "endpoint"),
        ({"signature": "both"}, "signature"),
        ({"comm": "INT"}, "comm"),
        ({"telephone": "12345"}, "telephone"),
        ({"telephone": ""}, "telephone"),
        ({"timeout_seconds": 60}, "timeout_seconds"),
        ({"session_seconds": "long"}, "session_seconds"),
        ({"fresh_seconds": True}, "fresh_seconds"),
        ({"address_unknown": {"road": "x"}}, "address_unknown"),
        ({"address_unknown": "x"}, "address_unknown"),
        ({"errors": [["(", "permanent"]]}, "errors"),
        ({"errors": [["x", "maybe"]]}, "errors"),
        ({"errors": ["x"]}, "errors"),
        ({"secrets": {"private_key": PRIVATE}}, "public_key"),
        ({"secrets": {}}, "private_key"),
    ],
)
def test_bad_settings_are_named_and_nothing_is_sent(its: dict[str, Any], says: str) -> None:
    made = connector("http://127.0.0.1:1", **its)
    assert any(says in one for one in made.problems())
    assert failure(connector("http://127.0.0.1:1", **its)).error_class == ErrorClass.AUTH


def test_good_settings_have_no_problems() -> None:
    made = connector("https://city.example", signature="hex", comm="SMS", timeout_seconds=5,
                     errors=[["^502 ", "transient"]], address_unknown={"street": "?"})  # fmt: skip
    assert list(made.problems()) == []
    assert made.address == "https://city.example/coct/api"
    assert connector("http://127.0.0.1:1").address == ""
