"""Replies as real servers shape them, read through the client from our own captured variants."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.open311 import documents, readers
from mysmartcity.lib import clock
from tests.connectors.systems.open311.replaying import PAYLOADS, City


def test_foreign_namespaces_nil_capitals_and_unknown_places(city: City) -> None:
    first, second = city.payload("requests_foreign_namespaces.xml").client(format="xml").requests()
    assert (first.status, first.address, first.lat, first.updated_at) == (
        "Open",
        "LONG ST",
        None,
        None,
    )
    assert first.requested_at == datetime(2012, 5, 22, 21, 57, 23, 970000, UTC)
    assert (second.lat, second.lng) == (-33.92, 18.42)
    assert second.media_urls == ("https://city.example/a.jpg",)


def test_a_single_child_and_odd_letters(city: City) -> None:
    (only,) = city.payload("requests_one.xml").client(format="xml").requests()
    assert only.service_request_id == "A/1"
    assert only.description == "Größe ☃ <b> & ]]>"


def test_values_in_lists_of_one(city: City) -> None:
    (only,) = city.payload("requests_wrapped_values.json").client().requests()
    assert (only.service_request_id, only.status, only.description) == ("77", "OPEN", "")
    assert (only.lat, only.lng) == (-26.2041, 28.0473)
    assert only.requested_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert only.agency_responsible == "Roads, Water"
    assert len(only.media_urls) == 2


def test_an_app_between_us_and_the_city(city: City) -> None:
    first, second = city.payload("requests_app_proxy.json").client().requests()
    assert first.service_request_id == "88"
    assert first.lat == 37.77
    assert first.media_urls == ("https://city.example/p1.jpg", "https://city.example/p2.jpg")
    assert first.requested_at is not None
    assert first.updated_at is not None
    assert (first.updated_at - first.requested_at).total_seconds() == 60
    assert (second.service_request_id, second.requested_at) == (None, None)


def test_an_object_alone_with_a_byte_order_mark(city: City) -> None:
    found = city.payload("request_alone_with_bom.json").client().request("5")
    assert found is not None
    assert found.extended["detailed_status"] == "IN_PROCESS"
    assert found.media_urls == ("https://city.example/z.jpg",)


def test_services_with_array_marks_and_the_letters_of_windows(city: City) -> None:
    first, second = city.payload("services_array_latin.xml").client(format="xml").services()
    assert (first.service_name, first.has_definition, first.type) == ("Straße", False, "realtime")
    assert (second.service_name, second.has_definition, second.type) == ("014", True, "batch")
    assert second.keywords == ("tree", "park")
    assert second.groups == ("Parks", "Trees")


def test_a_definition_in_a_wrapper(city: City) -> None:
    found = city.payload("definition_wrapped.xml").client(format="xml").definition("13")
    assert [one.code for one in found.attributes] == ["NOTE", "POLE", "KIND"]
    note, pole, kind = found.attributes
    assert (note.is_variable, pole.is_variable, pole.is_required) == (False, True, True)
    assert (pole.datatype, pole.values) == ("string", ())
    assert kind.values == (("1", "Lamp"),)


def test_a_definition_as_the_specification_has_it(city: City) -> None:
    found = city.payload("definition.json").client().definition("DMV66")
    assert found.attributes[0].values == (("123", "Ford"), ("124", "Chrysler"))


def test_updates_come_oldest_first_and_once(city: City) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    found = city.payload("updates.xml").client(format="xml").updates(start=moment, end=moment)
    assert [(one.update_id, one.status) for one in found] == [
        ("1", "INVESTIGATING"),
        ("2", "FIXED"),
    ]
    assert found[0].updated_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert found[1].media_urls == ("https://city.example/after.jpg",)


def test_lists_that_are_empty_in_every_way(city: City) -> None:
    for body in (
        "[]",
        '{"service_requests": ""}',
        '{"service_requests": null}',
        "<service_requests/>",
    ):
        city.answers.clear()
        assert city.answer(body).client().requests() == []


def test_a_web_page_is_glimpsed_by_its_title() -> None:
    body = (PAYLOADS / "login_page.html").read_bytes()
    assert documents.glimpse(body) == "Sign in to the portal"
    assert (
        documents.glimpse(b"<p>No</p>\n<script>x</script>database &amp; more")
        == "No database & more"
    )


def test_dangerous_xml_is_refused(city: City) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><services><service>&d;</service></services>'
    for body in (bomb, "<a>" * 100_000, "[" * 100_000, '{"a":' * 100_000):
        try:
            tree = documents.parse(body.encode())
        except documents.Unreadable:
            continue
        assert readers.read_services(tree) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["service_requests", "request", "service_request_id", "status", "token", "lat", "long",
             "media_url", "photos", "requested_datetime", "extended_attributes", "services", "service",
             "service_code", "attributes", "attribute", "values", "value", "key", "order", "errors",
             "error", "code", "description", "request_update", "update_id", "groups", "keywords"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


@given(JSON)
def test_no_shape_of_reply_breaks_a_reader(tree: object) -> None:
    zone = clock.CITY_ZONE
    assert all(one.service_code for one in readers.read_services(tree))
    assert all(one.service_request_id for one in readers.read_updates(tree, zone=zone))
    for one in readers.read_requests(tree, zone=zone):
        assert (one.lat is None) == (one.lng is None)
    readers.read_definition(tree)
    readers.read_created(tree)
    readers.read_token(tree)
    documents.errors(tree)


@given(st.lists(st.text("0123456789AB", min_size=1, max_size=5), unique=True, max_size=5))
def test_a_list_reads_the_same_however_it_is_wrapped(ids: list[str]) -> None:
    plain = [{"service_request_id": one, "status": "open"} for one in ids]
    wrapped = [
        plain,
        {"service_requests": plain},
        {"service_requests": {"request": plain}},
        {"service_requests": [{"request": one} for one in plain]},
        [[one] for one in plain],
        [{"service_request_id": [one["service_request_id"]], "status": ["open"]} for one in plain],
    ]
    for tree in wrapped:
        found = readers.read_requests(tree, zone=clock.CITY_ZONE)
        assert [one.service_request_id for one in found] == ids
