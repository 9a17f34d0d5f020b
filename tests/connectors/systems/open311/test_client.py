"""The client against a city on a real socket: what is sent, what is read, how failures are classed."""

from datetime import UTC, datetime

import pytest

from mysmartcity.connectors.systems.open311.shapes import (
    Created,
    Garbled,
    NoAnswer,
    Open311Error,
    Refused,
)
from mysmartcity.lib import http
from tests.connectors.systems.open311.replaying import City

START = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
END = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TAKEN = (
    '[{"service_request_id": "293944", "service_notice": "Within 24 hours", "account_id": null}]'
)


def test_it_works(city: City) -> None:
    city.answer(TAKEN)
    got = city.client(jurisdiction_id="cpt").create(
        service_code="010",
        lat=-33.92,
        lng=18.42,
        address="",
        description="A hole\nReference: CPT-7K3M9Q",
        attributes={"SIZE": "big", "KIND": ["a", "b"], "NONE": ""},
        media_urls=["https://us.example/1.jpg", "https://us.example/2.jpg"],
    )
    assert got == Created("293944", None, "Within 24 hours")
    assert city.asked == [
        (
            "POST",
            "/v2/requests.json",
            {
                "api_key": ["key"],
                "jurisdiction_id": ["cpt"],
                "service_code": ["010"],
                "lat": ["-33.9200000"],
                "long": ["18.4200000"],
                "description": ["A hole\nReference: CPT-7K3M9Q"],
                "attribute[SIZE]": ["big"],
                "attribute[KIND][]": ["a", "b"],
                "media_url": ["https://us.example/1.jpg", "https://us.example/2.jpg"],
            },
        )
    ]


@pytest.mark.parametrize(
    ("body", "created"),
    [
        ('[{"token": "12345"}]', Created(None, "12345")),
        ('{"service_request_id": 7, "token": "x"}', Created("7", None)),
        ('[{"service_request_id": "", "service_notice": "Thank you"}]', Created(None, None, "Thank you")),
        ("<request><service_request_id> 9 </service_request_id></request>", Created("9", None)),
        ('{"service_requests": {"request": {"service_request_id": ["4"]}}}', Created("4", None)),
    ],
)  # fmt: skip
def test_answers_to_a_create(city: City, body: str, created: Created) -> None:
    city.answer(body, status=201)
    assert city.client().create(service_code="1", lat=1, lng=1) == created


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "ok", "[7]", "<html><p>hi", "<service_requests/>", "{", "null"]
)
def test_a_create_that_is_answered_with_garbage_is_ambiguous(city: City, body: str) -> None:
    city.answer(body)
    with pytest.raises(Garbled) as caught:
        city.client().create(service_code="1", lat=1, lng=1)
    assert caught.value.error_class == "ambiguous"


@pytest.mark.parametrize("body", ["", "ok", "[7]", "<html><p>hi", "{", "null", "<a/>"])
def test_garbage_on_a_read_is_transient(city: City, body: str) -> None:
    city.answer(body)
    with pytest.raises(Garbled) as caught:
        city.client().requests()
    assert caught.value.error_class == "transient"


def test_what_is_asked_for_a_list(city: City) -> None:
    city.answer("[]")
    city.client().requests(start=START, end=END, ids=["a/1", "2"], page=2, page_size=50)
    city.client(zoneless_dates=True, format="xml").updates(start=START, end=END)
    assert city.asked == [
        (
            "GET",
            "/v2/requests.json",
            {
                "service_request_id": ["a/1,2"],
                "start_date": ["2026-11-23T10:00:00Z"],
                "end_date": ["2026-11-23T12:00:00Z"],
                "page": ["2"],
                "page_size": ["50"],
            },
        ),
        (
            "GET",
            "/v2/servicerequestupdates.xml",
            {"start_date": ["2026-11-23T12:00:00"], "end_date": ["2026-11-23T14:00:00"]},
        ),
    ]


def test_pages_are_walked_until_nothing_is_new(city: City) -> None:
    for ids in (["1", "2"], ["2", "3"], ["2", "3"]):
        rows = ", ".join(f'{{"service_request_id": "{one}", "status": "open"}}' for one in ids)
        city.answer(f"[{rows}]")
    found = city.client().all_requests(start=START, end=END, page_size=2)
    assert [one.service_request_id for one in found] == ["1", "2", "3"]
    assert len(city.asked) == 3


def test_an_unfinished_list_is_a_failure(city: City) -> None:
    for one in ("1", "2", "3"):
        city.answer(f'[{{"service_request_id": "{one}", "status": "open"}}]')
    with pytest.raises(Garbled) as caught:
        list(city.client().all_requests(start=START, end=END, max_pages=2))
    assert caught.value.error_class == "transient"


def test_one_request(city: City) -> None:
    city.answer('[{"service_request_id": "261123/5", "status": "open"}]')
    found = city.client().request("261123/5")
    assert found is not None
    assert found.status == "open"
    assert city.asked[0][1] == "/v2/requests/261123/5.json"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "<h1>Not here</h1>"),
        (404, '[{"code": 404, "description": "no"}]'),
        (200, "[]"),
        (200, '[{"service_request_id": "6", "status": "open"}]'),
    ],
)
def test_a_request_that_the_city_does_not_know(city: City, status: int, body: str) -> None:
    city.answer(body, status=status)
    assert city.client().request("5") is None


def test_a_token_becomes_an_id(city: City) -> None:
    city.answer('[{"service_request_id": null, "token": "t"}]')
    city.answer('[{"service_request_id": "8", "token": "t"}]')
    client = city.client()
    assert client.token("t") is None
    assert client.token("t") == "8"


def test_an_update_is_posted(city: City) -> None:
    city.answer('[{"update_id": 31}]')
    got = city.client().post_update(
        service_request_id="8",
        update_id="u1",
        status="OPEN",
        updated_at=START,
        description="Not fixed",
    )
    assert got == "31"
    assert city.asked[0][2]["updated_datetime"] == ["2026-11-23T10:00:00Z"]


# --- How failures are classed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "on_read", "on_write"),
    [
        (400, '[{"code": "400", "description": "lat"}]', "permanent", "permanent"),
        (400, '[{"code": 400, "description": "base is a duplicate"}]', "permanent", "ambiguous"),
        (401, "", "auth", "auth"),
        (403, "<error>Invalid key</error>", "auth", "auth"),
        (404, "<error><code>404</code><description>no</description></error>", "permanent", "permanent"),
        (408, "", "transient", "transient"),
        (409, "{}", "permanent", "ambiguous"),
        (429, "slow down", "throttled", "throttled"),
        (500, "<html><title>Error</title></html>", "transient", "ambiguous"),
        (501, "", "permanent", "permanent"),
        (502, "<h1>Bad gateway</h1>", "transient", "ambiguous"),
        (503, "", "transient", "transient"),
        (504, "", "transient", "ambiguous"),
        (302, "", "permanent", "permanent"),
        (200, '{"errors": [{"code": 403, "description": "key"}]}', "auth", "auth"),
        (200, "<errors><error>no such service</error></errors>", "permanent", "permanent"),
    ],
)  # fmt: skip
def test_refusals(city: City, status: int, body: str, on_read: str, on_write: str) -> None:
    city.answer(body, status=status)
    with pytest.raises(Refused) as read:
        city.client().services()
    with pytest.raises(Refused) as write:
        city.client().create(service_code="1", lat=1, lng=1)
    assert (read.value.error_class, write.value.error_class) == (on_read, on_write)
    assert read.value.status == status


def test_a_refusal_carries_codes_and_words(city: City) -> None:
    city.answer(
        '[{"code": 1000, "description": "lat"}, {"code": 1001, "description": "key"}]', status=400
    )
    with pytest.raises(Refused) as caught:
        city.client().create(service_code="1")
    assert caught.value.codes == ("1000", "1001")
    assert caught.value.sentence == "The city answered 400: lat; key"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7", 7),
        ("99999999999", 3600),
        ("Mon, 23 Nov 2020 10:00:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_when_to_come_back(city: City, written: str, seconds: float | None) -> None:
    city.answer("", status=429, Retry_After=written)
    with pytest.raises(Refused) as caught:
        city.client().services()
    assert caught.value.retry_after == seconds


def test_no_secret_in_a_sentence(city: City) -> None:
    city.answer("<html><title>Sign in</title><p>x", status=500)
    with pytest.raises(Open311Error) as caught:
        city.client(api_key="s3cret").create(service_code="1")
    assert "s3cret" not in caught.value.sentence
    assert "Sign in" in caught.value.sentence


def test_no_answer(city: City) -> None:
    with pytest.raises(NoAnswer) as refused:
        city.client(allowed_hosts=[]).create(service_code="1")
    assert refused.value.error_class == "permanent"
    with pytest.raises(NoAnswer) as silent:
        # The replaying city has no answer ready and drops the connection.
        city.client(timeouts=http.Timeouts(connect=1, total=1)).create(service_code="1")
    assert silent.value.error_class == "ambiguous"
    with pytest.raises(NoAnswer) as read:
        city.client(timeouts=http.Timeouts(connect=1, total=1)).services()
    assert read.value.error_class == "transient"
