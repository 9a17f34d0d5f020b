"""What a connection is used for, edited in lines."""

from typing import Any

import pytest
from django.urls import reverse

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.issues.models import Jurisdiction
from tests import build
from tests.connectors.build import FakeCity, connection
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def its(city: FakeCity) -> Connection:
    del city
    where: Jurisdiction = build.jurisdiction()
    body = build.body(name="Roads Office")
    build.responsibility(of=where, by=body)
    build.category(of=where)
    return connection(to=body, name="Their API")


def save(client: Staff, its: Connection, *lines: tuple[str, str, str], status: int = 303) -> str:
    names = ("category", "place", "hours")
    data: dict[str, Any] = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
    reply = client.post(reverse("desk:connection-use", args=[its.public_id]), data)
    assert reply.status_code == status
    return str(reply.content.decode())


def kept() -> list[tuple[str, int, int]]:
    return list(Preference.objects.values_list("category_code", "position", "after_hours"))


def test_it_works(its: Connection, operator: Staff) -> None:
    path = reverse("desk:connection-use", args=[its.public_id])
    assert "Pothole" in operator.page(path)
    save(operator, its, ("", "1", "4"), ("pothole", "2", "12"), ("-", "1", "4"))
    assert kept() == [("", 0, 4), ("pothole", 1, 12)]
    assert 'value="12"' in operator.page(path)
    save(operator, its, ("-", "1", "4"))
    assert kept() == []


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([("pothole", "1", "4"), ("pothole", "2", "4")], "in one line only"),
        ([("volcano", "1", "4")], "No category has the code volcano"),
        ([("pothole", "0", "4")], "Numbers go from 1"),
        ([("pothole", "1", "9999")], "Numbers go from 1"),
        ([("pothole", "first", "4")], "Write whole numbers"),
    ],
)
def test_what_makes_no_sense_is_told(
    its: Connection, operator: Staff, lines: list[tuple[str, str, str]], sentence: str
) -> None:
    save(operator, its, ("", "1", "4"))
    page = save(operator, its, *lines, status=422)
    assert sentence in page
    assert kept() == [("", 0, 4)], "what was there stays"


def test_other_connections_of_the_body_are_shown(its: Connection, dispatcher: Staff) -> None:
    other = connection(to=its.body, name="Their mail")
    Preference.objects.create(body=its.body, connection=other, position=1, after_hours=6)
    page = dispatcher.page(reverse("desk:connection-use", args=[its.public_id]))
    assert "Their mail" in page
    assert "after 6 h" in page
    assert ">Save<" not in page
