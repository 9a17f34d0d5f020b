"""GeoReport assertions 13 to 26 (formats) and 27 to 31 (jurisdictions)."""

import re
from typing import Any

import pytest

from mysmartcity.issues.models import Category, Issue, Jurisdiction
from tests import build
from tests.api.open311.conftest import ROOT, SUFFIXES, Api, ids_of, read

READABLE = (
    "discovery",
    "services",
    "services/street-light",
    "requests",
    "requests/NOT-KNOWN",
    "tokens/none",
    "servicerequestupdates",
)
STRANGE = "Straße ☃ 🦓 <b>&amp; \"quoted\" 'so' ]]> end"


@pytest.mark.parametrize("path", READABLE)
def test_a13_a15_xml_has_its_type_and_declaration(api: Api, path: str) -> None:
    reply = api.get(f"{path}.xml")
    assert reply.content_type == "text/xml; charset=utf-8"
    assert reply.body.startswith('<?xml version="1.0" encoding="utf-8"?>')


@pytest.mark.parametrize("path", READABLE)
def test_a14_json_has_its_type(api: Api, path: str) -> None:
    assert api.get(f"{path}.json").content_type == "application/json; charset=utf-8"


def test_a16_no_attributes_no_namespaces_no_foreign_elements(api: Api, pothole: Category) -> None:
    build.issue(of=pothole)
    reply = api.get("requests.xml")
    tags = re.findall(r"<([^/?][^>]*)>", reply.body)
    assert all(re.fullmatch(r"[a-z_]+", tag) for tag in tags)
    assert set(reply.only) <= {
        *("service_request_id", "status", "status_notes", "service_name", "service_code"),
        *("description", "agency_responsible", "service_notice", "requested_datetime"),
        *("updated_datetime", "expected_datetime", "address", "address_id", "zipcode"),
        *("lat", "long", "media_url"),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a17_a18_any_text_comes_back_as_it_went_in(api: Api, suffix: str) -> None:
    made = api.post(suffix, description=STRANGE, address_string="1 <i>Main</i> & Röd").only
    reply = api.get(f"requests/{made['service_request_id']}.{suffix}")
    assert reply.only["description"] == STRANGE
    assert reply.only["address"] == "1 <i>Main</i> & Röd"


def test_a19_control_characters_never_reach_xml(api: Api, pothole: Category) -> None:
    pothole.name = "Pot\x0bhole\x1f"
    pothole.save()
    assert api.post(description="a\x00b\x08c").status == 201
    assert api.get("requests.xml").only["description"] == "abc"
    assert "Pothole" in [row["service_name"] for row in api.get("services.xml").rows]


@pytest.mark.parametrize("path", ["services", "requests", "discovery", "services/pothole"])
@pytest.mark.parametrize("ending", [".yaml", "", ".html", ".xml.exe"])
def test_a20_unknown_suffix_is_404(api: Api, path: str, ending: str) -> None:
    reply = api.get(f"{path}{ending}")
    assert reply.status == 404
    assert reply.rows


def test_a21_a23_json_types(api: Api, pothole: Category) -> None:
    build.issue(of=pothole)
    row = api.get("requests.json").only
    assert isinstance(row["service_request_id"], str)
    assert isinstance(row["service_code"], str)
    assert isinstance(row["lat"], float)
    assert isinstance(row["long"], float)
    assert row["zipcode"] is None
    assert row["expected_datetime"] is None
    assert isinstance(api.get("services.json").rows[0]["metadata"], bool)


def test_a22_a23_xml_booleans_and_missing_dates(api: Api, pothole: Category) -> None:
    build.issue(of=pothole)
    flags = {row["metadata"] for row in api.get("services.xml").rows}
    assert flags == {"true", "false"}
    row = api.get("requests.xml").only
    assert "expected_datetime" not in row
    assert row["zipcode"] is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a24_one_result_is_still_a_list(api: Api, pothole: Category, suffix: str) -> None:
    issue = build.issue(of=pothole)
    reply = api.get(f"requests/{issue.reference}.{suffix}")
    assert len(reply.rows) == 1
    assert reply.body.lstrip().startswith("[" if suffix == "json" else "<?xml")


def test_a25_no_result_is_an_empty_list(api: Api) -> None:
    assert api.get("requests.json").body == "[]"
    reply = api.get("requests.xml")
    assert (reply.status, reply.rows) == (200, [])
    assert "<service_requests></service_requests>" in reply.body


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("path", ["services", "requests/NOT-KNOWN"])
def test_a26_head_agrees_with_get(api: Api, path: str, suffix: str) -> None:
    head = api.client.head(f"{ROOT}/{path}.{suffix}")
    get = api.get(f"{path}.{suffix}")
    assert head.status_code == get.status
    assert head.headers["Content-Type"] == get.content_type
    assert head.content == b""


def _call(api: Api, method: str, path: str, suffix: str, **arguments: Any) -> Any:
    if method == "post":
        return api.post(suffix, **arguments)
    return api.get(f"{path}.{suffix}", **arguments)


METHODS = [
    ("get", "services"),
    ("get", "services/pothole"),
    ("post", "requests"),
    ("get", "tokens/none"),
    ("get", "requests"),
    ("get", "requests/NOT-KNOWN"),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("method", "path"), METHODS)
def test_a27_unknown_jurisdiction_is_404(api: Api, method: str, path: str, suffix: str) -> None:
    reply = _call(api, method, path, suffix, jurisdiction_id="atlantis.gov")
    assert reply.status == 404
    assert "jurisdiction_id" in reply.says


@pytest.mark.usefixtures("second_city")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("method", "path"), METHODS)
def test_a28_missing_jurisdiction_is_400(api: Api, method: str, path: str, suffix: str) -> None:
    reply = _call(api, method, path, suffix)
    assert reply.status == 400
    assert "jurisdiction_id" in reply.says


def test_a29_one_jurisdiction_need_not_be_named(api: Api) -> None:
    assert api.get("services.json").status == 200
    assert api.get("services.json", jurisdiction_id="").status == 200
    assert api.get("services.json", jurisdiction_id="capetown").status == 200


@pytest.mark.parametrize(
    "name",
    [
        "service_request_id",
        "service_code",
        "start_date",
        "end_date",
        "status",
        "page",
        "page_size",
        "updated_after",
        "lat",
        "long",
        "radius",
        "extensions",
    ],
)
def test_a30_empty_equals_absent(api: Api, pothole: Category, name: str) -> None:
    build.issue(of=pothole)
    assert len(api.get("requests.json", **{name: ""}).rows) == 1


def test_a30_empty_arguments_of_a_report_equal_absent(api: Api) -> None:
    names = ("address_string", "email", "phone", "description", "media_url", "account_id")
    assert api.post(**dict.fromkeys(names, "")).status == 201


def test_a31_data_of_one_never_appears_under_the_other(
    api: Api, pothole: Category, second_city: Jurisdiction
) -> None:
    issue: Issue = build.issue(of=pothole)
    here, there = {"jurisdiction_id": "capetown"}, {"jurisdiction_id": second_city.slug}
    assert ids_of(api.get("requests.json", **here)) == [issue.reference]
    assert ids_of(api.get("requests.json", **there)) == []
    assert ids_of(api.get("requests.json", **there, service_request_id=issue.reference)) == []
    assert ids_of(api.get("requests.json", **there, service_code="pothole")) == []
    assert api.get(f"requests/{issue.reference}.json", **there).status == 404
    assert api.get("services/street-light.json", **there).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_methods_are_refused_in_the_format_asked_for(
    api: Api, method: str, suffix: str
) -> None:
    reply = read(api.client.generic(method, f"{ROOT}/requests.{suffix}"))
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert reply.rows


def test_trace_is_refused(api: Api) -> None:
    assert api.client.trace(f"{ROOT}/requests.json").status_code == 405
