"""GeoReport assertions 32 to 47: services and their definitions."""

from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries

from mysmartcity.issues.models import Category, Jurisdiction
from tests import build
from tests.api.open311.conftest import SUFFIXES, Api, a_second_later

DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a32_a33_services_have_unique_codes_and_names(api: Api, suffix: str) -> None:
    rows = api.get(f"services.{suffix}").rows
    codes = [row["service_code"] for row in rows]
    assert set(codes) == {"pothole", "street-light", "no-power"}
    assert len(codes) == len(set(codes))
    assert all(row["service_name"] for row in rows)


def test_a34_metadata_and_type_are_in_their_sets(api: Api) -> None:
    for row in api.get("services.json").rows:
        assert row["metadata"] is (row["service_code"] == "street-light")
        assert row["type"] in ("realtime", "batch", "blackbox")


def test_a35_keywords_are_one_string_with_commas(api: Api) -> None:
    words = {row["service_code"]: row["keywords"] for row in api.get("services.json").rows}
    assert words["pothole"] == "slaggat,gat,umgodi"


def test_a36_xml_and_json_list_the_same_in_the_same_order(api: Api) -> None:
    both = [[row["service_code"] for row in api.get(f"services.{s}").rows] for s in SUFFIXES]
    assert both[0] == both[1]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a37_every_service_has_a_definition(api: Api, suffix: str) -> None:
    for row in api.get("services.json").rows:
        reply = api.get(f"services/{row['service_code']}.{suffix}")
        assert reply.status == 200
        assert bool(reply.only["attributes"]) is row["metadata"]


@pytest.mark.parametrize("code", ["a b", "a/b", "straße", "v1.2", "Ü/ß 1.xml"])
def test_a38_any_code_resolves_when_it_is_encoded(api: Api, city: Jurisdiction, code: str) -> None:
    build.category(of=city, code=code, name="Odd")
    assert api.get(f"services/{quote(code, safe='')}.json").only["service_code"] == code
    assert api.post(service_code=code).status == 201
    assert api.get("requests.json", service_code=code).only["service_code"] == code


def test_a39_inactive_services_are_neither_listed_nor_taken(api: Api) -> None:
    assert "retired" not in api.get("services.json").body
    assert api.get("services/retired.json").status == 404
    assert api.post(service_code="retired").status == 404


def test_a39_a_service_that_is_retired_is_gone_within_a_second(api: Api, pothole: Category) -> None:
    assert "pothole" in api.get("services.json").body
    Category.objects.filter(pk=pothole.pk).update(is_active=False)
    a_second_later()
    assert "pothole" not in api.get("services.json").body


def test_a40_json_definition_is_an_object(api: Api) -> None:
    assert api.get("services/street-light.json").body.startswith("{")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a41_definition_echoes_its_code(api: Api, suffix: str) -> None:
    assert api.get(f"services/street-light.{suffix}").only["service_code"] == "street-light"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a42_a43_a44_a46_attributes_are_complete(api: Api, suffix: str) -> None:
    attributes = api.get(f"services/street-light.{suffix}").only["attributes"]
    needed = {"variable", "code", "datatype", "required", "order", "description"}
    assert all(needed | {"datatype_description"} <= set(one) for one in attributes)
    assert {one["datatype"] for one in attributes} == DATATYPES
    assert [int(one["order"]) for one in attributes] == [1, 2, 3, 4, 5, 6, 7]
    codes = [one["code"] for one in attributes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a45_lists_have_values_and_others_none(api: Api, suffix: str) -> None:
    for one in api.get(f"services/street-light.{suffix}").only["attributes"]:
        is_list = one["datatype"].endswith("valuelist")
        assert ("values" in one) is is_list
        if is_list:
            assert all(set(value) == {"key", "name"} for value in one["values"])
            assert all(value["key"] and value["name"] for value in one["values"])


def test_a42_required_says_what_post_asks_of_everyone(api: Api) -> None:
    attributes = api.get("services/street-light.json").only["attributes"]
    assert [one["code"] for one in attributes if one["required"]] == ["extent"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a47_unknown_code_is_404(api: Api, suffix: str) -> None:
    reply = api.get(f"services/nothing.{suffix}")
    assert reply.status == 404
    assert "nothing" in reply.says


def test_services_are_made_once(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get("services.json")
    with django_assert_num_queries(0):
        api.get("services.json")
