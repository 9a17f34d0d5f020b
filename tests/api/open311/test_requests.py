"""GeoReport assertions 69 to 83: reading requests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mysmartcity.issues.actions import Move, change_status, comment_issue
from mysmartcity.issues.models import Category, Issue, Jurisdiction
from mysmartcity.issues.status import Actor, DeclineReason, Status
from mysmartcity.lib import clock
from tests import build
from tests.api.open311.conftest import SUFFIXES, Api, ids_of

NOW = datetime(2026, 5, 3, 9, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _stopped_clock() -> Any:
    with clock.frozen(NOW):
        yield


def reported(of: Category, ago: timedelta, **its: Any) -> str:
    """The reference of an issue reported that long ago."""
    with clock.frozen(NOW - ago):
        return str(build.issue(of=of, **its).reference)


def moved(reference: str, after: Status, **its: Any) -> None:
    """Put an issue somewhere without walking the ladder."""
    Issue.objects.filter(reference=reference).update(status=after, **its)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a69_a71_every_request_is_complete(api: Api, pothole: Category, suffix: str) -> None:
    reference = reported(pothole, DAY, address="Main Road")
    row = api.get(f"requests.{suffix}").only
    assert row["service_request_id"] == reference
    assert (row["service_code"], row["service_name"]) == ("pothole", "Pothole")
    assert row["requested_datetime"] == row["updated_datetime"] == "2026-05-02T09:00:00Z"
    assert row["address"] == "Main Road"
    assert row["lat"]


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.HIDDEN])
def test_a70_every_status_is_open_or_closed(api: Api, pothole: Category, status: Status) -> None:
    reference = reported(pothole, DAY)
    extra: dict[str, Any] = {Status.FIXED: {"fixed_by": "resident"}}.get(status, {})
    if status is Status.DECLINED:
        extra = {"decline_reason": DeclineReason.OTHER}
    if status is Status.MERGED:
        extra = {"merged_into": build.issue(of=pothole)}
    moved(reference, status, **extra)
    is_closed = status in (Status.FIXED, Status.DECLINED, Status.MERGED, Status.WITHDRAWN)
    expected = "closed" if is_closed else "open"
    assert api.get(f"requests/{reference}.json").only["status"] == expected
    assert reference in ids_of(api.get("requests.json", status=expected))


def test_a72_updated_of_a_closed_request_is_its_closing(api: Api, pothole: Category) -> None:
    reference = reported(pothole, 3 * DAY)
    moved(reference, Status.WITHDRAWN, status_at=NOW - 2 * DAY, updated_at=NOW - DAY)
    row = api.get("requests.json").only
    assert row["updated_datetime"] == "2026-05-01T09:00:00Z"
    assert row["updated_datetime"] >= row["requested_datetime"]


def test_a73_by_default_the_last_90_days(api: Api, pothole: Category) -> None:
    inside = reported(pothole, 90 * DAY)
    reported(pothole, 90 * DAY + timedelta(seconds=1))
    assert ids_of(api.get("requests.json")) == [inside]


def test_a73_never_more_than_1000(api: Api, pothole: Category) -> None:
    reported(pothole, DAY)
    issue = Issue.objects.get()
    copies = []
    for number in range(1001):
        issue.pk, issue.reference = None, f"X{number}"
        issue.tracking_hash = f"{number}"
        copies.append(Issue(**{f.attname: getattr(issue, f.attname) for f in issue._meta.fields}))
    Issue.objects.bulk_create(copies)
    assert len(api.get("requests.json").rows) == 1000


def test_a74_more_than_90_days_is_400(api: Api) -> None:
    dates = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}
    reply = api.get("requests.json", **dates)
    assert reply.status == 400
    assert "90 days" in reply.says
    assert api.get("requests.json", **dates | {"end_date": "2026-04-01T00:00:00Z"}).status == 200


def test_a75_one_date_alone_reaches_90_days_and_bounds_count(api: Api, pothole: Category) -> None:
    early, late = reported(pothole, 200 * DAY), reported(pothole, 110 * DAY)
    day = {ref: f"{NOW - ago:%Y-%m-%dT%H:%M:%SZ}" for ref, ago in
           ((early, 200 * DAY), (late, 110 * DAY))}  # fmt: skip
    assert ids_of(api.get("requests.json", start_date=day[early])) == [late, early]
    assert ids_of(api.get("requests.json", end_date=day[late])) == [late, early]
    assert ids_of(api.get("requests.json", start_date=day[late])) == [late]
    assert ids_of(api.get("requests.json", end_date=day[early])) == [early]


def test_a75_an_end_copied_from_our_reply_includes_that_request(
    api: Api, pothole: Category
) -> None:
    reference = reported(pothole, DAY - timedelta(milliseconds=400))
    shown = api.get("requests.json").only["requested_datetime"]
    assert ids_of(api.get("requests.json", end_date=shown, start_date=shown)) == [reference]


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-02T09:00:00Z",
        "2026-05-02T11:00:00+02:00",
        "2026-05-02T11:00:00 02:00",
        "2026-05-02T04:00:00-0500",
        "2026-05-02T09:00:00",
        "2026-05-02T09:00:00.000000",
        "2026-05-02 09:00:00.0",
        "2026-05-02T09:00Z",
    ],
)
def test_a76_a77_the_same_instant_selects_the_same(api: Api, pothole: Category, text: str) -> None:
    inside = reported(pothole, DAY)
    reported(pothole, DAY + timedelta(seconds=1))
    assert ids_of(api.get("requests.json", start_date=text)) == [inside]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["start_date", "end_date", "updated_after"])
@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-05-02T25:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-05-02T00:00:00+25:00",
        "2026-05-02\x00",
        "20260502",
    ],
)
def test_a77_a_malformed_date_is_400(api: Api, suffix: str, name: str, text: str) -> None:
    reply = api.get(f"requests.{suffix}", **{name: text})
    assert reply.status == 400
    assert name in reply.says


def test_a78_status_takes_a_list_and_refuses_others(api: Api, pothole: Category) -> None:
    first, second = reported(pothole, 2 * DAY), reported(pothole, DAY)
    moved(first, Status.WITHDRAWN)
    assert ids_of(api.get("requests.json", status="open")) == [second]
    assert ids_of(api.get("requests.json", status="closed")) == [first]
    assert ids_of(api.get("requests.json", status="open,closed")) == [second, first]
    assert ids_of(api.get("requests.json", status="closed, OPEN ,open")) == [second, first]
    for bad in ("hidden", "received", "open,fixed"):
        assert api.get("requests.json", status=bad).status == 400


def test_a79_service_code_takes_a_list_and_unknown_gives_nothing(
    api: Api, city: Jurisdiction, pothole: Category
) -> None:
    lamp = build.category(of=city, code="lamp", name="Lamp")
    other = build.category(of=city, code="other", name="Other")
    first, second = reported(pothole, 2 * DAY), reported(lamp, DAY)
    reported(other, DAY)
    assert ids_of(api.get("requests.json", service_code="pothole")) == [first]
    assert ids_of(api.get("requests.json", service_code="lamp, pothole,x")) == [second, first]
    assert ids_of(api.get("requests.json", service_code="x")) == []
    assert ids_of(api.get("requests.xml", service_code="x")) == []


def test_a79_issues_of_a_retired_service_stay_readable(api: Api, pothole: Category) -> None:
    reference = reported(pothole, DAY)
    Category.objects.filter(pk=pothole.pk).update(is_active=False)
    assert ids_of(api.get("requests.json", service_code="pothole")) == [reference]


def test_a80_ids_override_everything_else(api: Api, pothole: Category) -> None:
    old, new = reported(pothole, 300 * DAY), reported(pothole, DAY)
    reported(pothole, DAY)
    others = {"status": "nonsense", "start_date": "x", "page": "0", "service_code": "x"}
    asked = f"{old},CPT-XXXXXX,{new},{old}"
    assert ids_of(api.get("requests.json", service_request_id=asked, **others)) == [new, old]
    many = ",".join(["x"] * 2 + [f"y{n}" for n in range(1000)])
    assert api.get("requests.json", service_request_id=many).status == 400


def test_a81_newest_first_and_both_formats_alike(api: Api, pothole: Category) -> None:
    same = [reported(pothole, DAY) for _ in range(3)]
    newer, older = reported(pothole, timedelta(hours=1)), reported(pothole, 2 * DAY)
    expected = [newer, *reversed(same), older]
    assert ids_of(api.get("requests.json")) == ids_of(api.get("requests.xml")) == expected


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("reference", ["CPT-222222", "1", "x.y", "CPT-%00", "é"])
def test_a82_unknown_request_is_404(api: Api, suffix: str, reference: str) -> None:
    reply = api.get(f"requests/{reference}.{suffix}")
    assert reply.status == 404
    assert reply.rows[0]["code"] in (404, "404")


def test_a83_hidden_issues_do_not_exist(api: Api, pothole: Category) -> None:
    reference = reported(pothole, DAY)
    with clock.frozen(NOW - DAY / 2):
        issue = Issue.objects.get()
        comment_issue(issue=issue, actor=Actor.BODY, public_words="We come.")
    change_status(issue=issue, move=Move(Status.HIDDEN, Actor.DISPATCHER))
    assert ids_of(api.get("requests.json", status="open,closed")) == []
    assert ids_of(api.get("requests.json", service_request_id=reference)) == []
    assert ids_of(api.get("requests.json", updated_after="2026-05-01T00:00:00Z")) == []
    assert api.get(f"requests/{reference}.json").status == 404
    assert api.get(f"tokens/{reference}.json").status == 404
    assert api.get("servicerequestupdates.json").body == "[]"


def test_a_withdrawn_issue_keeps_only_that_it_was_withdrawn(api: Api, pothole: Category) -> None:
    reference = reported(pothole, DAY, address="Main Road", media_url="https://x.example/1.jpg")
    issue = Issue.objects.get()
    comment_issue(issue=issue, actor=Actor.BODY, public_words="We come.")
    moved(reference, Status.WITHDRAWN)
    row = api.get(f"requests/{reference}.json", extensions="true").only
    assert row["status"] == "closed"
    for name in ("description", "address", "media_url", "status_notes"):
        assert row[name] is None
    assert (row["notes"], row["attributes"]) == ([], [])


def test_the_newest_public_words_are_the_status_notes(api: Api, pothole: Category) -> None:
    reported(pothole, DAY)
    issue = Issue.objects.get()
    for words, inside in (("First", ""), ("Then this", ""), ("", "Phone Sipho: 082 1234567")):
        comment_issue(issue=issue, actor=Actor.BODY, public_words=words, inside_words=inside)
    reply = api.get("requests.json")
    assert reply.only["status_notes"] == "Then this"
    assert "Sipho" not in reply.body


def test_who_answers_and_by_when(api: Api, city: Jurisdiction) -> None:
    quick = build.category(of=city, code="quick", name="Quick", level_hours=48, level_source="web")
    reference = reported(quick, DAY)
    moved(reference, Status.SENT, responsible_name="City Power")
    row = api.get("requests.json").only
    assert row["agency_responsible"] == "City Power"
    assert row["expected_datetime"] == "2026-05-04T09:00:00Z"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("extensions", ["", "true"])
def test_a_list_is_one_query(
    api: Api,
    pothole: Category,
    suffix: str,
    extensions: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        reported(pothole, DAY)
    api.get("services.json")
    with django_assert_num_queries(1):
        assert len(api.get(f"requests.{suffix}", extensions=extensions).rows) == 3
