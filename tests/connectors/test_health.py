"""The health of connections: one word each, its reasons, and a fixed number of questions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from mysmartcity.connectors.figures import note_call
from mysmartcity.connectors.health import (
    HealthState,
    cannot,
    health_of,
    lines_of,
    public_line,
)
from mysmartcity.connectors.models import Connection, Reconciliation
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.actions import queue_delivery, queue_issue
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, QueueReason
from mysmartcity.lib import clock
from mysmartcity.lib.sealing import CannotOpen
from tests import build
from tests.connectors.build import FakeCity, connection, handed_over, item

pytestmark = pytest.mark.django_db


def state(where: Connection) -> HealthState:
    where.refresh_from_db()
    return health_of([where])[0].state


@pytest.fixture
def well(city: FakeCity) -> Connection:
    handed_over()
    return connection(last_out_at=clock.now(), last_in_at=clock.now())


def test_it_works(city: FakeCity, well: Connection) -> None:
    """Everything that an operator sees of one connection."""
    Delivery.objects.all().delete()
    now = clock.now()
    states = ("waiting", "waiting", "sending", "uncertain", "dead", "by_hand", "by_hand", "done")
    for number, one in enumerate(states):
        Delivery.objects.create(
            handover=Handover.objects.get(),
            key=f"k{number}",
            kind="comment",
            state=one,
            lane=well.pk,
            made_at=now - timedelta(minutes=number),
            leased_until=now,
        )
    item(well, "odd", after=1, outcome="needs mapping")
    parked = Delivery.objects.get(key="k0")
    queue_issue(
        issue=parked.handover.issue, reason=QueueReason.NEEDS_MAPPING, words="-", delivery=parked
    )
    for number in range(20):
        note_call(connection_id=well.pk, is_out=True, is_ok=number > 0, milliseconds=40)
    note_call(connection_id=well.pk, is_out=False, is_ok=True, milliseconds=900)
    run = Reconciliation.objects.create(
        connection=well, ended_at=now, checked_count=200, drift_count=3
    )
    Reconciliation.objects.create(connection=well, began_at=now + timedelta(seconds=1))
    (health,) = health_of([well])
    assert (health.waiting_count, health.uncertain_count) == (3, 1)
    assert (health.dead_count, health.by_hand_count, health.unmapped_count) == (1, 2, 2)
    assert health.oldest_waiting_at == now - timedelta(minutes=3)
    assert health.error_share == pytest.approx(1 / 21)
    assert health.p95_out_ms is not None
    assert 25 < health.p95_out_ms <= 50
    assert 500 < (health.p95_in_ms or 0) <= 1000
    assert (health.drift_count, health.checked_count) == (3, 200)
    assert health.reconciled_at == run.ended_at
    assert (health.state, health.warnings) == (HealthState.OK, [])


def test_few_questions_for_many(city: FakeCity, django_assert_max_num_queries: Any) -> None:
    handed_over()
    for number in range(12):
        connection(to=build.body(), mode=Mode.SHADOW if number % 3 else Mode.LIVE)
    connections = list(Connection.objects.order_by("-pk"))
    with django_assert_max_num_queries(8):
        found = health_of(connections)
    assert [one.connection for one in found] == connections
    assert health_of([]) == []


@pytest.mark.parametrize(
    ("its", "expected"),
    [
        ({}, "ok"),
        ({"last_out_at": None, "last_in_at": None}, "new"),
        ({"mode": Mode.SHADOW}, "shadow"),
        ({"is_active": False, "mode": Mode.SHADOW}, "paused"),
        ({"failing_since": timedelta(minutes=3)}, "failing"),
        ({"failing_since": timedelta(seconds=5), "failure_count": 1}, "ok"),
        ({"failing_since": timedelta(seconds=5), "failure_count": 3}, "failing"),
        ({"failing_since": timedelta(hours=1), "is_active": False}, "paused"),
    ],
)
def test_states(well: Connection, its: dict[str, Any], expected: str) -> None:
    values = {
        name: clock.now() - value if isinstance(value, timedelta) else value
        for name, value in its.items()
    }
    Connection.objects.update(**values)
    assert state(well) == expected


def test_slow_is_a_long_queue_slow_calls_or_many_errors(well: Connection) -> None:
    assert state(well) == HealthState.OK
    Delivery.objects.update(lane=well.pk, made_at=clock.now() - timedelta(minutes=20))
    assert state(well) == HealthState.SLOW
    Delivery.objects.update(state="done")
    assert state(well) == HealthState.OK
    for number in range(10):
        note_call(connection_id=well.pk, is_out=True, is_ok=number > 0, milliseconds=5)
    assert state(well) == HealthState.SLOW
    for _ in range(20):
        note_call(connection_id=well.pk, is_out=True, is_ok=True, milliseconds=5)
    assert state(well) == HealthState.OK
    for _ in range(20):
        note_call(connection_id=well.pk, is_out=False, is_ok=True, milliseconds=12_000)
    assert state(well) == HealthState.SLOW


@pytest.mark.parametrize(
    ("days", "count", "words"), [(15, 0, ""), (13, 2, "ends on"), (-1, 2, "ran out on")]
)
def test_warnings_before_anything_runs_out(
    well: Connection, days: int, count: int, words: str
) -> None:
    until = clock.now() + timedelta(days=days)
    well.certificate_until = well.secrets_until = until
    (health,) = health_of([well])
    assert len(health.warnings) == count
    assert all(words in one for one in health.warnings)


# --- For residents --------------------------------------------------------------------------------


@pytest.fixture
def waiting(well: Connection) -> Handover:
    """A report whose first message waits for this connection."""
    Delivery.objects.update(lane=well.pk)
    Handover.objects.update(lane=well.pk)
    return Handover.objects.select_related("issue").get()


def fails_for(**length: int) -> None:
    Connection.objects.update(failing_since=clock.now() - timedelta(**length))


def test_residents_are_told_of_an_outage(waiting: Handover, django_assert_num_queries: Any) -> None:
    issue = waiting.issue
    with django_assert_num_queries(1):
        assert public_line(issue) == ""
    fails_for(minutes=14)
    assert public_line(issue) == ""
    fails_for(minutes=16)
    since = Connection.objects.get().failing_since.astimezone(clock.CITY_ZONE)
    with django_assert_num_queries(1):
        line = public_line(issue)
    assert line.startswith("City of Cape Town's system has not answered since ")
    assert f"{since:%H:%M}" in line
    assert line.endswith("; your report waits and will be sent.")
    Delivery.objects.update(state="done")
    assert public_line(issue) == "", "what is sent does not wait"


def test_an_outage_of_days_names_the_day(waiting: Handover) -> None:
    fails_for(days=2)
    since = Connection.objects.get().failing_since.astimezone(clock.CITY_ZONE)
    assert f"{since:%d %b %H:%M}" in public_line(waiting.issue)


def test_a_paused_system_and_later_words_have_lines_of_their_own(waiting: Handover) -> None:
    Connection.objects.update(is_active=False)
    line = "We send nothing to City of Cape Town's system for now; "
    assert public_line(waiting.issue) == f"{line}your report waits and will be sent."
    Delivery.objects.update(state="done")
    later = queue_delivery(handover=waiting, kind=DeliveryKind.NOT_FIXED, content={}, key="later")
    Delivery.objects.filter(pk=later.pk).update(lane=waiting.lane)
    assert public_line(waiting.issue) == f"{line}what was added waits."
    Connection.objects.update(is_active=True)
    fails_for(hours=1)
    assert "what was added waits." in public_line(waiting.issue)


def test_another_issues_outage_is_not_this_ones(waiting: Handover) -> None:
    other = handed_over()
    fails_for(hours=1)
    Delivery.objects.filter(handover=other).update(lane=None)
    assert public_line(other.issue) == ""


def test_what_a_system_cannot_do_is_said(waiting: Handover) -> None:
    """By the settings of real systems; the fake city can everything but be told of an end."""
    assert lines_of(waiting.issue).cannot == (
        "It can't be told that a report is taken back: our staff tell them.",
    )
    bare = connection(system="open311", settings={"endpoint": "https://x.example"})
    assert len(cannot(bare)) == 3
    assert "takes no photos after a report has gone out" in cannot(bare)[0]
    bare.settings["has_updates"] = True
    assert cannot(bare) == []
    assert cannot(connection(system="mail")) == []
    assert cannot(connection(system="nothing")) == []


def test_the_public_page_opens_no_secret(waiting: Handover) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE connectors_connection SET secrets = 'sealed with a lost key'")
    with pytest.raises(CannotOpen):
        Connection.objects.get()
    fails_for(hours=1)
    assert "has not answered since" in lines_of(waiting.issue).outage
