"""Killed while a push is taken or a comparison runs: nothing is lost, nothing is applied twice."""

import signal
from datetime import timedelta

import pytest

from mysmartcity.connectors.actions import poll, take_push
from mysmartcity.connectors.actions.push import TakenBefore
from mysmartcity.connectors.models import Connection, Drift, InboxItem, PushReceipt, Reconciliation
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests.connectors.build import connection, handed_over, status_of
from tests.connectors.processes import Manage
from tests.connectors.pushes import SECRET, body_of, headers_for, told
from tests.connectors.test_crash_points import COMPARED, PUSHED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def handover() -> Handover:
    its = handed_over()
    where = connection(
        system="open311",
        statuses={},
        settings={"endpoint": "https://city.invalid", "has_push": True},
        secrets={"push": SECRET},
    )
    Issue.objects.filter(pk=its.issue_id).update(status="acknowledged")
    Handover.objects.filter(pk=its.pk).update(body_reference="C-1", lane=where.pk)
    its.refresh_from_db()
    return its


@pytest.mark.parametrize("point", PUSHED)
def test_a_push(handover: Handover, manage: Manage, point: str) -> None:
    where = Connection.objects.get()
    body = body_of(told("C-1", "in_progress"))
    headers = headers_for(body)
    code = (
        "from mysmartcity.connectors.actions import take_push;"
        f"take_push(public_id={where.public_id!r}, headers={headers!r}, body={body!r})"
    )
    ended = manage("shell", "--no-imports", "-c", code, place="", crash_at=point)
    assert ended == -signal.SIGKILL
    assert status_of(handover) == "acknowledged"
    if point == "before-push-inbox":
        assert not PushReceipt.objects.exists(), "the sender may send it again"
        take_push(public_id=where.public_id, headers=headers, body=body)
    else:
        with pytest.raises(TakenBefore):
            take_push(public_id=where.public_id, headers=headers, body=body)
        Connection.objects.update(rest_until=clock.now() + timedelta(hours=1))
        poll(connection_id=where.pk)
    assert status_of(handover) == "in_progress"
    assert InboxItem.objects.count() == 1
    assert handover.issue.timeline.filter(after="in_progress").count() == 1


CITY = """
from collections.abc import Iterator, Sequence
from mysmartcity.connectors import registry
from mysmartcity.connectors.actions import reconcile
from mysmartcity.connectors.contract import Capabilities, RemoteState
from tests.connectors.build import FakeConnector
class Asked(FakeConnector):
    capabilities = Capabilities(states=True)
    def fetch_states(self, references):
        return [RemoteState(one, True, "busy") for one in references]
registry.SYSTEMS["fake"] = Asked
reconcile(connection_id={pk})
"""


@pytest.mark.parametrize("point", COMPARED)
def test_a_comparison(handover: Handover, manage: Manage, point: str) -> None:
    Connection.objects.update(system="fake", statuses={"busy": "in_progress"})
    code = CITY.format(pk=Connection.objects.get().pk)
    ended = manage("shell", "--no-imports", "-c", code, crash_at=point)
    assert ended == -signal.SIGKILL
    assert status_of(handover) == "in_progress", "what was found before is healed already"
    assert manage("shell", "--no-imports", "-c", code) == 0
    first, second = Reconciliation.objects.order_by("pk")
    assert first.error == "It was broken off."
    assert (second.error, second.drift_count) == ("", 0)
    assert Drift.objects.count() == 1
    assert InboxItem.objects.count() == 1
