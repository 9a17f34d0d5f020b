"""The simulated service-request system of Cape Town as a process of its own."""

import base64
import hashlib
import hmac
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mysmartcity.demo.cities.capetown_city.catalogue import BadCatalogue, read_catalogue
from mysmartcity.demo.cities.capetown_city.life import steps
from mysmartcity.demo.cities.capetown_city.store import Store
from mysmartcity.lib import http
from tests.demo.processes import Running, running

ROOT = Path(__file__).resolve().parents[2]
KEY = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90"
API = "/coct/api"
VALID: dict[str, Any] = {
    "type": 1030, "subtype": 1001, "message": "Hole\n\nReference: CPT-7K3M9Q",
    "latitude": -33.92, "longitude": 18.42, "telephone": "0821234567", "comm": "NONE",
    "suburb": "Woodstock", "street": "Main Road", "street_number": "12",
}  # fmt: skip


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("capetown_city", "--port", "0", "--data", str(file), "--name", "Cape <T>") as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    assert process.control(weekend=0, signature="raw", expired=0, drop_after_accept=False)[0] == 200
    return process


def ask(city: Running, method: str, path: str, **its: Any) -> http.Reply:
    return http.request(method, city.url + API + path, allowed_hosts=[city.place], **its)


def head(city: Running) -> dict[str, str]:
    """The headers of somebody who has signed in."""
    reply = ask(city, "GET", "/zcur-guest/login", params={"cookie": KEY.replace("-", "")})
    cookie = reply.headers["set-cookie"].split(";")[0]
    own = {"Cookie": cookie, "X-Service": "demo-service"}
    opened = json.loads(ask(city, "GET", "/zsreq/session", headers=own).body)
    return {**own, "X-Session": opened["session_id"]}


def create(city: Running, reading: str = "raw", **its: Any) -> tuple[int, Any]:
    body = json.dumps({**VALID, **its}).encode()
    signed = hmac.new(KEY.encode(), body, hashlib.sha256)
    content = signed.digest() if reading == "raw" else signed.hexdigest().encode()
    own = {**head(city), "X-Signature": base64.b64encode(content).decode()}
    reply = ask(city, "POST", "/zsreq/sr", headers=own, data=body)
    return reply.status, json.loads(reply.body)


def test_it_works(city: Running) -> None:
    status, made = create(city)
    assert status == 200
    assert made["category"] == "Roads and stormwater - Pothole"
    found = json.loads(
        ask(city, "GET", f"/zsreq/sr/{made['reference_number']}", headers=head(city)).body
    )
    assert found["status"] == "Open"
    assert found["message"].startswith("Hole")
    assert city.json("/_control/references")["CPT-7K3M9Q"] >= 1
    stands = city.json("/_control/states")["CPT-7K3M9Q"]
    assert stands == {"theirs": made["reference_number"], "state": "Open"}


def test_the_same_twice_is_there_twice(city: Running) -> None:
    before = city.json("/_control")["requests"]
    assert create(city)[1]["reference_number"] != create(city)[1]["reference_number"]
    assert city.json("/_control")["requests"] == before + 2


@pytest.mark.parametrize(
    ("its", "says"),
    [
        ({"telephone": "12"}, "telephone"), ({"comm": "INT"}, "comm"), ({"suburb": ""}, "suburb"),
        ({"latitude": -34.4}, "latitude"), ({"longitude": "18"}, "longitude"),
        ({"type": "1030"}, "type"), ({"type": 9999}, "type"), ({"subtype": 1}, "subtype"),
        ({"comm": "EMAIL"}, "email"), ({"firstName": "x" * 41}, "firstName"), ({"message": 1}, "message"),
    ],
)  # fmt: skip
def test_what_the_contract_forbids_is_refused(
    city: Running, its: dict[str, Any], says: str
) -> None:
    before = city.json("/_control")["requests"]
    status, said = create(city, **its)
    assert (status, set(said)) == (500, {"code", "message"})
    assert says in said["message"]
    assert city.json("/_control")["requests"] == before


def test_nobody_comes_in_without_keys(city: Running) -> None:
    assert ask(city, "GET", "/zcur-guest/login", params={"cookie": "x"}).status == 500
    assert ask(city, "GET", "/zsreq/config/types").status == 500
    own = head(city)
    assert ask(city, "GET", "/zsreq/config/types", headers=own).status == 200
    for name in own:
        bare = {key: value for key, value in own.items() if key != name}
        assert ask(city, "GET", "/zsreq/config/types", headers=bare).status == 500


def test_the_signature_in_both_readings(city: Running) -> None:
    assert create(city, reading="hex")[0] == 500
    city.control(signature="hex")
    assert create(city, reading="hex")[0] == 200
    assert create(city, reading="raw")[0] == 500


def test_a_session_ends(city: Running) -> None:
    own = head(city)
    city.control(expired=1)
    said = ask(city, "GET", "/zsreq/config/types", headers=own)
    assert (said.status, "expired" in said.body.decode()) == (500, True)
    assert ask(city, "GET", "/zsreq/config/types", headers=own).status == 500, "over is over"


@pytest.mark.parametrize("says", ["502", "503"])
def test_a_weekend(city: Running, says: str) -> None:
    own = head(city)
    city.control(weekend=60, weekend_says=says)
    reply = ask(city, "GET", "/zsreq/config/types", headers=own)
    assert reply.status == int(says)
    assert "away for maintenance" in city.get("/").body.decode()
    city.control(weekend=0)
    assert ask(city, "GET", "/zsreq/config/types", headers=own).status == 500, "sessions are over"
    assert ask(city, "GET", "/zsreq/config/types", headers=head(city)).status == 200


def test_a_weekend_that_cuts_connections(city: Running) -> None:
    city.control(weekend=60, weekend_says="refuse")
    with pytest.raises(http.HttpFailure):
        ask(city, "GET", "/zsreq/config/types")


def test_unknown_switches_are_refused_all_or_none(city: Running) -> None:
    assert city.control(signature="hex", weekends=3)[0] == 400
    assert city.control(signature="both")[0] == 400
    assert city.json("/_control")["switches"]["signature"] == "raw"


def test_the_screen_shows_everything_escaped(city: Running) -> None:
    create(city, message="<script>x</script>\nReference: CPT-AAAAAA")
    page = city.get("/").body.decode()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "Cape &lt;T&gt;" in page


@pytest.mark.parametrize(
    "style", [("nine", r"9\d{9}"), ("seven", r"\d{7}"), ("twelve", r"0\d{11}")]
)
def test_nothing_accepted_is_lost_at_a_kill(tmp_path: Path, style: tuple[str, str]) -> None:
    arguments = ("--port", "0", "--data", str(tmp_path / "c.db"), "--reference-style", style[0])
    with running("capetown_city", *arguments) as city:
        reference = create(city)[1]["reference_number"]
        city.process.send_signal(signal.SIGKILL)
        city.process.wait(10)
    store = Store(tmp_path / "c.db")
    found = store.get(reference)
    assert found is not None
    assert re.fullmatch(style[1], reference)
    assert store.references() == {"CPT-7K3M9Q": 1}
    store.close()
    with running("capetown_city", *arguments) as again:
        assert again.stop() == 0


def test_a_life_and_its_other_endings() -> None:
    def told(words: str, until: float = 1e6) -> list[str]:
        found = steps("9104200001", words, filed_at=0.0, pace=100.0, until=until)
        assert all("(" in one.staff and one.entry().count(":") >= 2 for one in found)
        return [one.status for one in found]

    assert told("A hole") == ["Assigned", "In Progress", "Closed"]
    assert told("A hole", until=1) == []
    assert told("[hold]") == ["Assigned", "On Hold"]
    assert told("[decline]") == ["Assigned", "Cancelled"]
    assert told("[not ours]") == ["Assigned", "Referred"]


def test_a_catalogue_that_cannot_be_used(tmp_path: Path) -> None:
    for content in ("[]", "{", '[{"type": 1, "name": "x", "subtypes": []}]'):
        (tmp_path / "c.json").write_text(content)
        with pytest.raises(BadCatalogue):
            read_catalogue(tmp_path / "c.json")


def test_every_category_offered_in_the_demo_has_a_code_that_the_city_knows() -> None:
    systems = yaml.safe_load((ROOT / "data/demo/systems.yaml").read_text(encoding="utf-8"))
    codes = systems["city-of-cape-town"]["category_codes"]
    metro = yaml.safe_load((ROOT / "data/metros/capetown.yaml").read_text(encoding="utf-8"))
    offered = {code for code, its in metro["categories"].items() if its["offered"]}
    assert offered == set(codes)
    city = read_catalogue(ROOT / "mysmartcity/demo/cities/capetown_city/catalogue.json")
    known = {f"{type_code}/{subtype}" for type_code, subtype in city.subtypes}
    assert set(codes.values()) <= known
    assert len(set(codes.values())) == len(codes)
