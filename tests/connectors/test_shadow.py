"""Shadow mode: it reads and judges, and neither writes nor moves anything."""

from datetime import timedelta

import pytest

from mysmartcity.connectors.actions import deliver, give_codes, poll, set_mode, use_codes
from mysmartcity.connectors.contract import Update
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.preview import unmapped
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib import clock
from mysmartcity.people.models import Role
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(city: FakeCity) -> tuple[Handover, Connection]:
    """A body with a live connection, and beside it one on trial."""
    handover = handed_over()
    connection()
    deliver(delivery_id=create_of(handover).pk)
    handover.refresh_from_db()
    return handover, connection(mode=Mode.SHADOW)


def tell(city: FakeCity, handover: Handover, *words: str) -> None:
    city.updates = [
        Update(
            f"s{n}-{word}", handover.body_reference, word, "", clock.now() + timedelta(seconds=n)
        )
        for n, word in enumerate(words)
    ]


def test_it_works(city: FakeCity, trial: tuple[Handover, Connection]) -> None:
    handover, shadow = trial
    tell(city, handover, "busy", "open", "odd", "note")
    timeline = handover.issue.timeline.count()
    assert poll(connection_id=shadow.pk) == 4
    outcomes = dict(shadow.inbox.values_list("remote_status", "outcome"))
    assert outcomes == {
        "busy": "shadow: would move to in_progress",
        "open": "shadow: nothing new",
        "odd": "shadow: waits for a mapping",
        "note": "shadow: words",
    }
    assert status_of(handover) == "acknowledged"
    assert handover.issue.timeline.count() == timeline
    assert poll(connection_id=shadow.pk) == 0


def test_no_message_goes_out_through_it(city: FakeCity) -> None:
    handover = handed_over()
    connection(mode=Mode.SHADOW)
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 0


def test_tokens_are_left_to_the_live_one(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    shadow = connection(mode=Mode.SHADOW)
    city.gives_token = True
    deliver(delivery_id=create_of(handover).pk)
    handover.refresh_from_db()
    city.tokens = {handover.body_token: "4711"}
    poll(connection_id=shadow.pk)
    handover.refresh_from_db()
    assert handover.body_reference == ""


def test_new_codes_judge_again_what_waited(
    city: FakeCity, trial: tuple[Handover, Connection]
) -> None:
    handover, shadow = trial
    tell(city, handover, "odd")
    poll(connection_id=shadow.pk)
    assert [one.word for one in unmapped(shadow)] == ["odd"]
    assert use_codes(connection=shadow) == 1
    assert status_of(handover) == "acknowledged", "the admin's replay applies nothing either"
    statuses = {"odd": "reported_fixed"}
    give_codes(connection=shadow, category_codes={}, statuses=statuses, note="", by=None)
    judged = shadow.inbox.get()
    assert (judged.outcome, judged.codes_version) == ("shadow: would move to reported_fixed", 1)
    assert unmapped(shadow) == []
    assert status_of(handover) == "acknowledged"


def test_going_live_begins_now(city: FakeCity, trial: tuple[Handover, Connection]) -> None:
    handover, shadow = trial
    tell(city, handover, "busy")
    poll(connection_id=shadow.pk)
    operator = build.person(role=Role.OPERATOR)
    moment = clock.now()
    with clock.frozen(moment):
        set_mode(connection=shadow, mode=Mode.LIVE, by=operator)
        with pytest.raises(NotAllowed):
            set_mode(connection=shadow, mode=Mode.LIVE, by=operator)
    assert (shadow.mode, shadow.cursor_at) == (Mode.LIVE, moment)
    Connection.objects.exclude(pk=shadow.pk).delete()
    poll(connection_id=shadow.pk)
    assert city.asked_since[-1] == moment - timedelta(minutes=10)
    assert status_of(handover) == "acknowledged", "what was shadowed is not applied"
    tell(city, handover, "busy", "done")
    poll(connection_id=shadow.pk)
    assert status_of(handover) == "reported_fixed", "what is new is"


def test_back_to_shadow_stops_applying(city: FakeCity, trial: tuple[Handover, Connection]) -> None:
    handover, _shadow = trial
    live = Connection.objects.get(mode=Mode.LIVE)
    set_mode(connection=live, mode=Mode.SHADOW, by=build.person(role=Role.OPERATOR))
    tell(city, handover, "busy")
    poll(connection_id=live.pk)
    assert status_of(handover) == "acknowledged"
