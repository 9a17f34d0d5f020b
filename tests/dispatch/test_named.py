"""Which body some words name: one that is known here, and never a guess between two."""

import pytest

from mysmartcity.dispatch.rules import body_named, route
from mysmartcity.issues.models import Jurisdiction
from mysmartcity.people.models import Body
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Jurisdiction:
    """A city with a power utility, a roads agency, and a national one at work there."""
    where = build.jurisdiction()
    for slug, name, short in (
        ("city-power", "City Power", ""),
        ("eskom", "Eskom Holdings", "Eskom"),
        ("roads", "City of Cape Town Roads", "Roads"),
    ):
        body = build.body(slug=slug, name=name)
        Body.objects.filter(pk=body.pk).update(short_name=short)
        build.responsibility(of=where, by=body)
    build.body(slug="elsewhere", name="Elsewhere Water")
    return where


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Not ours, it is Eskom's.", "eskom"),
        ("City Power says: refer to ESKOM HOLDINGS", "eskom"),
        ("Belongs to City of Cape Town Roads", "roads"),
        ("Belongs to the City of Cape Town", "city-capetown"),
        ("Ask Eskom or Roads", None),
        ("Not our area.", None),
        ("Deskom is no body, nor is Eskoms", None),
        ("It is Elsewhere Water's", None),
        ("City Power is not responsible", None),
        ("", None),
    ],
)
def test_it_works(city: Jurisdiction, words: str, slug: str | None) -> None:
    speaker = Body.objects.get(slug="city-power")
    named = body_named(words=words, jurisdiction=city, besides=speaker)
    assert (named.slug if named else None) == slug


def test_shared_rules_stand_beside_the_one_that_leads() -> None:
    where = build.jurisdiction()
    water, roads, parks = (build.body(name=name) for name in ("Water", "Roads", "Parks"))
    build.responsibility(of=where, by=water)
    build.responsibility(of=where, by=roads, is_shared=True, priority=90, reason="The road broke.")
    build.responsibility(of=where, by=roads, is_shared=True, reason="Again.")
    build.responsibility(of=where, by=water, is_shared=True)
    build.responsibility(of=where, by=parks, is_shared=True, is_active=False)
    found = route(jurisdiction=where, category=build.category(of=where), area_ids=[])
    assert found is not None
    assert found.body == water, "a shared rule never leads, however heavy"
    assert [(part.body, part.reason) for part in found.also] == [(roads, "The road broke.")]


def test_with_shared_rules_alone_nobody_leads() -> None:
    where = build.jurisdiction()
    build.responsibility(of=where, by=build.body(), is_shared=True)
    assert route(jurisdiction=where, category=build.category(of=where), area_ids=[]) is None
