"""Proof: requests that real servers once gave out go in through our server and come out equal.

The recorded replies are not part of the project; without them these tests are skipped.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from mysmartcity.issues.models import Jurisdiction
from mysmartcity.people.actions import issue_api_key
from tests import build
from tests.api.open311.conftest import SUFFIXES, Api

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
RECORDED = Path(os.environ.get("MSC_SHARED_DATA", SHARED)) / "open311"

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded replies (shared/data/open311) are not here"
)


@dataclass(frozen=True)
class Recorded:
    """One city's recording: how many requests it holds, and how many of them name no place."""

    name: str
    box: tuple[float, float, float, float]
    count: int
    placeless: int


BLOOMINGTON = Recorded("bloomington", (-86.7, 39.0, -86.4, 39.3), 21, 3)
SAN_FRANCISCO = Recorded("san_francisco", (-122.6, 37.6, -122.3, 37.9), 56, 0)
CITIES = [BLOOMINGTON, SAN_FRANCISCO]


def _rows(name: str) -> list[dict[str, Any]]:
    """The recorded requests as the city wrote them."""
    file = RECORDED / f"{name}_requests.json"
    if file.exists():
        return list(json.loads(file.read_text()))
    root = ElementTree.parse(RECORDED / f"{name}_requests.xml").getroot()
    return [{child.tag: child.text for child in request} for request in root]


def _sent(row: dict[str, Any]) -> dict[str, str]:
    """What a client would post of it; 0, 0 is how these cities write "no point"."""
    has_point = bool(float(row["lat"] or 0)) and bool(float(row["long"] or 0))
    form = {
        "service_code": row["service_code"],
        "description": row["description"],
        "lat": row["lat"] if has_point else None,
        "long": row["long"] if has_point else None,
        "address_string": row["address"],
        "media_url": row.get("media_url"),
    }
    return {name: str(value) for name, value in form.items() if value is not None}


def _expected(sent: dict[str, str], row: dict[str, Any]) -> dict[str, str | None]:
    description = sent.get("description", "").replace("\r\n", "\n").strip()
    return {
        "service_code": row["service_code"],
        "service_name": row["service_name"],
        "description": description or None,
        "address": sent.get("address_string", "").strip() or None,
        "media_url": sent.get("media_url") or None,
        **{name: sent[name] for name in ("lat", "long") if name in sent},
    }


def _city(recorded: Recorded, rows: list[dict[str, Any]]) -> Jurisdiction:
    area = build.area(name=recorded.name, municipality_code="REC", box=recorded.box)
    city = build.jurisdiction(slug=f"{recorded.name}.gov", prefix="REC", area=area)
    for code, name in {row["service_code"]: row["service_name"] for row in rows}.items():
        build.category(of=city, code=code, name=name)
    return city


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("recorded", CITIES, ids=lambda one: one.name)
def test_recorded_requests_go_in_and_come_out_equal(
    client: Client, recorded: Recorded, suffix: str
) -> None:
    rows = _rows(recorded.name)
    assert len(rows) == recorded.count
    _city(recorded, rows)
    api = Api(client, issue_api_key(name="Replay")[1])
    expected, refused = {}, 0
    for row in rows:
        sent = _sent(row)
        made = api.post(suffix, **{"lat": None, "long": None, **sent})
        if "lat" not in sent and not sent.get("address_string"):
            assert made.status == 400
            refused += 1
            continue
        assert made.status == 201, made.body
        expected[made.only["service_request_id"]] = _expected(sent, row)
    assert refused == recorded.placeless
    found = api.get(f"requests.{suffix}", jurisdiction_id=f"{recorded.name}.gov").rows
    assert len(found) == len(expected) == recorded.count - recorded.placeless
    for row in found:
        wanted = expected[row["service_request_id"]]
        # Numbers are compared as they are written, digit for digit.
        assert {name: row[name] and str(row[name]) for name in wanted} == wanted
        assert row["status"] == "open"


@pytest.mark.django_db
@pytest.mark.parametrize("recorded", CITIES, ids=lambda one: one.name)
def test_recorded_codes_select_their_own_requests(client: Client, recorded: Recorded) -> None:
    rows = [row for row in _rows(recorded.name) if float(row["lat"] or 0)]
    _city(recorded, rows)
    api = Api(client, issue_api_key(name="Replay")[1])
    for row in rows:
        assert api.post(**_sent(row)).status == 201
    for code in {row["service_code"] for row in rows}:
        count = sum(row["service_code"] == code for row in rows)
        assert len(api.get("requests.json", service_code=code).rows) == count
