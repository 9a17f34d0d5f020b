"""What operators do with a connection by hand: only they, and never with a paused one."""

import pytest

from mysmartcity.connectors.actions.asked import ask_comparison, ask_news
from mysmartcity.connectors.actions.preferences import Wanted, set_preferences
from mysmartcity.connectors.events import ComparisonAsked, NewsAsked
from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.rules import may_operate
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.events import Event
from mysmartcity.people.models import Person, Role
from tests import build
from tests.connectors.build import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def its() -> Connection:
    build.category()
    return connection(to=build.body())


@pytest.fixture
def operator() -> Person:
    return build.person(role=Role.OPERATOR)


def test_it_works(its: Connection, operator: Person, published: list[Event]) -> None:
    ask_news(connection=its, by=operator)
    ask_comparison(connection=its, by=operator)
    assert published == [NewsAsked(its.pk), ComparisonAsked(its.pk)]
    lines = [Wanted("", 0, 4), Wanted("pothole", 1, 12)]
    set_preferences(connection=its, wanted=lines, by=operator)
    kept = Preference.objects.values_list("body", "category_code", "position", "after_hours")
    assert list(kept) == [(its.body_id, "", 0, 4), (its.body_id, "pothole", 1, 12)]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_only_operators(its: Connection, role: Role, published: list[Event]) -> None:
    somebody = build.person(role=role)
    assert not may_operate(somebody)
    for act in (ask_news, ask_comparison):
        with pytest.raises(NotAllowed, match="Only an operator"):
            act(connection=its, by=somebody)
    with pytest.raises(NotAllowed, match="Only an operator"):
        set_preferences(connection=its, wanted=[Wanted("", 0, 4)], by=somebody)
    assert published == []
    assert not Preference.objects.exists()


def test_an_operator_who_was_switched_off(operator: Person) -> None:
    for field in ("is_active", "is_staff"):
        setattr(operator, field, False)
        assert not may_operate(operator)
        setattr(operator, field, True)


def test_a_paused_one_is_left_alone(
    its: Connection, operator: Person, published: list[Event]
) -> None:
    its.is_active = False
    for act in (ask_news, ask_comparison):
        with pytest.raises(NotAllowed, match="paused"):
            act(connection=its, by=operator)
    assert published == []


def test_other_connections_keep_their_lines(its: Connection, operator: Person) -> None:
    other = connection(to=its.body)
    for one in (other, its, its):
        set_preferences(connection=one, wanted=[Wanted("", 0, 4)], by=operator)
    assert Preference.objects.count() == 2
    set_preferences(connection=its, wanted=[], by=operator)
    assert Preference.objects.get().connection == other
