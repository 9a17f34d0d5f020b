"""The whole exchange over the database and real sockets: an issue goes to the simulated city and back."""

from typing import Any

import pytest

from mysmartcity.connectors.actions import deliver, poll
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, QueueReason
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests.connectors.build import connection, create_of, handed_over
from tests.connectors.systems.capetown.build import OURS, PRIVATE, PUBLIC, accepted
from tests.demo.processes import Running, wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("capetown_exchange")]
STATUSES = {"open": "acknowledged", "assigned": "scheduled", "in progress": "in_progress",
            "closed": "reported_fixed"}  # fmt: skip


def connected(city: Running, settings: Any, **its: Any) -> Connection:
    settings.OUTBOUND_ALLOWED_HOSTS = [city.place]
    return connection(
        system="capetown",
        settings={
            "endpoint": f"{city.url}/coct/api",
            "telephone": OURS,
            "ask_again_seconds": 0,
            **its,
        },
        secrets={"private_key": PRIVATE, "public_key": PUBLIC},
        category_codes={"pothole": "1030/1001"},
        statuses=STATUSES,
    )


def handover_with_address() -> Handover:
    return handed_over(address="12 Main Road, Woodstock")


def test_from_report_to_reported_fixed(city: Running, settings: Any) -> None:
    """The city's steps arrive once each; the public reads what was done, staff also by whom."""
    handover = handover_with_address()
    its = connected(city, settings)
    deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == DeliveryState.DONE
    handover.refresh_from_db()
    assert handover.body_reference.startswith("9")

    def is_fixed() -> bool:
        Handover.objects.update(asked_at=None)  # its turn has come again
        poll(connection_id=its.pk)
        return Issue.objects.get(pk=handover.issue_id).status == "reported_fixed"

    wait_for(is_fixed)
    poll(connection_id=its.pk)
    timeline = list(handover.issue.timeline.order_by("pk"))
    public = [one.public_words for one in timeline if one.public_words]
    assert len(public) == len(set(public))
    assert not [
        words for words in public if "(" in words or "Dohne" in words or "Petersen" in words
    ]
    assert any("(" in one.inside_words for one in timeline), "the raw entry is kept for staff"
    assert not QueueEntry.objects.unsettled().exists()


def test_nobody_knows_so_a_person_is_asked(city: Running, settings: Any) -> None:
    """Accepted and never answered: it is not sent again by itself, however often we look."""
    handover = handover_with_address()
    its = connected(city, settings, settle_seconds=0)
    poll(connection_id=its.pk)
    city.control(drop_after_accept=1)
    for _ in range(3):
        handover.deliveries.update(next_try_at=clock.now())
        deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == DeliveryState.UNCERTAIN
    assert accepted(city, handover.issue.reference) == 1
    entry = QueueEntry.objects.unsettled().get()
    assert entry.reason == QueueReason.UNCERTAIN
    assert handover.issue.reference in entry.words


def test_a_weekend_costs_nothing_but_time(city: Running, settings: Any) -> None:
    handover = handover_with_address()
    connected(city, settings)
    city.control(weekend=60)
    for _ in range(2):
        handover.deliveries.update(next_try_at=clock.now())
        deliver(delivery_id=create_of(handover).pk)
    waiting = create_of(handover)
    assert (waiting.state, waiting.error_class) == (DeliveryState.WAITING, "transient")
    city.control(weekend=0)
    handover.deliveries.update(next_try_at=clock.now())
    deliver(delivery_id=waiting.pk)
    assert create_of(handover).state == DeliveryState.DONE
    assert accepted(city, handover.issue.reference) == 1
