"""News, lists and look-ups over real sockets: every paging form, and what may not look like an absence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed, RemoteCategory, Update
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock
from tests.connectors.systems.rest.desk import Asked, Desk, Reply, say, small

SINCE = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ALL = [{"ref": f"R{number}", "state": "open", "at": "2026-06-01T10:00:00"} for number in range(7)]
ITEM = {"reference": "ref", "status": "state", "at": "at"}


def listing(office: Desk, paging: dict[str, Any], **its: Any) -> dict[str, Any]:
    poll = {
        "type": "list",
        "request": {"path": "/news", "query": {"since": "{{ since|date('iso') }}"}},
        "items": "list",
        "item": ITEM,
        "paging": paging,
    }
    return small(office, poll=poll, **its)


def news(office: Desk, definition: Any) -> list[Update]:
    told = office.connector(definition).fetch_updates(since=SINCE, references=["R1"])
    return list(told)


def by_page(asked: Asked) -> Reply:
    start = (int(asked.query["page"]) - 1) * 3
    return Reply({"list": ALL[start : start + 3]})


def by_offset(asked: Asked) -> Reply:
    start = int(asked.query["from"])
    return Reply({"list": ALL[start : start + 3]})


def by_cursor(asked: Asked) -> Reply:
    start = int(asked.query.get("after", "0"))
    following = str(start + 3) if start + 3 < len(ALL) else None
    return Reply({"list": ALL[start : start + 3], "next": following})


def by_link(asked: Asked) -> Reply:
    start = int(asked.query.get("skip", "0"))
    following = f"/api/news?skip={start + 3}" if start + 3 < len(ALL) else None
    return Reply({"list": ALL[start : start + 3], "next": following})


def overlapping(asked: Asked) -> Reply:
    start = max((int(asked.query["page"]) - 1) * 3 - 1, 0)
    return Reply({"list": ALL[start : start + 3]})


@pytest.mark.parametrize(
    ("paging", "answer", "calls"),
    [
        ({"type": "page"}, by_page, 4), ({"type": "page", "size": 3}, by_page, 3),
        ({"type": "page"}, overlapping, 4),
        ({"type": "offset", "parameter": "from"}, by_offset, 4),
        ({"type": "cursor", "value": "next", "parameter": "after"}, by_cursor, 3),
        ({"type": "next", "link": "next"}, by_link, 3),
        ({"type": "none"}, lambda asked: Reply({"list": ALL + ALL}), 1),
        ({"type": "page"}, lambda asked: Reply({"list": ALL}), 2),
    ],
)  # fmt: skip
def test_every_page_is_read_and_each_entry_once(
    office: Desk, paging: dict[str, Any], answer: Callable[[Asked], Reply], calls: int
) -> None:
    office.answer = answer
    told = news(office, listing(office, paging))
    assert [one.body_reference for one in told] == [one["ref"] for one in ALL]
    assert len(office.asked) == calls
    assert office.asked[0].query["since"] == "2026-06-01T08:00:00Z"
    assert told[0].happened_at == SINCE, "a moment without a zone is of the definition's zone"


def test_a_next_page_of_another_host_is_refused(office: Desk) -> None:
    for link in ("https://evil.example/x", "//evil.example/x", "http://127.0.0.1:1/x", "ftp://x/"):
        office.answer = lambda asked, link=link: Reply({"list": ALL[:1], "next": link})  # type: ignore[misc]
        with pytest.raises(DeliveryFailed, match="another host"):
            news(office, listing(office, {"type": "next", "link": "next"}))


def test_a_list_without_end_is_an_error_and_no_absence(office: Desk) -> None:
    office.answer = lambda asked: Reply({"list": [{"ref": asked.query["page"], "state": "x"}]})
    with pytest.raises(DeliveryFailed, match="more than 5 pages") as caught:
        news(office, listing(office, {"type": "page"}, max_pages=5))
    assert caught.value.error_class == ErrorClass.TRANSIENT


@pytest.mark.parametrize(
    "reply", [Reply({"list": "none"}), Reply(raw=b"<html>"), Reply({}, 500), Reply(cut=True)]
)
def test_what_is_no_list_is_transient(office: Desk, reply: Reply) -> None:
    office.answer = lambda asked: reply
    with pytest.raises(DeliveryFailed) as caught:
        news(office, listing(office, {"type": "none"}))
    assert caught.value.error_class == ErrorClass.TRANSIENT


def test_the_same_state_is_the_same_event_and_another_is_another(office: Desk) -> None:
    definition = listing(office, {"type": "none"})
    definition["poll"]["item"] = {**ITEM, "words": "note", "photos": "pics", "more_references": "also",
                                  "promised_at": "due"}  # fmt: skip
    entry = {**ALL[0], "note": "Booked", "pics": ["https://x/1"], "also": ["R0", "R9"],
             "due": "2026-06-02T10:00:00"}  # fmt: skip
    office.answer = lambda asked: Reply({"list": [entry, {"state": "nobody's"}]})
    (one,) = news(office, definition)
    assert news(office, definition)[0].event_id == one.event_id
    assert (one.words, one.photos, one.more_references) == ("Booked", ("https://x/1",), ("R9",))
    assert one.promised_at == SINCE + timedelta(days=1)
    entry["note"] = "Booked for Monday"
    assert news(office, definition)[0].event_id != one.event_id


EACH = {
    "type": "each",
    "request": {"path": "/news/{{ body_reference }}"},
    "item": {"status": "state"},
}


def test_each_reference_is_asked_for_by_itself(office: Desk) -> None:
    def answer(asked: Asked) -> Reply:
        found = asked.path.rpartition("/")[2]
        return Reply({"state": found.lower()}) if found != "GONE" else Reply({}, 404)

    office.answer = answer
    connector = office.connector(small(office, poll=EACH))
    told = list(connector.fetch_updates(since=SINCE, references=["A", "GONE", "B"]))
    assert [(one.body_reference, one.remote_status) for one in told] == [("A", "a"), ("B", "b")]
    states = {one.body_reference: one for one in connector.fetch_states(["A", "GONE"])}
    assert (states["A"].exists, states["A"].remote_status) == (True, "a")
    assert not states["GONE"].exists
    can = connector.capabilities
    assert (can.poll, can.polls_each, can.states) == (True, True, True)


def test_one_odd_reference_does_not_stop_the_others_news(office: Desk) -> None:
    office.answer = lambda asked: Reply({"state": "open"})
    poll = {**EACH, "request": {"method": "POST", "path": "/q",
                                "json": {"$integer": "{{ body_reference }}"}}}  # fmt: skip
    connector = office.connector(small(office, poll=poll))
    told = list(connector.fetch_updates(since=SINCE, references=["C-12", "12"]))
    assert [one.body_reference for one in told] == ["12"]
    with pytest.raises(DeliveryFailed):
        list(connector.fetch_updates(since=SINCE, references=["C-12"]))


# --- Looking up -----------------------------------------------------------------------------------


def looking(office: Desk, match: str = "exact", **its: Any) -> dict[str, Any]:
    definition = small(office)
    definition["messages"]["create"]["look_up"] = {
        "request": {"path": "/search",
                    "query": {"q": "{{ reference }}", "to": "{{ until|date('epoch') }}"}},
        "items": "@", "ours": "ours", "match": match, "reference": "id", "at": "at",
    }  # fmt: skip
    return definition


def found(office: Desk, definition: Any, **its: Any) -> str | None:
    until = clock.now()
    sent = office.connector(definition).look_up(say(**its), since=SINCE, until=until)
    return sent.remote_reference if sent else None


def test_the_oldest_that_is_ours_is_found(office: Desk) -> None:
    office.answer = lambda asked: Reply(
        [
            {"id": 3, "ours": "cpt-7k3m9q", "at": "2026-06-03T08:00:00"},
            {"id": 2, "ours": "CPT-7K3M9Q", "at": "2026-06-02T08:00:00"},
            {"id": 1, "ours": "CPT-XXXXXX", "at": "2026-06-01T08:00:00"},
            "rubbish",
        ]
    )
    assert found(office, looking(office)) == "2"
    assert found(office, looking(office), other_references=frozenset({"2"})) == "3"
    assert found(office, looking(office), reference="CPT-AAAAAA") is None
    assert office.asked[0].query["q"] == "CPT-7K3M9Q"


def test_a_reference_that_a_resident_quotes_is_not_ours(office: Desk) -> None:
    office.answer = lambda asked: Reply(
        [{"id": 1, "ours": "As Reference: CPT-7K3M9Q said\nReference: CPT-BBBBBB"}]
    )
    assert found(office, looking(office, "labelled")) is None
    assert found(office, looking(office, "labelled"), reference="CPT-BBBBBB") == "1"


@pytest.mark.parametrize(
    "reply",
    [Reply({}, 503), Reply(raw=b"<html>"), Reply(cut=True), Reply(raw=b""), Reply(raw=b"null")],
)
def test_a_look_up_that_fails_is_no_absence(office: Desk, reply: Reply) -> None:
    office.answer = lambda asked: reply
    with pytest.raises(DeliveryFailed):
        found(office, looking(office))


def test_what_is_repeatable_may_simply_be_told_again(office: Desk) -> None:
    definition = looking(office)
    definition["messages"]["comment"] = {
        "request": {"method": "POST", "path": "/c", "json": {"id": "{{ key }}"}}, "repeatable": True
    }  # fmt: skip
    assert found(office, definition, kind=DeliveryKind.COMMENT) is None
    assert not office.asked
    assert office.connector(definition).capabilities.look_up
    assert not office.connector(small(office)).capabilities.look_up


# --- Tokens and categories ------------------------------------------------------------------------


def test_a_token_becomes_a_reference(office: Desk) -> None:
    office.answer = lambda asked: Reply(
        {"token": "T/1"} if asked.method == "POST" else {"id": "R5"}
    )
    definition = small(office, token={"request": {"path": "/t/{{ token }}"}, "reference": "id"})
    definition["messages"]["create"]["answer"] = {"reference": "id", "token": "token"}
    connector = office.connector(definition)
    sent = connector.send(say())
    assert (sent.remote_reference, sent.token) == (None, "T/1")
    assert connector.resolve_token("T/1") == "R5"
    office.answer = lambda asked: Reply({"id": None})
    assert connector.resolve_token("T/1") is None


def test_categories_with_questions(office: Desk) -> None:
    office.answer = lambda asked: Reply(
        [
            {
                "c": 1,
                "n": "Pothole",
                "q": [["deep", "How deep?", True], {"code": "w", "text": "Wide?"}],
            },
            {"n": "no code"},
            {"c": "2", "q": "none"},
        ]
    )
    form = {"request": {"path": "/c"}, "items": "@", "code": "c", "name": "n", "questions": "q"}
    told = office.connector(small(office, categories=form)).list_categories()
    assert list(told) == [
        RemoteCategory("1", "Pothole", "", (("deep", "How deep?", True), ("w", "Wide?", False))),
        RemoteCategory("2", "2"),
    ]


def test_needs_are_asked_for_before_anything_is_sent(office: Desk) -> None:
    needs = [{"words": "the street number", "value": "{{ street_number }}"},
             {"words": "a phone", "value": "{{ reporter.phone|local_phone }}"}]  # fmt: skip
    connector = office.connector(small(office, needs=needs))
    assert list(connector.missing(say())) == ["the street number", "a phone"]
    assert list(connector.missing(say(street_number="5"))) == ["a phone"]
