"""The ways in which real servers leave the specification, by their numbers in README.md.

Here stand those that no other test of this folder proves.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import ConnectionValues, DeliveryFailed
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.open311 import halving
from mysmartcity.connectors.systems.open311.connector import Open311Connector
from mysmartcity.connectors.systems.open311.shapes import Garbled
from mysmartcity.dispatch.status import ErrorClass
from tests.connectors.systems.mail.test_out import message
from tests.connectors.systems.open311.replaying import City

END = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
START = END - timedelta(hours=2)


def connector(city: City, **its: Any) -> Open311Connector:
    settings = {"endpoint": f"http://{city.place}/v2", **its}
    values = ConnectionValues("The city", settings, "key", {}, [city.place], ConnectionMemory())
    return Open311Connector(values)


def listed(*numbers: int, words: str = "") -> str:
    rows = [
        f'{{"service_request_id": "{one}", "status": "open", "description": "{words}"}}'
        for one in numbers
    ]
    return f"[{', '.join(rows)}]"


def test_1_no_zone_and_no_fractions_are_sent_where_they_hurt(city: City) -> None:
    """Chicago. And a range that it can't answer is a failure, never "nothing there"."""
    city.answer("[]").answer("[]").answer("[]").answer("<h1>Error</h1>", status=500)
    asked = connector(city, zoneless_dates=True)
    assert asked.look_up(message(), since=START, until=END) is None
    assert city.asked[0][2]["start_date"] == ["2026-11-23T12:00:00"]
    with pytest.raises(DeliveryFailed) as caught:
        asked.look_up(message(), since=START, until=END)
    assert caught.value.error_class == ErrorClass.TRANSIENT


def test_3_closed_requests_are_asked_for_where_only_open_ones_are_listed(city: City) -> None:
    """Klarschiff."""
    city.answer("[]")
    list(connector(city, all_statuses=True).fetch_updates(since=START, references=["1"]))
    list(connector(city).fetch_updates(since=START, references=["1"]))
    assert city.asked[0][2]["status"] == ["open,closed"]
    assert "status" not in city.asked[1][2]


def test_4_a_code_with_spaces_and_slashes_is_one_step_of_the_path(city: City) -> None:
    """FixMyStreet: the code is the name of the category."""
    city.answer('{"service_code": "Lights / poles", "attributes": []}')
    city.client().definition("Lights / poles")
    assert city.asked[0][1] == "/v2/services/Lights / poles.json"


def test_4_an_end_that_is_not_included_hides_nothing(city: City) -> None:
    """FixMyStreet, and uReport, which cut an end to its day: news is asked for until tomorrow."""
    city.answer("[]")
    list(connector(city, has_updates=True).fetch_updates(since=START, references=["1"]))
    end = datetime.fromisoformat(city.asked[0][2]["end_date"][0])
    assert end - datetime.now(UTC) > timedelta(hours=23)


def test_4_a_list_that_is_cut_and_has_no_pages_is_asked_for_in_parts(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FixMyStreet lists so many and no more: what is not in the list may be there all the same."""
    monkeypatch.setattr(halving, "SMALLEST_CUT", 3)
    city.answer(listed(9, 8, 7)).answer(listed(9, 8, 7))  # the same page twice: no pages
    city.answer(listed(2, 1)).answer(listed(9, 8, 7))  # the first half, the second half
    city.answer(listed(5, 4)).answer(listed(9, 8))  # the second half in halves
    found = {one.service_request_id for one in city.client().all_requests(start=START, end=END)}
    assert found == {"9", "8", "7", "2", "1", "5", "4"}


def test_4_more_in_a_minute_than_a_list_holds_is_a_failure(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halving, "SMALLEST_CUT", 3)
    city.answer(listed(9, 8, 7)).answer(listed(9, 8, 7))
    for turn in range(40):
        city.answer(listed(turn, 900, 901)).answer(listed())
    with pytest.raises(Garbled) as caught:
        list(city.client().all_requests(start=START, end=END))
    assert caught.value.error_class == "transient"


def test_11_a_server_that_ignores_every_filter(city: City) -> None:
    """Miami-Dade: other people's requests are not told as ours, and halving ends at once."""
    everything = listed(*range(40))
    city.answer(everything)
    told = list(connector(city).fetch_updates(since=START, references=["7", "99"]))
    assert [one.body_reference for one in told] == ["7"]
    assert len(list(city.client().all_requests(start=START, end=END))) == 40
    assert len(city.asked) == 5


def test_6_a_reference_that_a_list_leaves_out_is_asked_for_alone(city: City) -> None:
    city.answer(listed(1)).answer(listed(2)).answer("", status=404)
    states = {one.body_reference: one for one in connector(city).fetch_states(["1", "2", "3"])}
    assert [states[one].exists for one in "123"] == [True, True, False]
    assert [path for _, path, _ in city.asked[1:]] == ["/v2/requests/2.json", "/v2/requests/3.json"]


def test_7_nothing_packed_is_asked_for(city: City) -> None:
    """Alexandria breaks on a request that allows it."""
    city.answer("[]").client().services()
    assert city.packing == ["identity"]


def test_8_a_duplicate_is_looked_up_and_not_given_up(city: City) -> None:
    """Boston answers so when the first of two equal posts is there."""
    city.answer('[{"code": 400, "description": "base is a duplicate"}]', status=400)
    its = message(remote_category="1")
    with pytest.raises(DeliveryFailed) as caught:
        connector(city).send(its)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS
    city.answers.clear()
    city.answer(listed(5, words=f"x Reference: {its.reference}"))
    found = connector(city).look_up(its, since=START, until=END)
    assert found is not None
    assert found.remote_reference == "5"


@pytest.mark.parametrize(("given", "sent"), [("", None), (None, None), ("city.gov", ["city.gov"])])
def test_9_a_jurisdiction_is_sent_only_where_there_is_one(
    given: str | None, sent: list[str] | None, city: City
) -> None:
    city.answer("[]")
    list(connector(city, jurisdiction_id=given).fetch_updates(since=START, references=["1"]))
    assert city.asked[0][2].get("jurisdiction_id") == sent


def test_questions_come_with_the_categories(city: City) -> None:
    city.answer(
        '[{"service_code": "A", "service_name": "Lamp", "metadata": true, "group": "Light"},'
        ' {"service_code": "B", "service_name": "Hole", "metadata": false}]'
    )
    city.answer(
        '{"service_code": "A", "attributes": ['
        '{"variable": true, "code": "POLE", "datatype": "string", "required": true, "order": 1,'
        ' "description": "Which pole?"},'
        '{"variable": false, "code": "NOTE", "datatype": "string", "required": false, "order": 2,'
        ' "description": "Only to read"}]}'
    )
    lamp, hole = connector(city).list_categories()
    assert (lamp.code, lamp.group, lamp.questions) == (
        "A",
        "Light",
        (("POLE", "Which pole?", True),),
    )
    assert (hole.code, hole.questions) == ("B", ())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"endpoint": ""}, "no endpoint"),
        ({"endpoint": "ftp//x"}, "not a web address"),
        ({"endpoint": "http://city.example/v2"}, "https://"),
        ({"endpoint": "https://city.example:x/v2"}, "not a web address"),
        ({"endpoint": "https://city.example/v2?x=1"}, "question mark"),
        ({"zone": "Africa/Nowhere"}, "zone"),
        ({"format": "yaml"}, "json or xml"),
        ({"attribute_codes": ["x"]}, "attribute_codes"),
        ({"jurisdiction_id": 7}, "jurisdiction_id"),
    ],
)
def test_a_wrong_setting_is_a_sentence(settings: dict[str, Any], words: str, city: City) -> None:
    (sentence,) = connector(city, **settings).problems()
    assert words in sentence


def test_the_address_whose_certificate_is_watched(city: City) -> None:
    assert connector(city).address == ""
    https = "https://city.example/open311/v2"
    assert connector(city, endpoint=https).address == https
