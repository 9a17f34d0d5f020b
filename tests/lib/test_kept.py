"""A kept query gives what its queryset gives, for every value that it is asked with."""

import pytest

from mysmartcity.lib.kept import KeptQuery, Slot
from mysmartcity.places.models import Area
from tests import build

BY_KIND = KeptQuery(
    lambda: (
        Area.objects.filter(kind=Slot("kind"), lat__lt=Slot("north"))
        .exclude(name="Hidden")
        .order_by("name")
        .values_list("name", "geometry", "layer__kind")
    )
)


def plain(kind: str, north: float) -> list[tuple[object, ...]]:
    found = Area.objects.filter(kind=kind, lat__lt=north).exclude(name="Hidden").order_by("name")
    return list(found.values_list("name", "geometry", "layer__kind"))


@pytest.mark.django_db
def test_it_gives_what_the_queryset_gives_for_each_value() -> None:
    for name, kind in (("B", "suburb"), ("A", "suburb"), ("C", "ward"), ("Hidden", "ward")):
        build.area(name=name, kind=kind)

    for kind, names in (("suburb", ["A", "B"]), ("ward", ["C"]), ("province", [])):
        rows = BY_KIND.ask(kind=kind, north=0)
        assert [row[0] for row in rows] == names
        assert rows == plain(kind, 0)
    assert BY_KIND.ask(kind="ward", north=-80) == []


@pytest.mark.django_db
def test_its_sql_is_written_once() -> None:
    made = []

    def make() -> object:
        made.append(1)
        return Area.objects.filter(kind=Slot("kind")).values_list("pk")

    query = KeptQuery(make)  # type: ignore[arg-type]
    query.ask(kind="ward")
    query.ask(kind="suburb")
    assert made == [1]


@pytest.mark.django_db
def test_a_value_is_never_read_as_sql() -> None:
    build.area(name="A", kind="ward")
    assert BY_KIND.ask(kind="ward' OR '1'='1", north=0) == []
    assert len(BY_KIND.ask(kind="ward", north=0)) == 1


@pytest.mark.django_db
def test_a_missing_value_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(KeyError):
        BY_KIND.ask(kind="ward")
