"""Pushed news: the signature, the window, and what is inside."""

import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from mysmartcity.connectors.contract import BadPush
from mysmartcity.lib import clock
from tests.connectors.systems.rest.desk import Desk, small

BODY = json.dumps(
    {"events": [{"ref": "R1", "state": "done", "id": "e-1"}, {"state": "x"}]}
).encode()
SIGN = {"header": "X-Hub-Signature", "secret": "webhook", "prefix": "sha256=",
        "signed": "{timestamp}.{body}", "timestamp_header": "X-Time", "id_header": "X-Id"}  # fmt: skip
SECRETS = {"webhook": "hush-hush"}


def pushing(**its: Any) -> dict[str, Any]:
    item = {"reference": "ref", "status": "state", "id": "id"}
    return small(push={"items": "events", "item": item, "sign": SIGN, **its})


def headers(body: bytes = BODY, *, age: float = 0, secret: str = "hush-hush") -> dict[str, str]:
    moment = str(int((clock.now() - timedelta(seconds=age)).timestamp()))
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, "sha256").hexdigest()
    return {"x-hub-signature": f"sha256={made}", "X-TIME": moment, "x-id": "push-7"}


def test_it_works(office: Desk) -> None:
    connector = office.connector(pushing(), secrets=SECRETS)
    assert connector.check_push(headers(), BODY, now=clock.now()) == "push-7"
    (one,) = connector.read_push({}, BODY)
    assert (one.event_id, one.body_reference, one.remote_status) == ("e-1", "R1", "done")
    assert connector.capabilities.push


def test_without_an_id_of_its_own_a_push_is_named_by_what_it_says(office: Desk) -> None:
    definition = pushing(sign={"header": "X-S", "secret": "webhook"})
    connector = office.connector(definition, secrets=SECRETS)
    made = {"X-S": hmac.new(b"hush-hush", BODY, "sha256").hexdigest()}
    first = connector.check_push(made, BODY, now=clock.now())
    assert first == connector.check_push(made, BODY, now=clock.now())
    assert first


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        ({"secret": "other"}, {}), ({"body": b"{}"}, {}), ({"age": 400}, {}), ({"age": -400}, {}),
        ({}, {"X-TIME": "soon"}), ({}, {"x-hub-signature": ""}),
    ],
)  # fmt: skip
def test_a_forged_or_old_push_is_refused(
    office: Desk, made: dict[str, Any], changed: dict[str, str]
) -> None:
    sent = {**headers(**made), **changed}
    with pytest.raises(BadPush) as caught:
        office.connector(pushing(), secrets=SECRETS).check_push(sent, BODY, now=clock.now())
    assert "hush" not in str(caught.value)


def test_a_signature_is_compared_letter_by_letter(office: Desk) -> None:
    connector = office.connector(pushing(), secrets=SECRETS)
    good = headers()
    for sent in ({}, {**good, "x-hub-signature": good["x-hub-signature"].upper()}):
        with pytest.raises(BadPush):
            connector.check_push(sent, BODY, now=clock.now())


def test_without_a_secret_nothing_is_believed(office: Desk) -> None:
    with pytest.raises(BadPush):
        office.connector(pushing()).check_push(headers(secret=""), BODY, now=clock.now())


def test_the_standard_form_is_left_to_the_house(office: Desk) -> None:
    connector = office.connector(pushing(sign=None), secrets=SECRETS)
    assert connector.check_push({}, BODY, now=clock.now()) is None


@pytest.mark.parametrize("body", [b"<x>", b"{}", b'{"events": 5}', b"[" * 9999, b"\xff"])
def test_a_push_that_can_t_be_read(office: Desk, body: bytes) -> None:
    with pytest.raises(BadPush):
        list(office.connector(pushing(), secrets=SECRETS).read_push({}, body))
    with pytest.raises(BadPush):
        list(office.connector(small()).read_push({}, BODY))
