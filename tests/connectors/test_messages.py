"""What a message carries: the address told apart, the suburb, how many stand behind it, and whom."""

from typing import Any

import pytest

from mysmartcity.connectors.contract import Message, Reporter
from mysmartcity.connectors.messages import message_of, shared_fields
from mysmartcity.issues.actions import ContactDetails, join_issue
from mysmartcity.issues.models import Issue
from tests import build
from tests.connectors.build import connection, create_of, handed_over

pytestmark = pytest.mark.django_db
THANDI = ContactDetails(
    name="Thandi", email="t@example.org", phone="0821234567", account_number="77"
)


def made(*, settings: dict[str, Any] | None = None, place_name: str = "", **its: Any) -> Message:
    handover = handed_over(**its)
    if place_name:
        Issue.objects.filter(pk=handover.issue_id).update(place_name=place_name)
    handover.refresh_from_db()
    where = connection(settings=settings or {})
    delivery = create_of(handover)
    return message_of(delivery, where)


def test_the_address_is_told_apart() -> None:
    its = made(address="12A Main Road, Woodstock")
    assert (its.street, its.street_number, its.suburb) == ("Main Road", "12A", "Woodstock")


def test_what_can_not_be_told_stays_empty() -> None:
    its = made(address="3 houses down from the school")
    assert (its.street, its.street_number) == ("", "")


def test_the_smallest_suburb_that_holds_the_point_speaks_first() -> None:
    build.jurisdiction()
    build.area(name="The Whole South", kind="suburb", box=(18.3, -34.2, 18.6, -33.8))
    build.area(name="City Bowl", kind="suburb", box=(18.41, -33.94, 18.43, -33.91))
    where = build.category()
    build.responsibility(of=where.jurisdiction, by=where.jurisdiction.body)
    its = made(address="12 Main Road, Woodstock", of=where)
    assert its.suburb == "City Bowl"


@pytest.mark.parametrize(
    ("place_name", "suburb"),
    [
        ("Woodstock, Cape Town", "Woodstock"),
        ("near Philippi, Cape Town", "Philippi"),
        ("naby Philippi, Kaapstad", "Philippi"),
        ("kufutshane ne-Philippi, iKapa", "Philippi"),
        ("Ward 57, Cape Town", ""),
        ("Cape Town", ""),
    ],
)
def test_without_an_outline_the_name_of_the_place_says_it(place_name: str, suburb: str) -> None:
    build.jurisdiction()
    build.area(name="Ward 57", kind="ward")
    where = build.category()
    build.responsibility(of=where.jurisdiction, by=where.jurisdiction.body)
    assert made(place_name=place_name, of=where).suburb == suburb


def test_how_many_stand_behind_it() -> None:
    handover = handed_over()
    join_issue(issue=handover.issue, device="d" * 22)
    handover.refresh_from_db()
    assert message_of(create_of(handover), connection()).report_count == 2


@pytest.mark.parametrize(
    ("wanted", "leaves"),
    [
        (True, Reporter("Thandi", "t@example.org", "0821234567", "77")),
        (["phone"], Reporter(phone="0821234567")),
        (["phone", "name", "password"], Reporter("Thandi", phone="0821234567")),
        ("email", Reporter(email="t@example.org")),
        ([], Reporter()),
        (False, Reporter()),
        (None, Reporter()),
        (1, Reporter()),
        ({"phone": True}, Reporter()),
    ],
)
def test_only_what_is_listed_leaves_the_house(wanted: object, leaves: Reporter) -> None:
    its = made(settings={"share_contact": wanted}, contact=THANDI)
    assert its.reporter == leaves
    unshared = {"Thandi", "t@example.org", "0821234567"} - set(vars(leaves).values())
    assert not [value for value in unshared if value in repr(its)]


def test_without_a_contact_nothing_is_shared() -> None:
    assert made(settings={"share_contact": True}).reporter == Reporter()
    assert shared_fields({}) == frozenset()
