"""One exchange over real sockets: who we are, what is sent, and what each answer means."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from tests.connectors.systems.rest.desk import Asked, Desk, Reply, say, small

KEY = "very-secret-key"


def created(asked: Asked) -> Reply:
    return Reply({"id": "R1"}, 201)


def failed(office: Desk, definition: Any = None, **its: Any) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        office.connector(definition or small(office), **its).send(say())
    return caught.value


# --- Who we are -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "secrets", "header", "value"),
    [
        ({"type": "none"}, {}, "authorization", None),
        ({"type": "basic"}, {"user": "u", "password": "pa:ss"}, "authorization",
         "Basic " + base64.b64encode(b"u:pa:ss").decode()),
        ({"type": "header", "name": "X-Key", "value": "Key {{ secret.key }}"}, {"key": KEY}, "x-key",
         f"Key {KEY}"),
        ({"type": "bearer"}, {"key": KEY}, "authorization", f"Bearer {KEY}"),
    ],
)  # fmt: skip
def test_lasting_keys(
    office: Desk, auth: Any, secrets: dict[str, str], header: str, value: str | None
) -> None:
    office.answer = created
    office.connector(small(office, auth=auth), secrets=secrets).send(say())
    assert office.asked[0].headers.get(header) == value


OAUTH = {"type": "oauth2", "token_url": "", "scope": "write", "extra": {"audience": "city"}}
WHO = {"client_id": "me", "client_secret": KEY}


class Tokens:
    """A place that gives tokens, of which only the newest is good."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.given += 1
            return Reply({"access_token": f"token-{self.given}", "expires_in": 3600})
        is_good = asked.headers.get("authorization") == f"Bearer token-{self.given}"
        return Reply({"id": "R1"}, 201) if is_good else Reply({}, 401)


@pytest.mark.parametrize("client_in", ["header", "form"])
def test_oauth2_tokens_are_kept_and_renewed_once(office: Desk, client_in: str) -> None:
    tokens = office.answer = Tokens()
    auth = {**OAUTH, "token_url": office.url + "/token", "client_in": client_in}
    memory = ConnectionMemory()
    connector = office.connector(small(office, auth=auth), secrets=WHO, memory=memory)
    connector.send(say())
    connector.send(say())
    assert tokens.given == 1
    form = office.asked[0].body.decode()
    assert "grant_type=client_credentials" in form
    assert "scope=write" in form
    assert (KEY in form) is (client_in == "form")
    tokens.given = 5  # the other side forgot our token
    assert connector.send(say()).remote_reference == "R1"
    assert tokens.given == 6


def test_a_key_that_stays_refused_is_renewed_once_and_told(office: Desk) -> None:
    office.answer = lambda asked: (
        Reply({"access_token": "t-12345"})
        if asked.path == "/token"
        else Reply({"e": "t-12345"}, 401)
    )
    auth = {**OAUTH, "token_url": office.url + "/token"}
    definition = small(office, auth=auth, outcome={"error": "e"})
    failure = failed(office, definition, secrets=WHO)
    assert failure.error_class == ErrorClass.AUTH
    assert office.paths() == ["/token", "/api/requests"] * 2
    assert "t-12345" not in failure.sentence, "a token is a secret too"


@pytest.mark.parametrize(
    ("reply", "expected", "is_systemic"),
    [
        (Reply({"error": "invalid_client"}, 400), ErrorClass.AUTH, False),
        (Reply({}, 200), ErrorClass.AUTH, False),
        (Reply({}, 502), ErrorClass.TRANSIENT, True),
        (Reply({}, 429, {"Retry-After": "7"}), ErrorClass.THROTTLED, True),
        (Reply(cut=True), ErrorClass.TRANSIENT, True),
    ],
)
def test_what_a_failed_login_means_is_never_ambiguous(
    office: Desk, reply: Reply, expected: ErrorClass, is_systemic: bool
) -> None:
    office.answer = lambda asked: reply
    auth = {**OAUTH, "token_url": office.url + "/token"}
    failure = failed(office, small(office, auth=auth), secrets=WHO)
    assert failure.error_class == expected
    assert failure.is_systemic == is_systemic
    assert set(office.paths()) == {"/token"}, "nothing of ours was sent"


@pytest.mark.parametrize(
    ("sign", "made"),
    [
        ({}, lambda body: hmac.new(KEY.encode(), body, "sha256").hexdigest()),
        ({"encoding": "base64", "prefix": "v1="},
         lambda body: "v1=" + base64.b64encode(hmac.digest(KEY.encode(), body, "sha256")).decode()),
        ({"encoding": "base64_of_hex", "algorithm": "sha512"}, lambda body: base64.b64encode(
            hmac.new(KEY.encode(), body, hashlib.sha512).hexdigest().encode()).decode()),
        ({"signed": "{method} {path}\n{body}", "algorithm": "sha1"},
         lambda body: hmac.new(KEY.encode(), b"POST /api/requests\n" + body, "sha1").hexdigest()),
    ],
)  # fmt: skip
def test_the_body_is_signed_as_it_is_sent(office: Desk, sign: Any, made: Any) -> None:
    office.answer = created
    definition = small(office, sign={"header": "X-Signature", "secret": "key", **sign})
    office.connector(definition, secrets={"key": KEY}).send(say(description="Gat — “diep”"))
    assert office.asked[0].headers["x-signature"] == made(office.asked[0].body)


def test_what_is_signed_may_hold_the_moment(office: Desk) -> None:
    office.answer = created
    sign = {
        "header": "X-S",
        "secret": "key",
        "signed": "{timestamp}.{body}",
        "timestamp_header": "X-T",
    }
    office.connector(small(office, sign=sign), secrets={"key": KEY}).send(say())
    asked = office.asked[0]
    wanted = hmac.new(KEY.encode(), f"{asked.headers['x-t']}.".encode() + asked.body, "sha256")
    assert asked.headers["x-s"] == wanted.hexdigest()


def test_missing_secrets_are_a_problem_and_never_sent_without(office: Desk) -> None:
    definition = small(office, auth={"type": "basic"}, sign={"header": "X", "secret": "hash"})
    assert list(office.connector(definition, secrets={"user": "u"}).problems()) == [
        "secrets: there is no secret “hash”.", "secrets: there is no secret “password”.",
    ]  # fmt: skip
    assert failed(office, definition, secrets={"user": "u"}).error_class == ErrorClass.AUTH
    assert not office.asked


@pytest.mark.parametrize("before", range(360, 400, 3))
def test_half_a_secret_is_not_left_over_where_a_sentence_is_cut(office: Desk, before: int) -> None:
    office.answer = lambda asked: Reply({"e": "x" * before + asked.headers["x-key"]}, 400)
    auth = {"type": "header", "name": "X-Key", "value": "{{ secret.key }}"}
    failure = failed(office, small(office, auth=auth, outcome={"error": "e"}), secrets={"key": KEY})
    assert KEY[:4] not in failure.sentence
    assert len(failure.sentence) <= 400


def test_a_secret_that_comes_back_is_cut_from_the_sentence(office: Desk) -> None:
    office.answer = lambda asked: Reply({"e": f"bad {asked.headers['x-key']}, sorry"}, 400)
    auth = {"type": "header", "name": "X-Key", "value": "{{ secret.key }}"}
    failure = failed(office, small(office, auth=auth, outcome={"error": "e"}), secrets={"key": KEY})
    assert failure.sentence == "The desk answered 400: bad …, sorry"
    assert KEY not in repr(failure)


# --- What an answer means -------------------------------------------------------------------------

RULES = {
    "accepted": "ok",
    "error": "e",
    "rules": [
        {"means": "throttled", "status": ["4xx"], "when": "code == 'SLOW'", "retry_after": "wait"},
        {"means": "permanent", "when": "code == 'BAD'"},
        {"means": "transient", "status": [500], "when": "code == 'DOWN'", "is_systemic": True},
        {"means": "auth", "status": [200], "when": "code == 'WHO'"},
    ],
}


@pytest.mark.parametrize(
    ("reply", "outcome", "expected"),
    [
        (Reply({}, 400), {}, ErrorClass.PERMANENT),
        (Reply({}, 401), {}, ErrorClass.AUTH),
        (Reply({}, 403), {}, ErrorClass.AUTH),
        (Reply({}, 404), {}, ErrorClass.PERMANENT),
        (Reply({}, 408), {}, ErrorClass.TRANSIENT),
        (Reply({}, 409), {}, ErrorClass.AMBIGUOUS),
        (Reply({}, 429), {}, ErrorClass.THROTTLED),
        (Reply({}, 500), {}, ErrorClass.AMBIGUOUS),
        (Reply({}, 501), {}, ErrorClass.PERMANENT),
        (Reply({}, 502), {}, ErrorClass.AMBIGUOUS),
        (Reply({}, 503), {}, ErrorClass.TRANSIENT),
        (Reply({}, 503, {"Retry-After": "9"}), {}, ErrorClass.THROTTLED),
        (Reply({}, 302, {"Location": "/"}), {}, ErrorClass.PERMANENT),
        (Reply({}), {}, ErrorClass.AMBIGUOUS),
        (Reply(raw=b""), {}, ErrorClass.AMBIGUOUS),
        (Reply(raw=b"<html>Sign in</html>"), {}, ErrorClass.AMBIGUOUS),
        (Reply(raw=b"[" * 100_000), {}, ErrorClass.AMBIGUOUS),
        (Reply(cut=True), {}, ErrorClass.AMBIGUOUS),
        (Reply({"code": "BAD", "id": "R1"}), RULES, ErrorClass.PERMANENT),
        (Reply({"code": "DOWN"}, 500), RULES, ErrorClass.TRANSIENT),
        (Reply({"code": "WHO"}, 200), RULES, ErrorClass.AUTH),
        (Reply({"code": "SLOW"}, 400), RULES, ErrorClass.THROTTLED),
        (Reply({"id": "R1"}), RULES, ErrorClass.AMBIGUOUS),
    ],
)  # fmt: skip
def test_each_answer_to_a_message_has_its_class(
    office: Desk, reply: Reply, outcome: Any, expected: ErrorClass
) -> None:
    office.answer = lambda asked: reply
    assert failed(office, small(office, outcome=outcome)).error_class == expected
    assert len(office.asked) == 1, "never sent twice by itself"


def test_waits_and_absences_are_told(office: Desk) -> None:
    office.answer = lambda asked: Reply({"code": "SLOW", "wait": 42, "e": "Slow down"}, 400)
    failure = failed(office, small(office, outcome=RULES))
    assert (failure.retry_after, failure.sentence) == (42, "The desk answered 400: Slow down")
    office.answer = lambda asked: Reply({}, 503, {"Retry-After": "9"})
    failure = failed(office)
    assert (failure.retry_after, failure.is_systemic) == (9, True)
    office.answer = lambda asked: Reply({"code": "DOWN"}, 500)
    assert failed(office, small(office, outcome=RULES)).is_systemic


def test_nobody_there_is_transient_and_systemic(office: Desk) -> None:
    definition = {**small(), "base_url": "http://127.0.0.1:1/api"}
    connector = office.connector(definition)
    with pytest.raises(DeliveryFailed) as caught:
        connector.send(say())
    assert caught.value.error_class == ErrorClass.PERMANENT, "port 1 is not on the list"
    gone = Desk(place="127.0.0.1:9")
    failure = failed(gone, small(gone))
    assert (failure.error_class, failure.is_systemic) == (ErrorClass.TRANSIENT, True)


def test_windows_letters_and_a_byte_order_mark_are_forgiven(office: Desk) -> None:
    for raw in ('{"id": "Größe"}'.encode("cp1252"), b"\xef\xbb\xbf" + b'{"id": "R1"}'):
        office.answer = lambda asked, raw=raw: Reply(raw=raw)  # type: ignore[misc]
        assert office.connector(small(office)).send(say()).remote_reference in ("Größe", "R1")


# --- What is sent ---------------------------------------------------------------------------------


def create_with(office: Desk, **request: Any) -> dict[str, Any]:
    made = small(office)
    made["messages"]["create"]["request"] = {"method": "POST", "path": "/requests", **request}
    return made


def test_arguments_headers_and_forms(office: Desk) -> None:
    office.answer = created
    definition = create_with(
        office,
        path="/a/{{ place_name }}",
        query={"q": "{{ description }}", "empty": "{{ words }}"},
        headers={"X-Words": "{{ description }}"},
        form={"text": "{{ description }}", "none": "{{ words }}"},
    )
    words = "a&b=c\r\nX-Evil: 1"
    office.connector(definition).send(say(description=words, place_name="x/../y?z"))
    asked = office.asked[0]
    assert asked.path == "/api/a/x/../y?z", "one step of the path, quoted on the wire"
    assert asked.query == {"q": "a&b=c\r\nX-Evil: 1"}
    assert asked.headers["x-words"] == "a&b=c  X-Evil: 1"
    assert "x-evil" not in asked.headers
    assert asked.body == b"text=a%26b%3Dc%0D%0AX-Evil%3A+1"


@pytest.mark.parametrize("step", ["..", "."])
def test_no_value_leads_out_of_the_address(office: Desk, step: str) -> None:
    definition = create_with(office, path="/a/{{ place_name }}", json={})
    with pytest.raises(DeliveryFailed) as caught:
        office.connector(definition).send(say(place_name=step))
    assert caught.value.error_class == ErrorClass.PERMANENT
    assert not office.asked


def test_any_letters_can_be_sent(office: Desk) -> None:
    office.answer = created
    texts = {"headers": {"X-W": "{{ description }}"}, "query": {"q": "{{ description }}"}}
    for body in ({"form": {"t": "{{ description }}"}}, {"json": "{{ description }}"}):
        office.connector(create_with(office, **texts, **body)).send(
            say(description="é 漢 \ud800 \x00")
        )
    assert office.asked[1].tree == "é 漢 ? \x00"
    assert office.asked[0].headers["x-w"].isascii()


def test_xml_and_plain_text(office: Desk) -> None:
    office.answer = created
    definition = create_with(office, xml="<a>{{ description }}</a>")
    office.connector(definition).send(say(description="<b>&"))
    assert office.asked[0].body == b"<a>&lt;b&gt;&amp;</a>"
    assert office.asked[0].headers["content-type"] == "application/xml"


def test_kinds_that_are_not_there_are_refused_and_comments_stand_in(office: Desk) -> None:
    office.answer = lambda asked: Reply({"n": 5})
    definition = small(office)
    comment = {"request": {"method": "POST", "path": "/requests/{{ body_reference }}/{{ kind }}",
                           "json": {"w": "{{ words }}"}}, "answer": {"id": "n"}}  # fmt: skip
    definition["messages"]["comment"] = comment
    connector = office.connector(definition)
    sent = connector.send(say(kind=DeliveryKind.NOT_FIXED, body_reference="R 1", words="Still"))
    assert (office.asked[0].path, office.asked[0].tree) == (
        "/api/requests/R 1/not_fixed",
        {"w": "Still"},
    )
    assert sent.remote_id == "5"
    assert (connector.capabilities.comments, connector.capabilities.photos) == (True, False)
    with pytest.raises(DeliveryFailed) as caught:
        connector.send(say(kind=DeliveryKind.PHOTO))
    assert caught.value.error_class == ErrorClass.PERMANENT


def test_a_broken_definition_pauses_and_says_why(office: Desk) -> None:
    connector = office.connector({"title": "x"})
    with pytest.raises(DeliveryFailed) as caught:
        connector.send(say())
    assert caught.value.error_class == ErrorClass.AUTH
    assert "missing required field" in caught.value.sentence
    assert connector.problems()
    assert not connector.capabilities.poll
    assert json.dumps(connector.problems())
