"""Collaborator, hand-written and by definition: the same results against one simulated city."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import (
    Answer,
    ConnectionValues,
    Connector,
    DeliveryFailed,
    Message,
    Reporter,
    Update,
)
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.registry import SYSTEMS
from mysmartcity.connectors.systems.collaborator.connector import CollaboratorConnector
from mysmartcity.connectors.systems.rest.connector import RestConnector
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock, ids
from tests.connectors.systems.rest.desk import say
from tests.demo.processes import Running, running, wait_for

SECRETS = {"user": "demo", "password": "demo-city-password"}
SKINS = ("collaborator", "rest")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("collaborator") / "city.db"
    with running("collaborator_city", "--port", "0", "--data", str(file), "--pace", "0.8") as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    off: dict[str, Any] = {"error": None, "drop_after_accept": False, "drop_before_accept": False,
                           "garbage": False, "html_page": False, "duplicates": False, "expired": 0,
                           "retry_after": 1.0, "status_case": "lower", "wrong_charset": False}  # fmt: skip
    assert process.control(**off)[0] == 200
    return process


def skin(name: str, city: Running, *, secrets: Any = None, **options: Any) -> Connector:
    if name == "rest":
        changes = {f"options.{key}": value for key, value in options.items()}
        settings = {"file": "collaborator", "changes": {"base_url": city.url, **changes}}
    else:
        settings = {"base_url": city.url, **options}
    values = ConnectionValues(
        "The city", settings, "", {}, [city.place], ConnectionMemory(), secrets or SECRETS
    )
    return SYSTEMS[name](values)


def message(**its: Any) -> Message:
    reference = its.pop("reference", None) or ids.new_reference("CPT")
    whole = {"key": reference, "reference": reference, "remote_category": "Sewerage",
             "reported_at": clock.now(), **its}  # fmt: skip
    return say(**whole)


def news(one: Connector, reference: str) -> list[Update]:
    return list(one.fetch_updates(since=clock.now(), references=[reference]))


def around() -> dict[str, datetime]:
    return {"since": clock.now() - timedelta(minutes=10), "until": clock.now()}


def stored(city: Running, reference: str) -> dict[str, Any]:
    """The fields as the municipality has them, without what it adds."""
    one = skin("collaborator", city)
    assert isinstance(one, CollaboratorConnector)
    record = one._read(reference)
    assert record is not None
    return {name: value for name, value in record.items() if name not in ("obj_id", "F14", "F15")}


def failure(name: str, city: Running, its: Message, **options: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        skin(name, city, **options).send(its)
    return caught.value


def test_both_send_the_same_fields(city: Running) -> None:
    its = message(
        description=' Sewage in the "street"\n& house ',
        answers=(Answer("deep", "How deep?", ("1", "2"), ("One", "Two")),),
        photo_urls=("https://x.example/1.webp",),
        reporter=Reporter("Sipho van Daniels", "s@example.org", "0821234567", "AC-1"),
        street="Main Road", street_number="5", suburb="Struisbaai",
    )  # fmt: skip
    kept = [stored(city, str(skin(name, city).send(its).remote_reference)) for name in SKINS]
    assert kept[0] == kept[1]
    assert kept[0]["F10"].splitlines()[-1] == f"Reference: {its.reference}"
    assert kept[0]["F11"] == "-33.920000, 18.420000"
    assert (kept[0]["F1"], kept[0]["F20"], kept[0]["F3"]) == ("Sewerage", "WC033", "van Daniels")


def test_both_say_that_the_own_number_is_no_work_item(city: Running) -> None:
    assert [skin(name, city).further_references() for name in SKINS] == ["also", "also"]


def test_both_tell_the_same_news_in_every_state(city: Running) -> None:
    one, other = (skin(name, city) for name in SKINS)
    made = str(one.send(message()).remote_reference)
    seen: dict[str, Update] = {}

    def both() -> bool:
        first, second = news(one, made)[0], news(other, made)[0]
        if first.remote_status == second.remote_status:
            # Without a moment of the system's own, each says when it read it.
            assert first.event_id == second.event_id
            assert first.more_references == second.more_references
            assert first.words == second.words == ""
            seen[first.remote_status] = first
        return "Finalised" in seen

    wait_for(both)
    assert "Assigned" in seen
    assert list(one.fetch_states([made])) == list(other.fetch_states([made])), "it has ended"
    known = CollaboratorConnector.starting_statuses
    assert isinstance(other, RestConnector)
    assert other.own_statuses() == known
    assert {status.lower() for status in seen} <= known.keys()


@pytest.mark.parametrize("name", SKINS)
def test_an_unknown_combination_is_a_word_that_nobody_maps(name: str, city: Running) -> None:
    one = skin(name, city)
    made = str(one.send(message(description="[odd]")).remote_reference)
    told = wait_for(lambda: [u for u in news(one, made) if u.remote_status.startswith("Assigned")])
    assert told[0].remote_status == "Assigned without reference"
    assert told[0].remote_status.lower() not in CollaboratorConnector.starting_statuses


@pytest.mark.parametrize("name", SKINS)
def test_a_lost_answer_is_found_and_is_there_once(name: str, city: Running) -> None:
    its = message()
    city.control(drop_after_accept=1)
    assert failure(name, city, its).error_class == ErrorClass.AMBIGUOUS
    city.control(duplicates=True)
    for looking in SKINS:
        found = skin(looking, city).look_up(its, **around())
        assert found is not None
        others = message(reference=its.reference, reported_at=its.reported_at,
                         other_references=frozenset({found.remote_reference}))  # fmt: skip
        assert skin(looking, city).look_up(others, **around()) is None
        assert skin(looking, city).look_up(message(), **around()) is None
    assert city.json("/_control/references")[its.reference] == 1


@pytest.mark.parametrize("name", SKINS)
def test_a_reference_that_a_resident_quotes_is_not_ours(name: str, city: Running) -> None:
    quoted, moment = ids.new_reference("CPT"), clock.now()
    skin(name, city).send(message(description=f"As Reference: {quoted} says", reported_at=moment))
    its = message(reference=quoted, reported_at=moment)
    assert skin(name, city).look_up(its, **around()) is None


@pytest.mark.parametrize(
    ("switches", "its", "expected"),
    [
        ({"error": 429}, {}, ErrorClass.THROTTLED),
        ({"error": 503, "retry_after": None}, {}, ErrorClass.TRANSIENT),
        ({"error": 502}, {}, ErrorClass.TRANSIENT),
        ({"garbage": True}, {}, ErrorClass.TRANSIENT),
        ({"expired": 2}, {}, ErrorClass.AUTH),
        ({"drop_before_accept": 1}, {}, ErrorClass.AMBIGUOUS),
        ({}, {"remote_category": ""}, ErrorClass.PERMANENT),
        ({}, {"kind": DeliveryKind.COMMENT}, ErrorClass.PERMANENT),
    ],
)
def test_both_give_each_failure_the_same_class(
    switches: Any, its: Any, expected: ErrorClass, city: Running
) -> None:
    told = []
    for name in SKINS:
        city.control(**switches)
        told.append(failure(name, city, message(**its)))
    assert [one.error_class for one in told] == [expected, expected]
    assert told[0].is_systemic == told[1].is_systemic
    assert told[0].retry_after == told[1].retry_after


def test_both_meet_rubbish_after_the_login_the_same_way(city: Running) -> None:
    for name in SKINS:
        one, its = skin(name, city), message()
        one.send(message())
        for switch in ("garbage", "html_page"):
            city.control(**{switch: True})
            with pytest.raises(DeliveryFailed) as caught:
                one.send(its)
            assert caught.value.error_class == ErrorClass.AMBIGUOUS
            city.control(**{switch: False})


@pytest.mark.parametrize("name", SKINS)
def test_a_token_that_is_over_is_renewed_and_a_refused_key_told(name: str, city: Running) -> None:
    one = skin(name, city)
    one.send(message())
    city.control(expired=1)
    its = message()
    assert one.send(its).remote_reference
    assert city.json("/_control/references")[its.reference] == 1
    refused = failure(name, city, message(), secrets={"user": "demo", "password": "wrong-word"})
    assert refused.error_class == ErrorClass.AUTH
    assert "wrong-word" not in refused.sentence


@pytest.mark.parametrize("name", SKINS)
def test_settings_are_checked_and_an_odd_reference_is_unknown(name: str, city: Running) -> None:
    one = skin(name, city)
    assert not one.problems()
    assert list(one.fetch_states(["C-12"])) == list(skin(SKINS[0], city).fetch_states(["C-12"]))
    values = ConnectionValues("The city", {}, "", {}, [], ConnectionMemory())
    bare = SYSTEMS[name](values)
    assert bare.problems()
    with pytest.raises(DeliveryFailed) as caught:
        bare.send(message())
    assert caught.value.error_class == ErrorClass.AUTH


def test_both_can_the_same(city: Running) -> None:
    assert skin("collaborator", city).capabilities == skin("rest", city).capabilities


def test_a_refused_template_is_permanent_with_its_reason(city: Running) -> None:
    for name in SKINS:
        told = failure(name, city, message(), template_id=10)
        assert told.error_class == ErrorClass.PERMANENT
        assert "The template is not known." in told.sentence
