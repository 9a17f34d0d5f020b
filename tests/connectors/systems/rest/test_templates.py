"""Templates: quoting can't be broken, nothing can be called or reached, nothing grows without end."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mysmartcity.connectors.contract import Answer
from mysmartcity.connectors.systems.rest import bodies, dates, paths, templates, values
from mysmartcity.connectors.systems.rest.reading import parse
from mysmartcity.connectors.systems.rest.wire import Request
from tests.connectors.systems.rest.desk import say, small

ZONE = "Africa/Johannesburg"
MOMENT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def render(source: str, kind: templates.Kind = "text", **known: Any) -> str:
    templates.check(source, known=dict.fromkeys(known), kind=kind, zone=ZONE)
    return templates.render(source, known, kind=kind, zone=ZONE)


@pytest.mark.parametrize(
    "source",
    [
        "{{ a() }}", "{{ a.upper() }}", "{{ range(9) }}", "{{ a * 9 }}", "{{ 9 ** 9 }}", "{{ '%9d' % 1 }}",
        "{{ a|format(1) }}", "{{ a|center(9) }}", "{{ a|map('upper') }}", "{{ a|attr('x') }}",
        "{% for x in a %}{% for y in a %}x{% endfor %}{% endfor %}",
        "{% for x in a recursive %}x{% endfor %}", "{% set b = a %}", "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% block b %}{% endblock %}",
        "{% raw", "{{ cycler }}", "{{ self }}", "{{ a|date('%Q') }}", "{{ a|date(b) }}", "{{ a is odd }}",
        "{{ a|cut(length=9) }}", "{{ {'a': 1} }}",
    ],
)  # fmt: skip
def test_what_a_template_may_not_do(source: str) -> None:
    with pytest.raises(templates.BadTemplate):
        render(source, a="a", b="b")


@pytest.mark.parametrize("source", ["{{ a.__class__ }}", "{{ a['__class__'] }}", "{{ p._digest }}"])
def test_what_begins_with_an_underscore_is_out_of_reach(source: str) -> None:
    with pytest.raises(templates.NotRendered):
        render(source, a="a", p=values.Photo("u", "d"))


@pytest.mark.parametrize(
    "source",
    ["{{ a|replace('', a)|replace('', a)|replace('', a) }}", "{% for x in a %}{{ a }}{% endfor %}"],
)
def test_a_text_can_t_grow_without_end(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(templates.NotRendered, match="more than 200000 characters"):
        render(source, a="x" * 4000)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{{ a|cut(3) }}", "He…"), ("{{ a|upper }}", "HELLO"), ("{{ '1/2'|part('/', 1) }}", "2"),
        ("{{ '1'|part('/', 1) }}", ""), ("{{ '082 123 4567'|local_phone }}", "+27821234567"),
        ("{{ '12'|local_phone }}", ""), ("{{ t|date('%d.%m.%Y %H:%M') }}", "01.06.2026 10:00"),
        ("{{ t|date('iso') }}", "2026-06-01T08:00:00Z"), ("{{ t|date('odata') }}", "/Date(1780300800000)/"),
        ("{{ 'b'|pick('a=1, b=2') }}", "2"), ("{{ n|or_else('-') }}", "-"), ("{{ n }}", ""),
        ("{{ \"O'Neil\"|odata }}", "O''Neil"), ("{{ l|join('; ') }}", "x; y"),
        ("{{ 1.23456789|round(2) }}", "1.23"), ("{{ 'a:b'|base64 }}", "YTpi"),
        ("{% if a == 'Hello' %}yes{% else %}no{% endif %}", "yes"),
    ],
)  # fmt: skip
def test_filters(source: str, made: str) -> None:
    assert render(source, a="Hello", t=MOMENT, n=None, l=["x", "y"]) == made


NASTY = st.text(max_size=60) | st.sampled_from(
    ['"}], "x": "', "{{ 7 }}", "{% if %}", "\r\nX: y", "</a><b>", "a&b=c", "../..", "\\", "\u2028"]
)


@settings(max_examples=150, deadline=None)
@given(NASTY)
def test_a_resident_s_words_stay_one_text(words: str) -> None:
    """In JSON, XML, a path and a form alike."""
    known = {"words": words}
    asked = Request(path="/x", json={"a": "{{ words }}", "b": [{"c": "-{{ words }}-"}]})
    made = bodies.body_of(asked, known, ZONE)
    assert json.loads(made.content or b"") == {"a": words, "b": [{"c": f"-{words}-"}]}
    path = templates.render("/a/{{ words }}/z", known, kind="path", zone=ZONE)
    assert path.count("/") == 3
    assert not set(path) & set("?# &\r\n\\")
    xml = templates.render("<a>{{ words }}</a>", known, kind="xml", zone=ZONE)
    assert xml.count("<") == 2
    form = bodies.body_of(Request(path="/x", form={"w": "{{ words }}"}), known, ZONE)
    assert dict(form.form or {}).get("w", "") == words


def test_the_special_forms_of_a_tree() -> None:
    answers = (
        Answer("a", "How?", ("1",), ("One",)),
        Answer("b", "Why?", ("2", "3"), ("Two", "Three")),
    )
    definition = parse(small())
    known = values.of_message(definition, say(answers=answers, remote_category="7"))
    tree = {
        "list": [{"$each": "answers", "do": {"q": "{{ each.code }}", "a": "{{ each.text }}"}}],
        "number": {"$integer": "{{ remote_category }}"},
        "lat": {"$number": "{{ lat }}"},
        "flag": {"$boolean": "{{ words }}"},
        "none": {"$some": "{{ words }}"},
        "case": {"$if": "{{ words }}", "then": 1, "else": 2},
        "gone": {"$if": "{{ words }}", "then": 1},
        "plain": [True, None, 1.5],
    }
    assert not bodies.complaint(tree)
    assert bodies.build(tree, known, ZONE) == {
        "list": [{"q": "a", "a": "One"}, {"q": "b", "a": "Two, Three"}],
        "number": 7, "lat": -33.92, "flag": False, "case": 2, "plain": [True, None, 1.5],
    }  # fmt: skip
    with pytest.raises(templates.NotRendered, match="is no number"):
        bodies.build({"$integer": "{{ words }}x"}, known, ZONE)


def test_keys_that_hold_row_numbers_stay_in_the_house() -> None:
    known = values.of_message(parse(small()), say(key="CPT-7K3M9Q-17", thread_key="handover-12"))
    for name in ("key", "thread_key"):
        assert re.fullmatch("msc-[0-9a-f]{24}", known[name])
    assert known["key"] != known["thread_key"]
    assert "reply_token" not in known


@pytest.mark.parametrize(
    ("written", "formats", "moment"),
    [
        ("28.11.2014 11:20:13", ("%d.%m.%Y %H:%M:%S",), datetime(2014, 11, 28, 9, 20, 13, tzinfo=UTC)),
        ("2026-06-01T10:00:00", ("iso",), MOMENT), ("2026-06-01T08:00:00Z", ("iso",), MOMENT),
        ("/Date(1780300800000+0000)/", ("odata",), MOMENT), (1780300800, ("epoch",), MOMENT),
        ("1780300800000", ("epoch_ms",), MOMENT), ("Mon, 01 Jun 2026 10:00:00 +0200", ("mail",), MOMENT),
        ("soon", ("iso", "epoch", "odata"), None), (None, ("iso",), None), (True, ("epoch",), None),
        ("9" * 400, ("epoch", "epoch_ms", "odata"), None),
    ],
)  # fmt: skip
def test_moments_are_read(written: Any, formats: tuple[str, ...], moment: datetime | None) -> None:
    assert dates.read(written, formats, ZONE) == moment


def test_a_path_that_meets_another_shape_finds_nothing() -> None:
    assert paths.text("join(', ', a)", {"a": 5}) == ""
    assert paths.text("a", {"a": True}) == ""
    assert paths.texts("a", {"a": ["x", None, 2]}) == ("x", "2")
    assert paths.records("a", {"a": {"b": 1}}) == [{"b": 1}]
    assert paths.records("a", {"a": "text"}) is None
    assert not paths.is_true("a == `1`", {"a": 2})
