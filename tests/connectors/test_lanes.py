"""Which connection carries a message: preferences, fallbacks, and what may still change lanes."""

from datetime import timedelta
from typing import Any

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.actions import deliver, switch_away
from mysmartcity.connectors.actions.lanes import usable, ways_to
from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.dispatch.actions import queue_delivery
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import ALL, FakeCity, FakeConnector, connection, create_of, handed_over

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> FakeCity:
    """A second system behind the name `spare`."""
    spare = FakeCity(capabilities=ALL)
    monkeypatch.setitem(registry.SYSTEMS, "spare", type("Spare", (FakeConnector,), {"city": spare}))
    return spare


def prefer(*chosen: tuple[Connection, int], **its: Any) -> None:
    for which, position in chosen:
        Preference.objects.create(
            body=which.body, connection=which, position=position, **{"after_hours": 4, **its}
        )


def away(which: Connection, hours: float) -> None:
    Connection.objects.filter(pk=which.pk).update(failing_since=clock.now() - hours * HOURS)


def send(handover: Handover) -> None:
    Delivery.objects.filter(handover=handover).update(next_try_at=clock.now())
    for delivery in handover.deliveries.order_by("pk"):
        deliver(delivery_id=delivery.pk)


def test_without_preferences_the_oldest_connection_carries_all(
    city: FakeCity, mail: FakeCity
) -> None:
    handover = handed_over()
    first = connection()
    connection(system="spare")
    send(handover)
    assert (city.sends, mail.sends) == (1, 0)
    handover.refresh_from_db()
    assert handover.lane == create_of(handover).lane == first.pk


def test_a_category_may_go_its_own_way(city: FakeCity, mail: FakeCity) -> None:
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0))
    prefer((post, 0), category_code=handover.issue.category.code)
    send(handover)
    assert (city.sends, mail.sends) == (0, 1)
    other = [group for _patience, group in ways_to(handover.body, "other")]
    assert other == [[api]]


def test_a_shadow_connection_carries_nothing(city: FakeCity, mail: FakeCity) -> None:
    handover = handed_over()
    shadow, live = connection(mode="shadow"), connection(system="spare")
    prefer((shadow, 0), (live, 1))
    send(handover)
    assert (city.sends, mail.sends) == (0, 1)


@pytest.mark.parametrize(("hours", "switches"), [(3.9, False), (4.1, True)])
def test_the_fallback_takes_over_after_its_hours(
    city: FakeCity, mail: FakeCity, *, hours: float, switches: bool
) -> None:
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0), (post, 1))
    assert create_of(handover).lane is None
    away(api, hours)
    found = usable(ways_to(handover.body, handover.issue.category.code))
    assert found == [post if switches else api]


def test_what_waits_switches_with_what_follows_it_and_the_resident_is_told(
    city: FakeCity, mail: FakeCity
) -> None:
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0), (post, 1))
    Delivery.objects.update(lane=api.pk, attempt_count=7)
    Handover.objects.update(lane=api.pk)
    later = queue_delivery(
        handover=handover, kind=DeliveryKind.COMMENT, content={"words": "Wide"}, key="k"
    )
    Delivery.objects.filter(pk=later.pk).update(lane=api.pk)
    away(api, 5)
    assert switch_away() == 1
    assert switch_away() == 0, "once"
    assert {one.lane for one in Delivery.objects.all()} == {post.pk}
    send(handover)
    send(handover)
    assert (city.sends, mail.sends) == (0, 2)
    words = (
        Issue.objects.get().timeline.exclude(public_words="").values_list("public_words", flat=True)
    )
    assert any("does not answer" in one for one in words)
    Connection.objects.update(failing_since=None)
    assert switch_away() == 0, "what has gone out stays where it went"


@pytest.mark.parametrize(
    "state", [DeliveryState.UNCERTAIN, DeliveryState.SENDING, DeliveryState.DONE]
)
def test_what_may_have_arrived_never_changes_lanes(
    city: FakeCity, mail: FakeCity, state: DeliveryState
) -> None:
    handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0), (post, 1))
    Delivery.objects.update(lane=api.pk, state=state, leased_until=clock.now())
    away(api, 5)
    assert switch_away() == 0
    assert Delivery.objects.get().lane == api.pk


def test_mail_and_a_call(city: FakeCity, mail: FakeCity) -> None:
    """Rows of one position are used together: each connection has a message of its own."""
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    call = connection(system="spare", name="call")
    prefer((api, 0), (post, 1), (call, 1))
    away(api, 5)
    Delivery.objects.update(lane=api.pk)
    switch_away()
    send(handover)
    send(handover)
    assert mail.sends == 2
    assert sorted(handover.deliveries.values_list("lane", flat=True)) == [post.pk, call.pk]
    switch_away()
    assert handover.deliveries.count() == 2


def test_a_paused_connection_is_away_since_it_was_paused(city: FakeCity, mail: FakeCity) -> None:
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0), (post, 1))
    Connection.objects.filter(pk=api.pk).update(is_active=False, paused_at=clock.now() - 5 * HOURS)
    send(handover)
    assert (city.sends, mail.sends) == (0, 1)


def test_where_all_are_away_it_waits_for_the_preferred(city: FakeCity, mail: FakeCity) -> None:
    handover = handed_over()
    api, post = connection(), connection(system="spare")
    prefer((api, 0), (post, 1))
    away(api, 9)
    away(post, 1)
    assert usable(ways_to(handover.body, "")) == [api]


def test_nobody_is_reached_through_a_stranger(city: FakeCity) -> None:
    handover = handed_over()
    connection(to=build.body(slug="other", name="Other"))
    assert ways_to(handover.body, "") == []
