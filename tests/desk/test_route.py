"""The simulator: whom, why, through what, and what would be missing. Nothing is written."""

from collections.abc import Sequence

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import Capabilities, Message
from mysmartcity.connectors.models import Preference
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.issues.models import Category, Issue
from tests import build
from tests.connectors.build import FakeCity, FakeConnector, connection
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
HERE = "lat=-33.9249&lng=18.4241"
ASK = f"/desk/route?{HERE}&category=capetown/pothole"


@pytest.fixture
def pothole(city: FakeCity) -> Category:
    """A city in which Roads answers for potholes."""
    del city
    where = build.jurisdiction()
    build.responsibility(of=where, by=build.body(name="Roads Office"), reason="By-law 7")
    return build.category(of=where)


def roads(**its: object):
    return connection(to=Category.objects.get().jurisdiction.responsibilities.get().body, **its)


def test_it_works(pothole: Category, dispatcher: Staff) -> None:
    its = roads(category_codes={"pothole": "RD-1"})
    page = dispatcher.page(ASK)
    assert "Roads Office" in page
    assert "By-law 7" in page
    assert f"/desk/connections/{its.public_id}" in page
    assert "RD-1" in page
    assert 'value="capetown/pothole" selected' in page
    assert "map-pin" in page
    assert not Issue.objects.exists()
    assert not Handover.objects.exists()
    assert not Delivery.objects.exists()


class Strict(FakeConnector):
    """Takes nothing without a code and a street."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(needs_category_code=True)

    def missing(self, message: Message) -> Sequence[str]:
        assert message.lat == pytest.approx(-33.9249)
        return () if message.address else ("the street number",)


def test_what_would_be_missing(
    pothole: Category, dispatcher: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.SYSTEMS, "fake", Strict)
    its = roads()
    assert "a code of theirs, the street number" in dispatcher.page(ASK)
    its.category_codes = {"pothole": "X"}
    its.save()
    page = dispatcher.page(ASK)
    assert "the street number" in page
    assert "a code of theirs" not in page


def test_the_order_with_fallbacks(pothole: Category, dispatcher: Staff) -> None:
    first, second = roads(name="Their API"), roads(name="Their mail")
    for position, its in enumerate((first, second)):
        Preference.objects.create(
            body=its.body, connection=its, position=position, after_hours=4 * position
        )
    page = dispatcher.page(ASK)
    assert page.index("Their API") < page.index("Their mail")
    assert "after 4 h of silence" in page


def test_a_body_beside_the_one_that_leads(pothole: Category, dispatcher: Staff) -> None:
    roads()
    build.responsibility(
        of=pothole.jurisdiction, by=build.body(name="Storm Water"), is_shared=True, priority=-1
    )
    # Three queries more for each further body.
    page = dispatcher.page(ASK, most=15)
    assert "beside it, with a part of its own" in page
    assert "No connection leads there" in page


def test_no_rule(pothole: Category, dispatcher: Staff) -> None:
    pothole.jurisdiction.responsibilities.update(is_active=False)
    assert "No rule fits." in dispatcher.page(ASK)


def test_a_place_by_name(pothole: Category, dispatcher: Staff) -> None:
    build.area(name="Woodstock", kind="suburb", box=(18.43, -33.94, 18.46, -33.92))
    page = dispatcher.page("/desk/route?q=woodstok&category=capetown/pothole")
    assert "lat=-33.93000&amp;lng=18.44500" in page, page[page.index("<h2>Places") :][:400]
    assert "No place is called like that." in dispatcher.page("/desk/route?q=qqzzxx")


@pytest.mark.parametrize("point", ["lat=x&lng=1", "lat=95&lng=1", "lat=-33", "lat=nan&lng=18"])
def test_nonsense_is_told(pothole: Category, dispatcher: Staff, point: str) -> None:
    page = dispatcher.page(f"/desk/route?{point}&category=capetown/pothole", status=422)
    assert "Write both numbers with a point" in page


def test_empty(dispatcher: Staff) -> None:
    assert "Choose a category and a place" in dispatcher.page("/desk/route")
    assert "Now choose a category." in dispatcher.page(f"/desk/route?{HERE}")
