"""Who is responsible."""

import pytest

from mysmartcity.dispatch.rules import promise_holds, route
from tests import build

pytestmark = pytest.mark.django_db


def test_nobody_without_a_rule() -> None:
    city = build.jurisdiction()
    assert route(jurisdiction=city, category=build.category(of=city), area_ids=[]) is None


def test_the_exception_for_an_area_wins_by_priority() -> None:
    city = build.jurisdiction()
    suburb = build.area(name="Soweto", kind="suburb", box=(18.4, -34, 18.5, -33.9))
    category = build.category(of=city, code="no-power", group="power")
    utility, national = build.body(name="City Power"), build.body(name="Eskom")
    build.responsibility(of=city, by=utility, group="power")
    build.responsibility(
        of=city, by=national, group="power", area=suburb, priority=10, reason="Eskom supplies it."
    )
    here = route(jurisdiction=city, category=category, area_ids=[city.area_id, suburb.pk])
    there = route(jurisdiction=city, category=category, area_ids=[city.area_id])
    assert here is not None
    assert (here.body, here.reason) == (national, "Eskom supplies it.")
    assert there is not None
    assert there.body == utility


def test_the_category_beats_the_group_beats_everything() -> None:
    city = build.jurisdiction()
    category = build.category(of=city, code="robot", group="traffic")
    all_of_it, group, exact = (build.body(name=name) for name in "abc")
    build.responsibility(of=city, by=all_of_it)
    build.responsibility(of=city, by=group, group="traffic")
    build.responsibility(of=city, by=exact, category_code="robot")
    found = route(jurisdiction=city, category=category, area_ids=[])
    assert found is not None
    assert found.body == exact


def test_a_rule_does_not_hold_in_its_excepted_areas() -> None:
    city = build.jurisdiction()
    suburb = build.area(name="Ivory Park", kind="suburb", box=(18.4, -34, 18.5, -33.9))
    rule = build.responsibility(of=city, by=build.body())
    rule.except_areas.add(suburb)
    category = build.category(of=city)
    assert route(jurisdiction=city, category=category, area_ids=[suburb.pk]) is None
    assert route(jurisdiction=city, category=category, area_ids=[city.area_id]) is not None


def test_a_promise_binds_only_the_body_that_made_it() -> None:
    utility, national = build.body(slug="city-power"), build.body(slug="eskom")
    depot = build.body(slug="depot")
    depot.parent = utility
    category = build.category(level_hours=24, level_source="paper", level_body="city-power")
    assert promise_holds(category=category, body=utility)
    assert promise_holds(category=category, body=depot)
    assert not promise_holds(category=category, body=national)


def test_a_switched_off_rule_and_another_city_s_rule_do_not_count() -> None:
    city = build.jurisdiction()
    other = build.jurisdiction(slug="durban", prefix="ETH", name="Durban")
    build.responsibility(of=city, by=build.body(), is_active=False)
    build.responsibility(of=other, by=build.body())
    assert route(jurisdiction=city, category=build.category(of=city), area_ids=[]) is None
