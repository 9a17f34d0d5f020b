"""What the page of an issue says of the exchange: an outage, a pause, and what the system cannot."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from zeal import zeal_context

from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests.connectors.build import connection, handed_over

pytestmark = pytest.mark.django_db

OUTAGE = "has not answered since"


@pytest.fixture
def issue(city: object) -> Issue:
    """A report whose first message waits for a bare Open311 system."""
    handover = handed_over()
    where = connection(
        to=handover.body, system="open311", settings={"endpoint": "https://x.invalid"}
    )
    Handover.objects.update(lane=where.pk)
    Delivery.objects.update(lane=where.pk)
    return Issue.objects.get()


def page(issue: Issue, **headers: str) -> str:
    reply = Client().get(f"/i/{issue.reference}", headers=headers)
    assert reply.status_code == 200
    return str(reply.content.decode())


def test_it_works(issue: Issue) -> None:
    body = Handover.objects.get().body.name
    assert OUTAGE not in page(issue)
    Connection.objects.update(failing_since=clock.now() - timedelta(minutes=20))
    for shown in (page(issue), page(issue, **{"HX-Request": "true"})):
        assert 'class="banner banner-warning"' in shown
        assert f"{body}&#39;s system {OUTAGE}" in shown
        assert "your report waits and will be sent." in shown
    Delivery.objects.update(state="done")
    assert OUTAGE not in page(issue)


def test_a_paused_system(issue: Issue) -> None:
    Connection.objects.update(is_active=False, pause_reason="The key leaked to X")
    shown = page(issue)
    assert "for now; your report waits and will be sent." in shown
    assert "leaked" not in shown, "the reason is for staff"


def test_nothing_is_promised_that_the_system_can_not_do(issue: Issue) -> None:
    shown = page(issue)
    assert "takes no photos after a report has gone out" in shown
    assert "can&#39;t be told that a report is taken back" in shown
    Connection.objects.update(settings={"endpoint": "https://x.invalid", "has_updates": True})
    assert "takes no photos" not in page(issue)


def test_what_is_over_needs_no_such_lines(issue: Issue) -> None:
    Connection.objects.update(failing_since=clock.now() - timedelta(hours=1))
    Issue.objects.update(status="fixed", fixed_by="resident")
    shown = page(issue)
    assert OUTAGE not in shown
    assert "takes no photos" not in shown


def test_it_costs_one_question(issue: Issue, django_assert_max_num_queries: Any) -> None:
    browser = Client()
    browser.get(f"/t/{'x' * 20}")
    with django_assert_max_num_queries(12), zeal_context():
        browser.get(f"/i/{issue.reference}")
