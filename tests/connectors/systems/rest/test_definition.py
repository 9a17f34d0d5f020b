"""Definitions: what is wrong is said with its path in the file, and nothing else is ever raised."""

import copy
import json
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from yaml import safe_load

from mysmartcity.connectors.systems.rest import reading
from mysmartcity.connectors.systems.rest.shapes import schema
from mysmartcity.issues.status import Status
from tests.connectors.systems.rest.desk import small

SHIPPED = sorted((settings.REFERENCE_DATA / "systems").glob("*.yaml"))
NAMES = [file.stem for file in SHIPPED]


def wrong(**its: Any) -> tuple[str, ...]:
    with pytest.raises(reading.BadDefinition) as caught:
        reading.read({"definition": small(**its)})
    return caught.value.sentences


def create(**its: Any) -> dict[str, Any]:
    made = small()["messages"]["create"]
    return {"create": {**made, **its}}


def request(**its: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/x", **its}


def test_a_small_definition_is_read() -> None:
    assert reading.read({"definition": small()}).title == "The desk"


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_definition_is_good(name: str) -> None:
    found = reading.read({"file": name})
    assert found.sources, "facts have sources"
    ours = {value.partition(":")[0] for value in found.statuses.values()}
    assert ours <= set(Status) | {"comment"}


@pytest.mark.parametrize("name", NAMES)
def test_the_json_schema_takes_what_we_take(name: str) -> None:
    tree = safe_load((settings.REFERENCE_DATA / "systems" / f"{name}.yaml").read_text())
    jsonschema.validate(tree, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tree, "titel": "x"}, schema())


@pytest.mark.parametrize(
    ("its", "sentence"),
    [
        ({"titel": "x"}, "definition: Object contains unknown field `titel`."),
        ({"auth": {"type": "kerberos"}}, "auth.type: Invalid value 'kerberos'."),
        ({"max_pages": 0}, "max_pages: Expected `int` >= 1."),
        ({"base_url": "ftp://x"}, "base_url: an address such as https://host/path is wanted."),
        ({"base_url": "https://u:p@x/"}, "base_url: an address such as https://host/path is wanted."),
        ({"dates": {"zone": "Africa/Durban"}}, "dates.zone: there is no zone “Africa/Durban”."),
        ({"dates": {"formats": ["%Q"]}}, "dates.formats.0: the pattern knows no %Q."),
        ({"outcome": {"error": "a.["}}, "outcome.error: the path can't be read: Invalid"),
        ({"outcome": {"error": "nope(a)"}}, "outcome.error: there is no function “nope”."),
        ({"outcome": {"error": "join(a)"}}, "outcome.error: join() wants 2 arguments."),
        ({"outcome": {"rules": [{"means": "auth"}]}},
         "outcome.rules.0: a rule wants a status or a condition."),
        ({"messages": create(request=request(path="/{{ who }}"))},
         "messages.create.request.path: there is no value “who” here."),
        ({"messages": create(request=request(query={"a": "{{ secret.key }}"}))},
         "messages.create.request.query.a: there is no value “secret” here."),
        ({"messages": create(request=request(query={"a": "{{ option.plant }}"}))},
         "messages.create.request.query.a: there is no value “option.plant” here."),
        ({"messages": create(request=request(json={"a": ["{{ x"]}))},
         "messages.create.request.json.a.0: the template can't be read: unexpected end of template"),
        ({"messages": create(request=request(json={"$often": "x"}))},
         "messages.create.request.json: there is no “$often”."),
        ({"messages": create(request=request(json={"$each": "reporters", "do": "x"}))},
         "messages.create.request.json: “$each” wants answers or photos, and “do”."),
        ({"messages": create(request=request(json={}, form={}))},
         "messages.create.request: a request has one body: json, form, xml or text."),
        ({"messages": create(request=request(path="/a/../b"))},
         "messages.create.request.path: a path has no ?, #, \\ or ..; arguments stand in query."),
        ({"messages": create(request={"path": "/x"})},
         "messages.create.request.method: a message is no GET."),
        ({"messages": {**create(), "not_fixed": create()["create"]}},
         "messages: a system that takes not_fixed or withdrawn must take comment too."),
        ({"headers": {"Host": "x"}}, "headers.Host: this header can't be set."),
        ({"headers": {"X y": "x"}}, "headers.X y: this header can't be set."),
        ({"auth": {"type": "header", "name": "content-length"}},
         "auth.content-length: this header can't be set."),
        ({"poll": {"type": "list", "request": {"path": "/n"}, "items": "n", "item": {"status": "s"}}},
         "poll.item.reference: a list of news must say whose news it is."),
        ({"auth": {"type": "login", "carry": {"X": "{{ session.ticket }}"},
                   "steps": [{"request": {"path": "/l"}, "keep": [{"name": "t", "body": "t"}]}]}},
         "auth.carry.X: there is no value “session.ticket” here."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_path(its: dict[str, Any], sentence: str) -> None:
    assert wrong(**its)[0].startswith(sentence)


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = wrong(outcome={"error": "a.["}, dates={"formats": ["%Q"]})
    assert [one.partition(":")[0] for one in found] == ["dates.formats.0", "outcome.error"]


def test_a_later_message_says_how_its_doubt_is_settled() -> None:
    look_up = {"request": {"path": "/s"}, "items": "@", "ours": "o"}
    first = create(look_up=look_up)
    later = {"request": request(json={})}
    found = wrong(messages={**first, "comment": later})
    assert found == ("messages.comment: say how it is looked up, or that it is repeatable.",)
    fine = {**first, "comment": {**later, "repeatable": True}}
    assert reading.read({"definition": small(messages=fine)}).messages.comment is not None


@pytest.mark.parametrize(
    ("its", "sentence"),
    [
        ({}, "There is no definition"),
        ({"file": "capetown", "definition": {}}, "Give a definition or a file"),
        ({"file": "../bodies"}, "file: a name of letters"),
        ({"file": "nowhere"}, "file: there is no data/systems/nowhere.yaml."),
        ({"file": "capetown", "changes": {"sign.x.y": 1}}, "changes: there is no “sign.x.y”"),
        ({"file": "capetown", "changes": {"sign.encoding": "rot13"}}, "sign.encoding: Invalid"),
    ],
)
def test_settings_that_lead_nowhere(its: dict[str, Any], sentence: str) -> None:
    with pytest.raises(reading.BadDefinition) as caught:
        reading.read(its)
    assert str(caught.value).startswith(sentence)


def test_a_connection_changes_values_of_a_shipped_file() -> None:
    changes = {"sign.encoding": "base64_of_hex", "auth.steps.0.request.path": "/other/login",
               "options.telephone": "0215550000"}  # fmt: skip
    found = reading.read({"file": "capetown", "changes": changes})
    assert found.sign is not None
    assert found.sign.encoding == "base64_of_hex"
    assert reading.read({"file": "capetown"}).options == {"telephone": ""}


# --- Whatever is written, only BadDefinition comes back -------------------------------------------

GOOD = [safe_load(file.read_text()) for file in SHIPPED]
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=30),
    st.sampled_from(["{{ x", "{% for a in b %}", "a.[", "join(", "{{ [1][9] }}", "%", "/", "&a",
                     "{{ ''|replace('','x') }}", "@", "{{ 1/0 }}", "{{ none.a }}", "`", "\x00"]),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=9), st.text(max_size=9)),
)  # fmt: skip


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node."""
    found = [path] if path else []
    pairs = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for name, one in pairs:
        found += places(one, (*path, name))
    return found


@pytest.mark.slow
@hypothesis_settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_spoilt_definition_raises_one_kind_of_error_only(data: st.DataObject) -> None:
    tree = copy.deepcopy(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(tree)))
        here = tree
        for step in path[:-1]:
            here = here[step]
        if data.draw(st.booleans()):
            here[path[-1]] = data.draw(JUNK)
        elif isinstance(here, dict):
            here[data.draw(st.text(max_size=9))] = here.pop(path[-1])
    said = ["fine"]
    try:
        reading.read({"definition": tree})
    except reading.BadDefinition as error:
        said = list(error.sentences)
    assert said
    assert all(sentence.strip() for sentence in said)


def test_a_definition_too_deep_to_read_is_refused() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    found = wrong(messages=create(request=request(json=deep)))
    assert "too deep" in found[0]
    assert json.dumps(schema()), "the schema is plain JSON"
