"""Reading arguments: dates, lists, numbers, links. Pure; no database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.api.open311.parse import (
    MAX_SPAN,
    Arguments,
    is_web_address,
    read_asked,
    read_instant,
    read_words,
)
from mysmartcity.api.open311.problems import Problem

NOW = datetime(2026, 5, 3, 9, tzinfo=UTC)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(
    min_value=datetime(1901, 1, 1), max_value=datetime(2199, 12, 1), timezones=OFFSETS
)


def _arguments(query: str, body: str = "") -> Arguments:
    return Arguments(QueryDict(body), QueryDict(query)) if body else Arguments(QueryDict(query))


@given(MOMENTS)
def test_every_written_instant_is_read_again(moment: datetime) -> None:
    assert read_instant(moment.isoformat()) == moment
    assert read_instant(moment.isoformat().replace("+", " ")) == moment
    assert read_instant(moment.isoformat(" ")) == moment


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_a_value_error(text: str) -> None:
    try:
        assert read_instant(text).tzinfo is UTC
    except ValueError:
        return


@given(st.lists(st.text(alphabet="ab ,", max_size=4), max_size=8))
def test_words_are_clean_and_single(parts: list[str]) -> None:
    words = read_words(",".join(parts))
    assert len(words) == len(set(words))
    assert all(word and word == word.strip() and "," not in word for word in words)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "start_date",
                "end_date",
                "page",
                "page_size",
                "status",
                "lat",
                "long",
                "radius",
                "updated_after",
                "service_request_id",
                "extensions",
            ]
        ),
        st.text(max_size=30),
        max_size=6,
    )
)
def test_any_arguments_are_read_or_named_as_wrong(given_arguments: dict[str, str]) -> None:
    query = QueryDict(mutable=True)
    query.update(given_arguments)
    wrong = ()
    try:
        asked = read_asked(Arguments(query), now=NOW)
    except Problem as problem:
        asked, wrong = None, problem.sentences
    assert (asked is None) is bool(wrong)
    if asked:
        assert 1 <= asked.limit <= 1000
        if asked.start and asked.end:
            assert asked.end - asked.start <= MAX_SPAN + timedelta(seconds=1)


def test_the_last_of_repeated_arguments_counts_and_empty_is_absent() -> None:
    assert _arguments("a=1&a=2").text("a") == "2"
    assert _arguments("a= ").text("a") == ""
    assert _arguments("a=query&b=query", "a=body&b=").text("a") == "body"
    assert _arguments("a=query&b=query", "a=body&b=").text("b") == "query"


def test_answers_come_from_both_spellings() -> None:
    answers = _arguments("attribute[x]=q&attribute[y]=q", "attribute[x][]=1&attribute[x][]=2")
    assert answers.answers() == {"x": ["1", "2"], "y": ["q"]}
    assert _arguments("attribute[]=1&attribute=2&attribute[x=3").answers() == {}


def test_several_wrong_arguments_are_all_named() -> None:
    with pytest.raises(Problem) as caught:
        read_asked(_arguments("start_date=x&status=x&page=x&radius=x"), now=NOW)
    assert len(caught.value.sentences) == 4


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://a.example/1.jpg?x=1#y", True),
        ("HTTP://A.EXAMPLE/", True),
        ("https://a.example:8443/ü.jpg", True),
        ("javascript:alert(1)//http://a", False),
        ("https://a.example/\n", False),
        ("https://a.example\\@b.example/", False),
    ],
)
def test_web_addresses(url: str, is_good: bool) -> None:
    assert is_web_address(url) is is_good


def test_a_page_is_never_larger_than_1000() -> None:
    asked = read_asked(_arguments("page=3&page_size=5000"), now=NOW)
    assert (asked.limit, asked.offset) == (1000, 2000)
