"""The whole way through a real Procrastinate worker: reported, routed, sent, answered."""

from collections.abc import Iterator

import pytest

from mysmartcity.connectors import tasks
from mysmartcity.dispatch.models import Handover
from tests import build
from tests.connectors.build import connection, status_of
from tests.connectors.processes import Manage
from tests.demo.processes import Running, running, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("open311_city", "--port", "0", "--data", str(file), "--pace", "0.5") as city:
        yield city


def test_it_works(process: Running, manage: Manage) -> None:
    where = build.jurisdiction()
    build.category(of=where)
    build.responsibility(of=where, by=where.body)
    its = connection(
        system="open311",
        secrets={"key": "demo-city-key"},
        statuses={},
        category_codes={"pothole": "POTHOLE"},
        settings={"endpoint": f"{process.url}/open311/v2", "has_updates": True},
    )
    issue = build.issue()

    def work() -> None:
        worker = ("procrastinate", "worker", "--one-shot", "--concurrency", "2")
        assert manage(*worker, place=process.place) == 0

    work()
    handover = Handover.objects.get(issue=issue)
    assert process.json("/_control/references") == {issue.reference: 1}
    assert status_of(handover) == "acknowledged"
    path = f"/open311/v2/requests/{handover.body_reference}.json"
    wait_for(lambda: process.json(path)[0]["status"].lower() == "closed")
    tasks.poll.defer(connection_id=its.pk)
    work()
    assert status_of(handover) == "reported_fixed"
