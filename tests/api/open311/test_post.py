"""GeoReport assertions 48 to 60 and 63 to 66: taking a report."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from mysmartcity.issues.models import Category, Contact, Issue, Jurisdiction
from mysmartcity.people.actions import issue_api_key
from mysmartcity.people.models import ApiKey
from tests import build
from tests.api.open311.conftest import ROOT, SUFFIXES, Api, read

LAMP = {"service_code": "street-light", "attribute[extent]": "one"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a48_a49_minimal_report_gives_one_id_and_no_token(api: Api, suffix: str) -> None:
    reply = api.post(suffix)
    assert reply.status == 201
    assert reply.only["service_request_id"] == Issue.objects.get().reference
    assert "token" not in reply.only


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("key", [None, "", "wrong", "nul\x00"])
def test_a50_no_key_or_a_wrong_one_is_403(api: Api, suffix: str, key: str | None) -> None:
    reply = api.post(suffix, api_key=key)
    assert reply.status == 403
    assert "api_key" in reply.says
    assert not Issue.objects.exists()


def test_a50_a_key_that_was_taken_back_is_403(api: Api) -> None:
    ApiKey.objects.update(is_active=False)
    assert api.post().status == 403


@pytest.mark.usefixtures("second_city")
def test_a50_a_key_of_one_jurisdiction_is_403_in_the_other(client: Client) -> None:
    narrow = Api(client, issue_api_key(name="JHB", jurisdiction_slug="johannesburg")[1])
    assert narrow.post(jurisdiction_id="capetown").status == 403
    point = {"lat": "-26.2", "long": "28.0"}
    assert narrow.post(jurisdiction_id="johannesburg", **point).status == 201


def test_a51_unknown_service_is_404_and_absent_400(api: Api) -> None:
    assert api.post(service_code="nothing").status == 404
    reply = api.post(service_code=None)
    assert reply.status == 400
    assert "service_code" in reply.says


def test_a52_no_location_is_400(api: Api) -> None:
    reply = api.post(lat=None, long=None)
    assert reply.status == 400
    assert "lat" in reply.says


@pytest.mark.parametrize("missing", ["lat", "long"])
def test_a52_half_a_point_is_400(api: Api, missing: str) -> None:
    assert api.post(**{missing: None}).status == 400


def test_a52_an_address_alone_is_taken(api: Api, city: Jurisdiction) -> None:
    reply = api.post(lat=None, long=None, address_string="12 Unheard-of Crescent")
    assert reply.status == 201
    assert "address" in reply.only["service_notice"]
    issue = Issue.objects.get()
    assert (issue.address, issue.lat) == ("12 Unheard-of Crescent", city.lat)


def test_a52_an_address_id_alone_is_taken(api: Api, city: Jurisdiction) -> None:
    suburb = build.area(
        name="Woodstock", kind="suburb", municipality_code="CPT", box=(18.4, -34.0, 18.5, -33.9)
    )
    reply = api.post(lat=None, long=None, address_id=suburb.slug)
    assert reply.status == 201
    assert "Woodstock" in reply.only["service_notice"]
    assert Issue.objects.get().lat == suburb.lat
    assert api.post(lat=None, long=None, address_id="9-of-another-system").status == 201


@pytest.mark.parametrize("lat", ["-91", "90.1", "NaN", "inf", "here", "1_0", "-33,9", "١٢"])
def test_a53_a_latitude_that_is_none_is_400(api: Api, lat: str) -> None:
    reply = api.post(lat=lat)
    assert reply.status == 400
    assert not Issue.objects.exists()


def test_a54_outside_the_jurisdiction_is_400_with_a_reason(api: Api) -> None:
    reply = api.post(lat="-26.2", long="28.0")
    assert reply.status == 400
    assert "outside Cape Town" in reply.says


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a55_all_faults_are_listed_together(api: Api, suffix: str) -> None:
    reply = api.post(
        suffix, service_code="street-light", email="nobody", lat="95", description="x" * 4001
    )
    assert reply.status == 400
    for name in ("attribute[extent]", "email", "lat", "description"):
        assert name in reply.says
    assert len(reply.rows) == 4


def test_a55_faults_with_a_good_point_are_listed_together(api: Api) -> None:
    reply = api.post(service_code="street-light", phone="call me", lat="-26.2", long="28.0")
    assert {row["code"] for row in reply.rows} == {400}
    assert [row["description"].split(":")[0] for row in reply.rows] == [
        *("lat, long", "attribute[extent]", "phone")
    ]


@pytest.mark.parametrize(
    ("code", "value"),
    [("extent", "some"), ("since", "yesterday"), ("signs", "purple"), ("pole", "x" * 2001)],
)
def test_a56_a_bad_value_is_400(api: Api, code: str, value: str) -> None:
    reply = api.post(**{**LAMP, f"attribute[{code}]": value})
    assert reply.status == 400
    assert f"attribute[{code}]" in reply.says


def test_a56_a_number_is_asked_for_only_when_it_applies(api: Api) -> None:
    many = {**LAMP, "attribute[extent]": "many"}
    assert api.post(**LAMP).status == 201
    assert api.post(**many).status == 400
    assert api.post(**many, **{"attribute[how-many]": "lots"}).status == 400
    assert api.post(**many, **{"attribute[how-many]": "7"}).status == 201


@pytest.mark.parametrize("name", ["attribute[signs][]", "attribute[signs]"])
def test_a57_several_values_are_kept(api: Api, name: str) -> None:
    assert api.post(**LAMP, **{name: ["dark", "flicker"]}).status == 201
    assert Issue.objects.get().answers == {"extent": "one", "signs": ["dark", "flicker"]}


def test_a58_a_notice_needs_no_answer_and_takes_none(api: Api) -> None:
    assert (
        api.post(**LAMP, **{"attribute[keep-away]": "yes", "attribute[is_staff]": "1"}).status
        == 201
    )
    assert Issue.objects.get().answers == {"extent": "one"}


def test_a59_a_long_description_is_400(api: Api) -> None:
    assert api.post(description="ß" * 4000).status == 201
    reply = api.post(description="ß" * 4001)
    assert reply.status == 400
    assert "4000" in reply.says


def test_a60_line_breaks_are_kept_and_html_is_text(api: Api) -> None:
    words = "one\ntwo\n\n<script>alert(1)</script>"
    api.post(description=words.replace("\n", "\r\n"))
    for suffix in SUFFIXES:
        assert api.get(f"requests.{suffix}").only["description"] == words
    assert "<script>" not in api.get("requests.xml").body


def test_a63_arguments_in_the_address_work_and_the_body_wins(api: Api) -> None:
    point = {"lat": build.CITY_POINT.lat, "long": build.CITY_POINT.lng}
    query = urlencode({"api_key": api.key, "service_code": "nothing", **point})
    reply = read(api.client.post(f"{ROOT}/requests.json?{query}", {"service_code": "pothole"}))
    assert reply.status == 201


def test_of_a_repeated_argument_the_last_one_counts(api: Api) -> None:
    assert api.post(service_code=["nothing", "pothole"]).status == 201
    assert api.post(**{**LAMP, "attribute[extent]": ["many", "one"]}).status == 201


def test_a64_nothing_personal_is_ever_given_back(api: Api) -> None:
    secrets = {
        "email": "thandi@example.org",
        "first_name": "Thandiwe",
        "last_name": "Mokoena",
        "phone": "082 555 0199",
        "account_id": "ACC-998877",
        "device_id": "device-4711",
    }
    made = api.post(**secrets)
    assert made.status == 201
    contact = Contact.objects.get()
    assert (contact.name, contact.email) == ("Thandiwe Mokoena", "thandi@example.org")
    ref = made.only["service_request_id"]
    paths = ["requests", f"requests/{ref}", f"tokens/{ref}", "servicerequestupdates"]
    for suffix in SUFFIXES:
        bodies = [api.get(f"{path}.{suffix}", extensions="true").body for path in paths]
        text = "".join([made.body, *bodies])
        assert not [value for value in [*secrets.values(), api.key] if value in text]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a65_a_report_can_be_read_at_once(api: Api, suffix: str) -> None:
    made = api.post(suffix, description="Deep hole").only["service_request_id"]
    row = api.get(f"requests/{made}.{suffix}").only
    assert (row["status"], row["service_code"]) == ("open", "pothole")
    assert row["description"] == "Deep hole"
    assert float(row["lat"]) == pytest.approx(build.CITY_POINT.lat, abs=1e-6)
    assert float(row["long"]) == pytest.approx(build.CITY_POINT.lng, abs=1e-6)


def test_a65_a_private_place_is_shown_coarsely_without_its_address(api: Api) -> None:
    made = api.post(
        service_code="no-power", address_string="7 Long Street", address_id="erf-12"
    ).only["service_request_id"]
    reply = api.get(f"requests/{made}.json", extensions="true")
    issue = Issue.objects.get()
    assert (reply.only["lat"], reply.only["long"]) == (issue.public_lat, issue.public_lng)
    assert reply.only["lat"] != issue.lat
    assert "7 Long" not in reply.body
    assert "erf-12" not in reply.body


def test_a66_the_same_report_twice_is_two_ids(api: Api) -> None:
    ids = {api.post().only["service_request_id"] for _ in range(2)}
    assert len(ids) == 2


def _keyed(api: Api, key: str, **changes: str) -> tuple[int, str]:
    form = {"api_key": api.key, "service_code": "pothole", "lat": "-33.9", "long": "18.5"}
    reply = read(
        api.client.post(
            f"{ROOT}/requests.json", {**form, **changes}, headers={"Idempotency-Key": key}
        )
    )
    return reply.status, reply.rows[0].get("service_request_id", reply.body)


def test_an_idempotency_key_gives_the_first_answer_again(api: Api, client: Client) -> None:
    first = _keyed(api, "k1")
    assert first[0] == 201
    assert _keyed(api, "k1") == (200, first[1])
    assert _keyed(api, "k1", description="other")[0] == 400
    assert _keyed(api, "k" * 201)[0] == 400
    stranger = Api(client, issue_api_key(name="Another app")[1])
    assert _keyed(stranger, "k1")[0] == 201
    assert Issue.objects.count() == 2


def test_a_dangerous_category_says_so_in_the_reply(api: Api, pothole: Category) -> None:
    Category.objects.filter(pk=pothole.pk).update(
        safety_notice="Keep away.", emergency_numbers="112"
    )
    notice = api.post().only["service_notice"]
    assert "Keep away." in notice
    assert "112" in notice


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_body_that_is_too_large_is_400_in_the_format(api: Api, suffix: str) -> None:
    reply = api.post(suffix, description="x" * 1_100_000)
    assert reply.status == 400
    assert reply.rows


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded; charset=latin-1", b"description=%E9"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(300))),
        ("application/json", b"{}"),
    ],
)
def test_a_body_that_is_no_form_never_is_a_500(api: Api, kind: str, body: bytes) -> None:
    reply = read(api.client.generic("POST", f"{ROOT}/requests.json", body, content_type=kind))
    assert reply.status in (400, 403)
    assert reply.rows
