"""The simulated Open311 city as a process of its own, spoken to with our real client."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mysmartcity.connectors.systems.open311.client import Open311Client
from mysmartcity.connectors.systems.open311.mapping import find_by_reference
from mysmartcity.connectors.systems.open311.shapes import Garbled, NoAnswer, Open311Error, Refused
from mysmartcity.lib import http
from tests.demo.processes import Running, running, wait_for

START = datetime(2020, 1, 1, tzinfo=UTC)
OFF: dict[str, Any] = {
    "latency": 0, "error": None, "error_rate": 1, "retry_after": 1, "drop_after_accept": False,
    "garbage": False, "duplicates": False, "status_case": "lower", "date_format": "w3c",
    "token_mode": False, "token_seconds": 0.3, "renamed": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    arguments = ("--port", "0", "--data", str(file), "--pace", "0.6", "--name", "Test <City>")
    with running("open311_city", *arguments) as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    assert process.control(**OFF)[0] == 200
    return process


def client(city: Running, **named: Any) -> Open311Client:
    defaults = {"api_key": "demo-city-key", "allowed_hosts": [city.place]}
    return Open311Client(f"{city.url}/open311/v2", **{**defaults, **named})


def file_one(city: Running, words: str = "A hole", **named: Any) -> str:
    made = client(city).create(
        service_code="POTHOLE", lat=-33.92, lng=18.42, description=words, **named
    )
    assert made.service_request_id is not None
    return made.service_request_id


def statuses(city: Running, request_id: str) -> list[str]:
    found = client(city).updates(start=START, end=datetime.now(UTC) + timedelta(minutes=1))
    return [one.status for one in found if one.service_request_id == request_id]


def test_it_works(city: Running) -> None:
    """From filed to fixed, with the words of a crew on the way."""
    request_id = file_one(city, "Größe <b> ☃\nReference: CPT-AAAAAA")
    assert request_id.startswith("9")
    assert len(request_id) == 10
    assert city.json("/_control/references")["CPT-AAAAAA"] == 1
    wait_for(lambda: "FIXED" in statuses(city, request_id))
    seen = [one for one in statuses(city, request_id) if one != "ON_HOLD"]
    assert seen == ["INVESTIGATING", "ACTION_SCHEDULED", "IN_PROGRESS", "FIXED"]
    assert city.json("/_control/states")["CPT-AAAAAA"] == {"theirs": request_id, "state": "FIXED"}
    for form in ("json", "xml"):
        told = client(city, format=form).request(request_id)
        assert told is not None
        assert told.status == "closed"
        assert told.status_notes
        assert told.description == "Größe <b> ☃\nReference: CPT-AAAAAA"
        assert (told.lat, told.lng) == (-33.92, 18.42)


def test_not_fixed_goes_round_again_once(city: Running) -> None:
    request_id = file_one(city)
    wait_for(lambda: "FIXED" in statuses(city, request_id))
    for _ in range(2):
        client(city).post_update(
            service_request_id=request_id,
            update_id="ours-1",
            status="NOT_FIXED",
            updated_at=datetime.now(UTC),
            description="The hole is still there.",
        )
    wait_for(lambda: statuses(city, request_id).count("FIXED") == 2)
    assert statuses(city, request_id).count("REOPEN") == 1


@pytest.mark.parametrize(
    ("tag", "last"),
    [
        ("[hold]", "ON_HOLD"),
        ("[decline]", "NO_FURTHER_ACTION"),
        ("[not ours]", "NOT_COUNCILS_RESPONSIBILITY"),
    ],
)
def test_endings_on_request(city: Running, tag: str, last: str) -> None:
    request_id = file_one(city, f"A hole {tag}")
    wait_for(lambda: last in statuses(city, request_id))
    assert statuses(city, request_id)[-1] == last


def test_services_and_questions(city: Running) -> None:
    codes = [one.service_code for one in client(city, format="xml").services()]
    assert codes == [one.service_code for one in client(city).services()]
    assert client(city).definition("TRAFFIC/ROBOT").attributes == ()
    (pole, extent) = client(city).definition("STREETLIGHT").attributes
    assert (pole.is_required, extent.is_required) == (False, True)
    with pytest.raises(Refused, match=r"attribute\[EXTENT\] is required"):
        client(city).create(service_code="STREETLIGHT", lat=1, lng=1)
    attributes = {"EXTENT": "ONE"}
    made = client(city).create(service_code="STREETLIGHT", lat=1, lng=1, attributes=attributes)
    assert made.service_request_id


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "NO"}, 404, "was not found"),
        ({"lat": None}, 400, "lat and long"),
        ({"lat": 91.0}, 400, "lat and long"),
        ({"lat": None, "lng": None}, 400, "location"),
        ({"media_urls": ["javascript:alert(1)"]}, 400, "media_url"),
        ({"description": "x" * 4001}, 400, "4000"),
    ],
)
def test_bad_requests_are_refused(
    city: Running, changed: dict[str, Any], status: int, said: str
) -> None:
    before = city.json("/_control")["requests"]
    with pytest.raises(Refused, match=said) as caught:
        client(city).create(**{"service_code": "POTHOLE", "lat": 1.0, "lng": 1.0, **changed})
    assert caught.value.status == status
    assert city.json("/_control")["requests"] == before


def test_a_wrong_key_stores_nothing(city: Running) -> None:
    before = city.json("/_control")["requests"]
    with pytest.raises(Refused) as caught:
        client(city, api_key="wrong").create(service_code="POTHOLE", lat=1, lng=1)
    assert (caught.value.status, caught.value.error_class) == (403, "auth")
    assert city.json("/_control")["requests"] == before


def test_filters_and_pages(city: Running) -> None:
    ids = [file_one(city) for _ in range(3)][::-1]
    end = datetime.now(UTC) + timedelta(minutes=1)
    asked = client(city)
    assert [one.service_request_id for one in asked.requests(ids=ids[:2])] == ids[:2]
    assert asked.requests(ids=["nothing"]) == []
    assert asked.requests(service_code="REFUSE") == []
    assert asked.requests(start=end, end=end) == []
    first = asked.requests(page=1, page_size=2)
    second = asked.requests(page=2, page_size=2)
    assert [one.service_request_id for one in first + second][:3] == ids
    walked = [
        one.service_request_id for one in asked.all_requests(start=START, end=end, page_size=2)
    ]
    assert len(walked) == len(set(walked)) == city.json("/_control")["requests"]
    held = file_one(city, "[hold]")
    still_open = [one.service_request_id for one in asked.requests(status="open")]
    assert held in still_open
    assert held not in [one.service_request_id for one in asked.requests(status="closed")]
    with pytest.raises(Refused):
        asked.requests(status="asleep")


def test_pictures_are_fetched_once(tmp_path: Path, city: Running) -> None:
    here = f"{city.url}/_control/references"
    arguments = ("--port", "0", "--data", str(tmp_path / "b.db"), "--photo-hosts", city.place)
    with running("open311_city", *arguments) as other:
        made = file_one(other, "With photos", media_urls=[here, "http://127.0.0.1:9/no.jpg"])
        page = wait_for(lambda: (text := _screen(other)) and "not fetched" not in text and text)
    assert made in page
    assert f"{len(city.get('/_control/references').body)} bytes" in page
    assert "not on the list of hosts" in page


def _screen(city: Running) -> str:
    return city.get("/").body.decode()


# --- Every switch ---------------------------------------------------------------------------------


def test_latency(city: Running) -> None:
    city.control(latency=1)
    quick = http.Timeouts(connect=1, total=0.3)
    with pytest.raises(NoAnswer) as caught:
        client(city, timeouts=quick).create(service_code="POTHOLE", lat=1, lng=1)
    assert caught.value.error_class == "ambiguous"


@pytest.mark.parametrize(
    ("error", "kind"), [(429, "throttled"), (500, "ambiguous"), (503, "throttled")]
)
def test_errors(city: Running, error: int, kind: str) -> None:
    before = city.json("/_control")["requests"]
    city.control(error=error, retry_after=7)
    with pytest.raises(Refused) as caught:
        file_one(city)
    assert (caught.value.status, caught.value.error_class) == (error, kind)
    assert caught.value.retry_after == (7 if error != 500 else None)
    assert city.json("/_control")["requests"] == before
    city.control(error_rate=0)
    file_one(city)


def test_dropped_after_accepting_is_found_by_our_reference(city: Running) -> None:
    city.control(drop_after_accept=1)
    words = "A hole\n\nReference: CPT-DDDDDD"
    with pytest.raises(NoAnswer) as caught:
        file_one(city, words)
    assert caught.value.error_class == "ambiguous"
    end = datetime.now(UTC) + timedelta(minutes=1)
    found = find_by_reference(client(city).requests(start=START, end=end), reference="CPT-DDDDDD")
    assert found is not None
    file_one(city, words)
    assert city.json("/_control/references")["CPT-DDDDDD"] == 2


def test_garbage(city: Running) -> None:
    city.control(garbage=True)
    with pytest.raises(Garbled) as caught:
        file_one(city, "Reference: CPT-EEEEEE")
    assert caught.value.error_class == "ambiguous"
    assert city.json("/_control/references")["CPT-EEEEEE"] == 1
    with pytest.raises(Open311Error) as read:
        client(city).services()
    assert read.value.error_class == "transient"


def test_duplicates(city: Running) -> None:
    request_id = file_one(city)
    city.control(duplicates=True)
    raw = city.json(f"/open311/v2/requests.json?service_request_id={request_id}")
    assert len(raw) == 2
    assert len(client(city).requests(ids=[request_id])) == 1


@pytest.mark.parametrize(
    ("style", "shown"), [("upper", "OPEN"), ("title", "Open"), ("odd", "oPeN")]
)
def test_strange_cases(city: Running, style: str, shown: str) -> None:
    request_id = file_one(city, "[hold]")
    city.control(status_case=style)
    told = client(city).request(request_id)
    assert told is not None
    assert told.status == shown


@pytest.mark.parametrize("style", ["w3c", "z", "naive", "space", "slash", "mail", "epoch"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_strange_dates(city: Running, style: str, form: str) -> None:
    request_id = file_one(city)
    city.control(date_format=style)
    told = client(city, format=form).request(request_id)
    assert told is not None
    assert told.requested_at is not None
    assert abs(datetime.now(UTC) - told.requested_at) < timedelta(seconds=30)


def test_tokens(city: Running) -> None:
    city.control(token_mode=True)
    made = client(city).create(service_code="POTHOLE", lat=1, lng=1)
    assert made.service_request_id is None
    assert made.token is not None
    token = made.token
    request_id = wait_for(lambda: client(city).token(token))
    assert client(city).request(request_id) is not None
    with pytest.raises(Refused):
        client(city).token("unknown")


def test_a_status_is_renamed(city: Running) -> None:
    city.control(renamed="FIXED=HERSTEL")
    request_id = file_one(city, "A hole\nReference: CPT-BBBBBB")
    wait_for(lambda: "HERSTEL" in statuses(city, request_id))
    assert "FIXED" not in statuses(city, request_id)
    assert city.json("/_control/states")["CPT-BBBBBB"]["state"] == "HERSTEL"


@pytest.mark.parametrize(
    "wanted", [{"speed": 1}, {"error": 418}, {"latency": -1}, {"garbage": 1}, {"date_format": "x"},
               {"renamed": "FIXED"}]
)  # fmt: skip
def test_unknown_switches_change_nothing(city: Running, wanted: dict[str, Any]) -> None:
    status, said = city.control(duplicates=True, **wanted)
    assert status == 400
    assert next(iter(wanted)) in said["error"]
    assert city.json("/_control")["switches"]["duplicates"] is False


# --- The process ----------------------------------------------------------------------------------


def test_the_citys_own_screen_escapes(city: Running) -> None:
    file_one(city, "<script>alert(1)</script>")
    page = city.get("/")
    assert b"<script>" not in page.body
    assert b"Test &lt;City&gt;" in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_what_was_accepted_survives_kill_9_and_the_end_is_clean(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--data", str(tmp_path / "c.db"), "--reference-style", "daily")
    with running("open311_city", *arguments) as first:
        one = file_one(first, "Reference: ETH-AAAAAA")
        first.process.kill()
        first.process.wait(5)
    with running("open311_city", *arguments) as second:
        two = file_one(second)
        assert (one[6:], two[6:]) == ("/1", "/2")
        assert client(second).request(one) is not None
        assert second.json("/_control/references") == {"ETH-AAAAAA": 1}
        assert second.stop() == 0
