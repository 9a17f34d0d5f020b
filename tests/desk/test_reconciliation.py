"""Comparisons and differences: those that wait, healed ones, one connection, nothing yet."""

import pytest

from mysmartcity.connectors.models import Connection, Drift, Reconciliation
from mysmartcity.connectors.status import DriftKind
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import FakeCity, connection, handed_over
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db
PATH = "/desk/reconciliation"


@pytest.fixture
def its(city: FakeCity) -> Connection:
    """A run with one difference that waits and one that healed."""
    del city
    waiting, healed = handed_over(), handed_over()
    made = connection(to=waiting.body)
    run = Reconciliation.objects.create(
        connection=made, is_full=True, checked_count=212, drift_count=2, ended_at=clock.now()
    )
    Drift.objects.create(
        reconciliation=run, handover=waiting, kind=DriftKind.STATUS, ours="Sent", theirs="<Closed>"
    )
    Drift.objects.create(
        reconciliation=run, handover=healed, kind=DriftKind.MISSING, healed_at=clock.now(),
        outcome="their news was applied",
    )  # fmt: skip
    return made


def test_it_works(its: Connection, dispatcher: Staff) -> None:
    page = dispatcher.page(PATH)
    assert "everything open" in page
    assert ">212<" in page
    assert "&lt;Closed&gt;" in page
    assert "their news was applied" not in page
    assert "their news was applied" in dispatcher.page(f"{PATH}?show=all")


def test_of_one_connection(its: Connection, dispatcher: Staff) -> None:
    other = connection(to=build.body(name="Another"))
    page = dispatcher.page(f"{PATH}?connection={other.public_id}")
    assert "Closed" not in page
    assert "Nothing has been compared yet" in page
    assert "Closed" in dispatcher.page(f"{PATH}?connection={its.public_id}")


def test_a_run_that_failed_says_why(its: Connection, dispatcher: Staff) -> None:
    Reconciliation.objects.update(error="503: <away>", ended_at=None)
    assert "503: &lt;away&gt;" in dispatcher.page(PATH)


def test_nothing_yet(dispatcher: Staff) -> None:
    assert "Nothing has been compared yet" in dispatcher.page(PATH)
