"""One connection: charts, settings without secrets, messages, categories, and the operator's buttons."""

from datetime import timedelta

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed, RemoteCategory
from mysmartcity.connectors.models import Connection, ExchangeFigure
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import FakeCity, FakeConnector, connection, handed_over, item
from tests.desk.conftest import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def its(city: FakeCity) -> Connection:
    handover = handed_over()
    made = connection(
        to=handover.body,
        settings={
            "endpoint": "https://us:hunter2@city.example/v2",
            "api_key": "hunter2",
            "fast": True,
        },
        secrets={"key": "hunter2"},
    )
    Delivery.objects.update(lane=made.pk)
    return made


def path_of(its: Connection, name: str = "connection") -> str:
    return reverse(f"desk:{name}", args=[its.public_id])


def test_it_works(its: Connection, dispatcher: Staff) -> None:
    now = clock.now()
    for minutes, ok in ((10, 20), (3 * 24 * 60, 7)):
        ExchangeFigure.objects.create(
            connection=its, is_out=True, ok_count=ok, error_count=1, buckets=[0, ok, 1],
            begins_at=now - timedelta(minutes=minutes),
        )  # fmt: skip
    page = dispatcher.page(path_of(its))
    assert "20 went well, 1 failed" in page
    assert "The same as a table" in page
    week = dispatcher.page(path_of(its) + "?period=week")
    assert "27 went well, 2 failed" in week
    assert "It takes further photos" in page
    assert "be asked for news" in page
    assert "It tells us news by itself" not in page
    assert "Pause it" not in page, "a dispatcher has no buttons"


def test_no_secret_is_on_the_page(its: Connection, operator: Staff) -> None:
    for name in ("connection", "connection-messages", "connection-codes", "connection-use"):
        assert "hunter2" not in operator.page(path_of(its, name)), name
    page = operator.page(path_of(its))
    assert "https://city.example/v2" in page
    assert "given, never shown" in page
    assert "not shown" in page


def test_without_figures_the_charts_say_so(its: Connection, operator: Staff) -> None:
    page = operator.page(path_of(its))
    assert page.count("Nothing in this time.") == 3
    assert "chart-bars" not in page


def test_messages_and_their_outcomes(its: Connection, dispatcher: Staff) -> None:
    item(its, "BUSY", after=1, words="On our way", outcome="moved to in_progress")
    Delivery.objects.update(error="<b>503</b>")
    page = dispatcher.page(path_of(its, "connection-messages"))
    assert "First message" in page
    assert "On our way" in page
    assert "&lt;b&gt;503" in page


def test_messages_of_a_quiet_connection(city: FakeCity, dispatcher: Staff) -> None:
    page = dispatcher.page(path_of(connection(to=build.body()), "connection-messages"))
    assert "Nothing waits" in page
    assert "Nothing has come in" in page


def test_pause_and_resume(its: Connection, operator: Staff) -> None:
    act = path_of(its, "connection-act")
    operator.post(act, {"act": "pause", "reason": " "})
    its.refresh_from_db()
    assert its.is_active, "a reason is asked for"
    assert "Write why it is paused" in operator.page(path_of(its))
    operator.post(act, {"act": "pause", "reason": "They move house"})
    its.refresh_from_db()
    assert (its.is_active, its.pause_reason) == (False, "They move house")
    assert "They move house" in operator.page(path_of(its))
    reply = operator.post(act, {"act": "resume"})
    assert (reply.status_code, reply["Location"]) == (303, path_of(its))
    its.refresh_from_db()
    assert its.is_active
    assert "1 message goes now" in operator.page(path_of(its))


def test_shadow_and_live(its: Connection, operator: Staff) -> None:
    for act in ("shadow", "live"):
        operator.post(path_of(its, "connection-act"), {"act": act})
        its.refresh_from_db()
        assert its.mode == act


def test_asking_now_is_one_job(its: Connection, operator: Staff) -> None:
    def jobs(task: str) -> int:
        return ProcrastinateJob.objects.filter(task_name=f"connectors.{task}").count()

    for _time in range(2):
        operator.post(path_of(its, "connection-act"), {"act": "check"})
        operator.post(path_of(its, "connection-act"), {"act": "compare"})
    assert (jobs("poll"), jobs("reconcile")) == (1, 1)
    Connection.objects.update(is_active=False)
    operator.post(path_of(its, "connection-act"), {"act": "check"})
    assert "nothing is asked until it is resumed" in operator.page(path_of(its))


def test_an_unknown_button_is_not_found(its: Connection, operator: Staff) -> None:
    assert operator.post(path_of(its, "connection-act"), {"act": "explode"}).status_code == 404
    assert operator.get(path_of(its, "connection-act")).status_code == 405


class Listing(FakeConnector):
    """Can list its categories."""

    answer: list[RemoteCategory] | DeliveryFailed

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(lists_categories=True)

    def list_categories(self) -> list[RemoteCategory]:
        if isinstance(self.answer, DeliveryFailed):
            raise self.answer
        return self.answer


def test_their_categories_are_asked_for_by_a_button(
    its: Connection, dispatcher: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(its, "connection-categories")
    assert "can't list its categories" in dispatcher.page(path)
    monkeypatch.setitem(registry.SYSTEMS, "fake", Listing)
    Connection.objects.update(category_codes={"pothole": "RD1"})
    questions = (("size", "How big?", True),)
    Listing.answer = [
        RemoteCategory("RD1", "Road hole", "Roads", questions),
        RemoteCategory("W", "W"),
    ]
    assert "Road hole" not in dispatcher.page(path), "nobody pressed the button"
    page = dispatcher.page(f"{path}?ask=1")
    assert "How big?" in page
    assert ">pothole<" in page
    Listing.answer = DeliveryFailed(ErrorClass.TRANSIENT, "The system is <away>.")
    assert "The system is &lt;away&gt;." in dispatcher.page(f"{path}?ask=1")
    Listing.answer = []
    assert "its list is empty" in dispatcher.page(f"{path}?ask=1")


def test_a_system_that_is_not_registered_any_more(operator: Staff) -> None:
    its = connection(to=build.body(), system="gone")
    assert "No system has this name." in operator.page(path_of(its))
    operator.page(path_of(its, "connection-categories") + "?ask=1")
