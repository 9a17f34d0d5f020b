"""The shipped definition of Cape Town against a small server of the published contract (version 2.2).

The contract's rules are checked with its own schema of a create where the shared data folder is present.
"""

import base64
import hmac
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mysmartcity.connectors.contract import DeliveryFailed, RemoteCategory, Reporter
from mysmartcity.connectors.systems.rest.connector import RestConnector
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from tests.connectors.systems.rest.desk import Asked, Desk, Reply, say

CONTRACT = Path("/work/shared/data/city-apis/city-sr-api.openapi.json")
PRIVATE, PUBLIC = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "public-key-1"
BASE = "/coct/api"
LOG = "It is dark. 28.11.2014 11:20:13 Gareth Dohne (SC_GD1) The lamp was replaced."


class CapeTown:
    """Login, session, signature, create and status, as the contract says."""

    def __init__(self, *, of_hex: bool = False) -> None:
        self.of_hex = of_hex
        self.logins = 0
        self.created: list[Any] = []
        self.is_over = False

    def __call__(self, asked: Asked) -> Reply:
        rest = asked.path.removeprefix(BASE)
        if rest == "/zcur-guest/login":
            self.logins += 1
            self.is_over = False
            good = asked.query.get("cookie") == PRIVATE.replace("-", "")
            cookie = f"MYSAPSSO2=sso{self.logins}; path=/; Expires=Wed, 25 Nov 2026 10:00:00 GMT"
            if not good:
                return Reply({"code": "Z", "message": "The guest user is not authorised."}, 500)
            return Reply({}, cookies=(cookie, "other=1; path=/"))
        if f"MYSAPSSO2=sso{self.logins}" not in asked.headers.get("cookie", ""):
            return self._error("NO_COOKIE")
        if asked.headers.get("x-service") != PUBLIC:
            return self._error("NO_SERVICE")
        if rest == "/zsreq/session":
            return Reply({"session_id": f"se`ss[{self.logins}"})
        if self.is_over or asked.headers.get("x-session") != f"se`ss[{self.logins}":
            return Reply({"code": "Z", "message": "The session has expired."}, 500)
        return self._work(asked, rest)

    def _work(self, asked: Asked, rest: str) -> Reply:
        if rest == "/zsreq/config/subtypes":
            return Reply([{"name": "Lamp", "type": 1001, "subtype": 1002}])
        if asked.method == "POST" and rest == "/zsreq/sr":
            return self._create(asked)
        if rest == "/zsreq/sr/9000000000":
            return Reply({"code": "Z", "message": "The service request does not exist."}, 500)
        if found := re.fullmatch(r"/zsreq/sr/(\d+)", rest):
            return Reply(
                {"reference_number": found[1], "type": "1001", "subtype": "1002", "status": "Closed",
                 "description": "Lamp", "message": LOG, "time_created": "10:08:59",
                 "date_created": "28.11.2014"}
            )  # fmt: skip
        return self._error("UNKNOWN")

    def _create(self, asked: Asked) -> Reply:
        raw = hmac.new(PRIVATE.encode(), asked.body, "sha256").digest()
        wanted = base64.b64encode(raw.hex().encode() if self.of_hex else raw).decode()
        if asked.headers.get("x-signature") != wanted:
            return self._error("BAD_SIGNATURE")
        self.created.append(asked.tree)
        number = f"9{104_200_000 + len(self.created)}"
        return Reply({"reference_number": number, "category": "Lamp", "message": "Thank you"})

    def _error(self, code: str) -> Reply:
        return Reply({"code": code, "message": f"Refused: {code}"}, 500)


def connector(office: Desk, **changes: Any) -> RestConnector:
    secrets = {"private_key": PRIVATE, "public_key": PUBLIC}
    whole = {"base_url": office.url + BASE, **changes}
    return office.connector(file="capetown", changes=whole, secrets=secrets)


def lamp(**its: Any) -> Any:
    reporter = Reporter("Sipho van Daniels", "sipho@example.org", "082 123 4567")
    return say(remote_category="1001/1002", street="Long Street", street_number="12",
               suburb="Woodstock", reporter=reporter, **its)  # fmt: skip


@pytest.mark.parametrize("of_hex", [False, True])
def test_login_session_and_signature_in_both_readings(office: Desk, of_hex: bool) -> None:
    city = office.answer = CapeTown(of_hex=of_hex)
    changes = {"sign.encoding": "base64_of_hex"} if of_hex else {}
    sent = connector(office, **changes).send(lamp(description="Donker — “gister”"))
    assert sent.remote_reference == "9104200001"
    (made,) = city.created
    assert (made["type"], made["subtype"]) == (1001, 1002)
    assert (made["firstName"], made["lastName"]) == ("Sipho", "van Daniels")
    assert made["telephone"] == "+27821234567"
    assert made["message"].splitlines()[-1] == "Reference: CPT-7K3M9Q"
    wrong = {} if of_hex else {"sign.encoding": "base64_of_hex"}
    with pytest.raises(DeliveryFailed) as caught:
        connector(office, **wrong).send(lamp())
    assert "BAD_SIGNATURE" in caught.value.sentence
    # The contract knows 500 only: nobody can tell a refusal from a break after accepting.
    assert caught.value.error_class == ErrorClass.AMBIGUOUS


def test_what_is_sent_keeps_to_the_published_schema(office: Desk) -> None:
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT} is not on this machine")
    city = office.answer = CapeTown()
    connector(office).send(lamp())
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    jsonschema.validate(city.created[0], schemas["Request_Attributes_Schema"])


def test_a_session_that_is_over_is_opened_again_once(office: Desk) -> None:
    city = office.answer = CapeTown()
    one = connector(office)
    one.send(lamp())
    one.send(lamp())
    assert city.logins == 1
    city.is_over = True
    assert one.send(lamp()).remote_reference == "9104200003"
    assert (city.logins, len(city.created)) == (2, 3)


def test_status_and_categories(office: Desk) -> None:
    office.answer = CapeTown()
    one = connector(office)
    (told,) = one.fetch_updates(since=clock.now(), references=["9104200001"])
    assert (told.remote_status, told.words) == ("Closed", LOG)
    state, gone = one.fetch_states(["9104200001", "9000000000"])
    assert (state.remote_category, gone.exists) == ("1001/1002", False)
    assert list(one.list_categories()) == [RemoteCategory("1001/1002", "Lamp", "1001")]


def test_what_the_city_takes_nothing_without(office: Desk) -> None:
    one = connector(office)
    assert list(one.missing(say())) == [
        "the street number", "the street", "the suburb", "a South African phone number",
    ]  # fmt: skip
    assert list(one.missing(lamp(lat=-26.2, lng=28.0))) == ["a place in the City's area"]
    assert not one.missing(lamp())
    ours = {"options.telephone": "0215550000"}
    assert "a South African phone number" not in connector(office, **ours).missing(say())
    can = one.capabilities
    assert (can.look_up, can.needs_address, can.comments, can.polls_each) == (
        False,
        True,
        False,
        True,
    )


def test_what_its_words_say(office: Desk) -> None:
    office.answer = CapeTown()
    wrong = {"private_key": "0" * 32, "public_key": PUBLIC}
    refused = office.connector(
        file="capetown", changes={"base_url": office.url + BASE}, secrets=wrong
    )
    with pytest.raises(DeliveryFailed) as caught:
        refused.send(lamp())
    assert caught.value.error_class == ErrorClass.AUTH, "its login says 500 too"
    for words, expected in (
        ("suburb is required.", ErrorClass.PERMANENT),
        ("A dump occurred.", ErrorClass.AMBIGUOUS),
    ):
        city = CapeTown()
        city._create = lambda asked, words=words: Reply({"code": "Z", "message": words}, 500)  # type: ignore[method-assign, misc]
        office.answer = city
        with pytest.raises(DeliveryFailed) as caught:
            connector(office).send(lamp())
        assert (caught.value.error_class, caught.value.is_systemic) == (expected, False)


def test_keys_never_stand_in_a_sentence(office: Desk) -> None:
    office.answer = lambda asked: Reply({"code": "x", "message": json.dumps(asked.query)}, 500)
    with pytest.raises(DeliveryFailed) as caught:
        connector(office).send(lamp())
    office.answer = lambda asked: Reply(
        raw=json.dumps([asked.query, dict(asked.headers)]).encode() + b"<"
    )
    with pytest.raises(DeliveryFailed) as again:
        connector(office).send(lamp())
    for said in (caught.value.sentence, again.value.sentence):
        assert PRIVATE not in said
        assert PRIVATE.replace("-", "") not in said
        assert PUBLIC not in said
