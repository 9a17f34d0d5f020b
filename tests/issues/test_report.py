"""Reporting: everything at once, everything checked, never twice."""

import threading

import pytest
from django.db import connection

from mysmartcity.issues import links
from mysmartcity.issues.actions import ContactDetails, NewIssue, report_issue
from mysmartcity.issues.events import IssueReported
from mysmartcity.issues.models import CellDelta, Contact, Follow, Issue, IssueArea, TimelineEntry
from mysmartcity.issues.rules import Invalid, KeyReused
from mysmartcity.issues.status import Status
from mysmartcity.lib import ids
from mysmartcity.lib.events import Event
from mysmartcity.lib.geo import Point, coarse
from mysmartcity.lib.photos import StoredPhoto
from tests import build

pytestmark = pytest.mark.django_db


def fields(refused: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(fault.field, fault.code) for fault in refused.value.faults}


def test_it_works(published: list[Event]) -> None:
    done = build.report(description="Hole", device="phone-1")
    issue = Issue.objects.get()
    assert ids.read_reference(issue.reference) == issue.reference
    assert issue.status == Status.RECEIVED
    assert IssueArea.objects.get().area_id == issue.jurisdiction.area_id
    assert TimelineEntry.objects.get().after == Status.RECEIVED
    assert CellDelta.objects.get().count == 1
    assert published == [IssueReported(issue_id=issue.pk)]
    assert issue.tracking_hash == ids.hash_secret(done.tracking_secret)
    assert len(done.tracking_secret) >= 22


def test_outside_the_city_is_refused_and_nothing_is_written(published: list[Event]) -> None:
    with pytest.raises(Invalid) as refused:
        build.report(point=Point(-26.2, 28.0))
    assert fields(refused) == {("point", "outside")}
    assert not Issue.objects.exists()
    assert not published


def test_all_faults_come_at_once() -> None:
    category = build.category(is_active=False)
    build.question(of=category, is_required=True)
    with pytest.raises(Invalid) as refused:
        build.report(
            of=category,
            point=Point(0, 0),
            description="x" * 4001,
            contact=ContactDetails(email="nobody", phone="call me"),
        )
    assert fields(refused) == {
        ("category", "inactive"),
        ("point", "outside"),
        ("answer:size", "required"),
        ("description", "too_long"),
        ("contact.email", "bad_value"),
        ("contact.phone", "bad_value"),
    }


def test_the_same_key_gives_the_first_answer() -> None:
    first = build.report(request_key="k1")
    again = build.report(request_key="k1")
    assert again.is_repeat
    assert (again.issue, again.tracking_secret) == (first.issue, first.tracking_secret)
    assert Issue.objects.count() == 1


def test_a_key_with_other_content_is_refused() -> None:
    build.report(request_key="k1")
    with pytest.raises(KeyReused):
        build.report(request_key="k1", description="something else")


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_makes_one_issue() -> None:
    category = build.category()
    results: list[str] = []
    start = threading.Barrier(4)

    def tap() -> None:
        start.wait()
        new = NewIssue(category=category, point=build.CITY_POINT, request_key="same")
        results.append(report_issue(new=new).issue.reference)
        connection.close()

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    assert Issue.objects.count() == 1
    assert CellDelta.objects.count() == 1


def test_a_private_fault_is_shown_coarsely() -> None:
    issue = build.issue(of=build.category(privacy="coarse"))
    public = Point(issue.public_lat, issue.public_lng)
    assert public == coarse(build.CITY_POINT)
    assert public != build.CITY_POINT
    assert (issue.lat, issue.lng) == (build.CITY_POINT.lat, build.CITY_POINT.lng)


def test_contact_is_kept_apart_and_the_reporter_follows() -> None:
    contact = ContactDetails(
        name="Thandi\r\nBcc: x", email="Thandi@Example.org", phone="082 123 4567"
    )
    issue = build.issue(contact=contact, device="phone")
    kept = Contact.objects.get()
    assert kept.name == "Thandi Bcc: x"
    follow = Follow.objects.get()
    assert (follow.email, follow.is_reporter) == ("thandi@example.org", True)
    assert follow.stop_hash == ids.hash_secret(links.stop_secret(follow.pk))
    # Hashes are random hex: any three digits stand in one of them sooner or later.
    columns = [
        f.name for f in Issue._meta.concrete_fields if not f.name.endswith(("hash", "digest"))
    ]
    values = " ".join(str(getattr(issue, name)) for name in columns)
    assert "Thandi" not in values
    assert "082 123" not in values
    assert "0821" not in values
    assert "+2782" not in values


def test_the_same_photo_twice_is_kept_once() -> None:
    photo = StoredPhoto("a" * 64, 10, 10, None, None, None)
    issue = build.issue(photos=[photo, photo])
    assert issue.photos.count() == 1
    assert issue.photo_digest == "a" * 64


def test_six_photos_are_refused() -> None:
    photos = [StoredPhoto(str(n) * 64, 1, 1, None, None, None) for n in range(6)]
    with pytest.raises(Invalid) as refused:
        build.report(photos=photos)
    assert fields(refused) == {("photos", "too_many")}


def test_a_reference_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = build.issue()
    drawn = iter([first.reference, ids.new_reference("CPT")])
    monkeypatch.setattr(ids, "new_reference", lambda prefix: next(drawn))
    second = build.issue()
    assert second.reference != first.reference
