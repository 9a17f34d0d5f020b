"""The City's published OpenAPI document as the judge: what we send, and what the simulator answers.

A proxy stands between the two and keeps every exchange. Skipped where the document is not at hand.
"""

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest

from mysmartcity.connectors.contract import Reporter
from tests.connectors.systems.capetown.build import connector, message, news
from tests.demo.processes import Running

ROOT = Path(__file__).resolve().parents[4]
SHARED = Path(os.environ.get("MSC_SHARED_DATA") or ROOT.parent / "shared" / "data")
if not SHARED.is_dir():
    SHARED = ROOT.parents[1] / "shared" / "data"
FILE = SHARED / "city-apis" / "city-sr-api.openapi.json"

pytestmark = pytest.mark.skipif(
    not FILE.is_file(),
    reason="no published contract here: set MSC_SHARED_DATA to the folder that holds city-apis/",
)


@dataclass
class Exchange:
    """One call and its answer."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    answer_headers: dict[str, str]


@dataclass
class Between:
    """What went through."""

    url: str
    seen: list[Exchange] = field(default_factory=list)


@pytest.fixture
def between(city: Running) -> Iterator[Between]:
    """A proxy before the simulated city."""

    class Keep(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            asked = urllib.request.Request(
                city.url + self.path, data=body or None, method=self.command,
                headers={k: v for k, v in self.headers.items() if k.lower() != "host"},
            )  # fmt: skip
            try:
                reply = urllib.request.urlopen(asked, timeout=10)
            except urllib.error.HTTPError as error:
                reply = error
            with reply:
                answer, status, head = reply.read(), reply.status, dict(reply.headers.items())
            parts = urlsplit(self.path)
            its = {name.lower(): value for name, value in self.headers.items()}
            between.seen.append(
                Exchange(self.command, parts.path.removeprefix("/coct/api"), parse_qs(parts.query),
                         its, body, status, answer, {k.lower(): v for k, v in head.items()})
            )  # fmt: skip
            self.send_response(status)
            for name in ("content-type", "set-cookie"):
                if name in between.seen[-1].answer_headers:
                    self.send_header(name, between.seen[-1].answer_headers[name])
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _pass

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
    between = Between(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield between
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def check(value: Any, schema: dict[str, Any], contract: dict[str, Any]) -> None:
    """OpenAPI 3.0's dialect is close enough to draft 4 for this document."""
    whole = {**schema, "components": contract["components"]}
    jsonschema.Draft4Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


def operation_of(one: Exchange, contract: dict[str, Any]) -> dict[str, Any]:
    path = "/zsreq/sr/{reference_no}" if one.path.startswith("/zsreq/sr/") else one.path
    return dict(contract["paths"][path][one.method.lower()])


def check_request(one: Exchange, contract: dict[str, Any]) -> None:
    its = operation_of(one, contract)
    for parameter in its["parameters"]:
        if parameter["in"] == "query":
            assert one.query[parameter["name"]]
    asked = {name for way in its["security"] for name in way}
    for name in asked:
        scheme = contract["components"]["securitySchemes"][name]
        if scheme["in"] == "cookie":
            assert f"{scheme['name']}=" in one.headers["cookie"]
        else:
            assert one.headers[scheme["name"].lower()]
    if "requestBody" in its:
        assert one.headers["content-type"].startswith("application/json")
        schema = its["requestBody"]["content"]["application/json"]["schema"]
        check(json.loads(one.body), schema, contract)


def check_answer(one: Exchange, contract: dict[str, Any]) -> None:
    said = operation_of(one, contract)["responses"][str(one.status)]
    if "content" not in said:
        assert "MYSAPSSO2=" in one.answer_headers["set-cookie"]
        return
    assert one.answer_headers["content-type"].startswith("application/json")
    schema = next(iter(said["content"].values()))["schema"]
    check(json.loads(one.answer), schema, contract)


def test_every_exchange_is_as_published(
    between: Between, city: Running, contract: dict[str, Any]
) -> None:
    its = connector(between.url, comm="SMS")
    reference = its.send(
        message(reporter=Reporter("Thandi M", "t@example.org", "082 555 1234"), report_count=2)
    ).remote_reference
    bare = message(photo_urls=(), description="", address="", reporter=Reporter())
    assert its.send(bare).remote_reference
    assert news(its, str(reference), "9999999999")
    assert list(its.list_categories())
    city.control(expired=1)
    assert list(its.fetch_states([str(reference)]))
    calls = {(one.method, one.path.rsplit("/", 1)[0]) for one in between.seen}
    assert ("POST", "/zsreq") in calls
    assert ("GET", "/zsreq/config") in calls
    assert {one.status for one in between.seen} == {200, 500}
    for one in between.seen:
        check_request(one, contract)
        check_answer(one, contract)


def test_the_judge_can_say_no(contract: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Request_Attributes_Schema"}
    with pytest.raises(jsonschema.ValidationError):
        check({"type": 1001}, schema, contract)
