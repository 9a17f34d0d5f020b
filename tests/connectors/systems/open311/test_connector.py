"""The Open311 connector against the simulated city, over real sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import (
    Answer,
    ConnectionValues,
    DeliveryFailed,
    Message,
    Update,
)
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.open311.connector import Open311Connector, update_id
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock, ids
from tests.connectors.systems.mail.test_out import message as some_message
from tests.demo.processes import Running, running, wait_for


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("open311_city", "--port", "0", "--data", str(file), "--pace", "0.6") as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    off: dict[str, Any] = {"error": None, "drop_after_accept": False, "garbage": False,
                           "token_mode": False, "token_seconds": 0.2, "status_case": "lower",
                           "date_format": "w3c"}  # fmt: skip
    assert process.control(**off)[0] == 200
    return process


def connector(city: Running, **its: Any) -> Open311Connector:
    settings = {"endpoint": f"{city.url}/open311/v2", "has_updates": True, **its}
    secret = settings.pop("secret", "demo-city-key")
    return Open311Connector(
        ConnectionValues("The city", settings, secret, {}, [city.place], ConnectionMemory())
    )


def message(**its: Any) -> Message:
    reference = its.pop("reference", None) or ids.new_reference("CPT")
    values = {"key": reference, "reference": reference, "remote_category": "POTHOLE",
              "photo_urls": (), "answers": (), **its}  # fmt: skip
    return some_message(**values)


def stored(city: Running, reference: str | None) -> Any:
    return city.json(f"/open311/v2/requests/{reference}.json")[0]


def around() -> dict[str, datetime]:
    return {
        "since": clock.now() - timedelta(minutes=10),
        "until": clock.now() + timedelta(minutes=10),
    }


def news_of(city: Running, reference: str, **its: Any) -> list[Update]:
    told = connector(city, **its).fetch_updates(
        since=datetime(2020, 1, 1, tzinfo=UTC), references=[reference]
    )
    return [one for one in told if one.body_reference == reference]


def test_it_works(city: Running) -> None:
    """Created with what the city has fields for; the rest is in the words, our reference last."""
    answers = (
        Answer("extent", "How many lights?", ("ONE",), ("One",)),
        Answer("colour", "What colour?", ("blue",), ("Blue",)),
    )
    its = message(remote_category="STREETLIGHT", answers=answers)
    made = connector(city, attribute_codes={"extent": "EXTENT"}).send(its)
    kept = stored(city, made.remote_reference)
    assert kept["description"].splitlines()[-1] == f"Reference: {its.reference}"
    assert "What colour? Blue" in kept["description"]
    assert "How many lights?" not in kept["description"]
    assert (kept["lat"], kept["long"]) == (-33.92, 18.42)


def test_a_lost_answer_is_found_by_our_reference(city: Running) -> None:
    its = message()
    city.control(drop_after_accept=1)
    with pytest.raises(DeliveryFailed) as caught:
        connector(city).send(its)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    found = connector(city).look_up(its, **around())
    assert found is not None
    assert its.reference in stored(city, found.remote_reference)["description"]
    assert connector(city).look_up(message(), **around()) is None


def test_an_earlier_handover_is_not_mistaken_for_this_one(city: Running) -> None:
    first = message()
    made = connector(city).send(first)
    again = message(reference=first.reference, other_references=frozenset({made.remote_reference}))
    assert connector(city).look_up(again, **around()) is None


@pytest.mark.parametrize(
    ("switches", "its", "expected"),
    [
        ({"error": 429}, {}, ErrorClass.THROTTLED),
        ({"error": 503}, {}, ErrorClass.THROTTLED),
        ({"garbage": True}, {}, ErrorClass.AMBIGUOUS),
        ({}, {"secret": "wrong"}, ErrorClass.AUTH),
        ({}, {"endpoint": ""}, ErrorClass.AUTH),
        ({}, {"endpoint": "http://127.0.0.1:1/x"}, ErrorClass.AUTH),
    ],
)
def test_each_failure_has_its_class(
    switches: dict[str, Any], its: dict[str, Any], expected: ErrorClass, city: Running
) -> None:
    city.control(**switches)
    with pytest.raises(DeliveryFailed) as caught:
        connector(city, **its).send(message())
    assert caught.value.error_class == expected


def test_a_token_becomes_a_reference(city: Running) -> None:
    city.control(token_mode=True)
    made = connector(city).send(message())
    assert made.remote_reference is None
    assert made.token is not None
    assert wait_for(lambda: connector(city).resolve_token(str(made.token)))


@pytest.mark.parametrize("status_case", ["lower", "upper", "title", "odd"])
def test_the_whole_life_is_told(status_case: str, city: Running) -> None:
    made = str(connector(city).send(message()).remote_reference)
    city.control(status_case=status_case)
    told = wait_for(
        lambda: [
            one for one in news_of(city, made) if one.remote_status.lower().startswith("fixed")
        ]
    )
    assert told[0].words
    both = [one.event_id for one in news_of(city, made)]
    assert len(both) == len(set(both))


def test_without_the_extension_the_state_is_asked(city: Running) -> None:
    made = str(connector(city).send(message()).remote_reference)
    wait_for(lambda: stored(city, made)["status"] == "closed")
    (one,) = news_of(city, made, has_updates=False)
    assert one.remote_status == "closed"
    assert news_of(city, made, has_updates=False)[0].event_id == one.event_id
    assert not connector(city, has_updates=False).capabilities.comments


def test_not_fixed_opens_it_again_and_is_taken_once(city: Running) -> None:
    first = message()
    made = str(connector(city).send(first).remote_reference)
    wait_for(lambda: stored(city, made)["status"] == "closed")
    back = message(
        reference=first.reference,
        key="CPT-7K3M9Q-entry-9",
        kind=DeliveryKind.NOT_FIXED,
        words="The hole is still there",
        body_reference=made,
    )
    for _again in range(2):
        assert connector(city).send(back).remote_id
    assert connector(city).look_up(back, **around()) is None, "it may simply be told again"
    opened = [one for one in news_of(city, made) if "REOPEN" in one.remote_status.upper()]
    assert len(opened) == 1
    assert "entry-9" not in update_id(back.key), "row numbers stay in the house"


def test_photos_beyond_the_first_follow_or_are_links(city: Running) -> None:
    urls = ("https://x.example/1.webp", "https://x.example/2.webp")
    assert connector(city).photos_in_create(2) == 1
    assert connector(city, many_media=True).photos_in_create(2) == 2
    plain = connector(city, has_updates=False)
    kept = stored(city, plain.send(message(photo_urls=urls)).remote_reference)
    assert "Photo: https://x.example/2.webp" in kept["description"]
    assert "1.webp" not in kept["description"]
