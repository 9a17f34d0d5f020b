"""The queue of words without a meaning: given right there, and everything that waited is applied."""

import pytest

from mysmartcity.connectors.actions import apply_update
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.actions import acknowledge
from mysmartcity.dispatch.models import QueueEntry
from tests.connectors.build import FakeCity, connection, handed_over, item
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH = "/desk/mapping"


@pytest.fixture
def its(city: FakeCity) -> Connection:
    """Two pieces of news with a word that nobody knows."""
    del city
    handover = handed_over()
    acknowledge(handover=handover, body_reference="C-77")
    made = connection(to=handover.body)
    for after in (1, 2):
        apply_update(item_id=item(made, "Aw-Mat", after=after, body_reference="C-77").pk)
    return made


def give(client: Staff, its: Connection, **its_form: str) -> str:
    data = {"connection": its.public_id, "kind": "status", "word": "Aw-Mat", "meaning": "comment"}
    assert client.post(PATH, {**data, **its_form}).status_code == 303
    return client.page(PATH)


def test_it_works(its: Connection, operator: Staff) -> None:
    page = operator.page(PATH)
    assert "2 messages wait" in page
    assert "Aw-Mat" in page
    assert "C-77" in page
    page = give(operator, its)
    assert "2 messages that waited were applied" in page
    assert "Every word has a meaning" in page
    its.refresh_from_db()
    assert its.statuses["Aw-Mat"] == "comment"
    assert its.code_books.filter(note__contains="Aw-Mat").exists()
    assert not QueueEntry.objects.unsettled().exists()


def test_a_meaning_must_be_chosen(its: Connection, operator: Staff) -> None:
    assert "Choose what “Aw-Mat” means first" in give(operator, its, meaning="")
    assert "leads to" in give(operator, its, meaning="fixed")


def test_a_colleague_has_given_it(its: Connection, operator: Staff) -> None:
    give(operator, its, meaning="on_hold")
    assert "has a meaning already" in give(operator, its)
    its.refresh_from_db()
    assert its.statuses["Aw-Mat"] == "on_hold"


def test_one_connection_only(its: Connection, operator: Staff) -> None:
    other = connection(to=its.body)
    assert "Aw-Mat" in operator.page(f"{PATH}?connection={its.public_id}")
    assert "Aw-Mat" not in operator.page(f"{PATH}?connection={other.public_id}")
    operator.page(f"{PATH}?connection=nope", status=404)


def test_a_dispatcher_sees_and_does_not_give(its: Connection, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert "An operator says what it means." in page
    assert "Give it" not in page
