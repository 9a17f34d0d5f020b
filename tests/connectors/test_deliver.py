"""The outbox: what happens to a message for each way in which a try can end."""

from datetime import timedelta
from typing import Any

import pytest

from mysmartcity.connectors.actions import deliver, due_delivery_ids, resume_connection
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed
from mysmartcity.dispatch.actions import queue_delivery, replay_delivery
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState, ErrorClass, HandoverState
from mysmartcity.issues.actions import ContactDetails, withdraw_issue
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import Standing
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import FakeCity, connection, create_of, handed_over, status_of

pytestmark = pytest.mark.django_db


def fail(error_class: ErrorClass, **its: Any) -> DeliveryFailed:
    return DeliveryFailed(error_class, f"It was {error_class}.", **its)


def later(delivery: Delivery) -> None:
    """The time of the next try has come."""
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=clock.now() - timedelta(seconds=1))


def reasons(handover: Handover) -> list[str]:
    unsettled = QueueEntry.objects.unsettled().filter(issue=handover.issue_id)
    return sorted(unsettled.values_list("reason", flat=True))


def test_it_works(city: FakeCity) -> None:
    """Sent once, the reference learnt, the ladder climbed, the words public."""
    handover = handed_over(description="A deep hole")
    connection()
    deliver(delivery_id=create_of(handover).pk)
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 1
    done = create_of(handover)
    assert (done.state, done.attempt_count, done.lease_token) == (DeliveryState.DONE, 1, "")
    handover.refresh_from_db()
    assert handover.state == HandoverState.ACKNOWLEDGED
    assert handover.body_reference == f"C-{handover.issue.reference}"
    assert status_of(handover) == "acknowledged"
    words = list(handover.issue.timeline.values_list("after", "public_words"))[1:]
    assert words[0] == ("sent", "It was sent to City of Cape Town.")
    assert handover.body_reference in words[1][1]


def test_the_message_holds_what_the_office_needs_and_no_contact(city: FakeCity) -> None:
    """The reporter's contact goes out only where the connection says so."""
    where = build.jurisdiction()
    category = build.category(of=where)
    choices = [{"key": "BIG", "name": "Bigger than a plate"}]
    build.question(of=category, datatype="singlevaluelist", choices=choices)
    build.responsibility(of=where, by=where.body)
    thandi = ContactDetails(name="Thandi", email="t@example.org", phone="0821234567")
    handover = handed_over(answers={"size": "BIG"}, contact=thandi, address="1 Long Street")
    its = connection(category_codes={"pothole": "4711"})
    deliver(delivery_id=create_of(handover).pk)
    message = city.stored[0]
    assert message.remote_category == "4711"
    assert message.answers[0].words == ("Bigger than a plate",)
    assert message.issue_url.endswith(f"/i/{handover.issue.reference}")
    assert "Thandi" not in repr(message)
    assert "0821234567" not in repr(message)
    its.settings = {"share_contact": True}
    its.save()
    second = handed_over(contact=thandi)
    deliver(delivery_id=create_of(second).pk)
    assert city.stored[1].reporter.phone == "0821234567"


@pytest.mark.parametrize(("retry_after", "least", "most"), [(None, 2.4, 11), (90.0, 89, 91)])
def test_transient_and_throttled_come_again(
    city: FakeCity, retry_after: float | None, least: float, most: float
) -> None:
    handover = handed_over()
    connection()
    kind = ErrorClass.THROTTLED if retry_after else ErrorClass.TRANSIENT
    city.failures = [(fail(kind, retry_after=retry_after), False)]
    deliver(delivery_id=create_of(handover).pk)
    waiting = create_of(handover)
    assert (waiting.state, waiting.error_class) == (DeliveryState.WAITING, kind)
    pause = (waiting.next_try_at - clock.now()).total_seconds()
    assert least - 1 <= pause <= most
    deliver(delivery_id=waiting.pk)
    assert city.sends == 1, "not before its time"
    later(waiting)
    deliver(delivery_id=waiting.pk)
    assert len(city.stored) == 1


def test_after_the_last_try_it_is_a_dead_letter_that_staff_can_replay(city: FakeCity) -> None:
    handover = handed_over()
    its = connection()
    delivery = create_of(handover)
    for _try in range(12):
        city.failures = [(fail(ErrorClass.TRANSIENT), False)]
        later(delivery)
        deliver(delivery_id=delivery.pk)
    dead = create_of(handover)
    assert (dead.state, dead.attempt_count) == (DeliveryState.DEAD, 12)
    assert reasons(handover) == ["dead_letter"]
    handover.refresh_from_db()
    assert handover.state == HandoverState.FAILED
    inside = handover.issue.timeline.exclude(inside_words="").get()
    assert "It was transient." in inside.inside_words
    assert inside.public_words == ""
    its.refresh_from_db()
    assert its.last_error == "It was transient."
    replay_delivery(delivery=dead, by=build.person())
    deliver(delivery_id=dead.pk)
    assert len(city.stored) == 1
    assert reasons(handover) == []
    assert status_of(handover) == "acknowledged"


def test_refused_for_good_goes_to_a_human_at_once(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.failures = [(fail(ErrorClass.PERMANENT), False)]
    deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == DeliveryState.DEAD
    assert reasons(handover) == ["dead_letter"]
    assert status_of(handover) == "received"


def test_a_refused_key_pauses_the_connection_until_staff_resume_it(city: FakeCity) -> None:
    handover, other = handed_over(), handed_over()
    its = connection()
    city.failures = [(fail(ErrorClass.AUTH), False)]
    deliver(delivery_id=create_of(handover).pk)
    its.refresh_from_db()
    assert (its.is_active, its.pause_reason) == (False, "It was auth.")
    waiting = create_of(handover)
    assert (waiting.state, waiting.attempt_count) == (DeliveryState.WAITING, 0)
    assert reasons(handover) == ["no_connection"]
    deliver(delivery_id=create_of(other).pk)
    assert city.sends == 1, "nobody knocks again with a refused key"
    assert resume_connection(connection=its, by=None) == 2
    for delivery_id in due_delivery_ids():
        deliver(delivery_id=delivery_id)
    assert len(city.stored) == 2
    assert reasons(handover) == []


def test_without_a_connection_it_waits_before_a_human(city: FakeCity) -> None:
    handover = handed_over()
    deliver(delivery_id=create_of(handover).pk)
    assert create_of(handover).state == DeliveryState.WAITING
    assert reasons(handover) == ["no_connection"]
    later(create_of(handover))
    connection()
    deliver(delivery_id=create_of(handover).pk)
    assert reasons(handover) == []
    assert len(city.stored) == 1


def test_a_department_is_reached_through_its_municipality(city: FakeCity) -> None:
    handover = handed_over()
    above = build.body(name="The whole city")
    handover.body.parent = above
    handover.body.save()
    connection(to=above)
    deliver(delivery_id=create_of(handover).pk)
    assert len(city.stored) == 1


def test_a_category_without_a_code_is_never_guessed(city: FakeCity) -> None:
    handover = handed_over()
    its = connection()
    city.capabilities = Capabilities(needs_category_code=True)
    deliver(delivery_id=create_of(handover).pk)
    assert city.sends == 0
    assert reasons(handover) == ["needs_mapping"]
    its.category_codes = {"pothole": "P1"}
    its.save()
    later(create_of(handover))
    deliver(delivery_id=create_of(handover).pk)
    assert city.stored[0].remote_category == "P1"


def test_what_was_taken_back_before_it_went_out_is_never_sent(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    withdraw_issue(
        issue=Issue.objects.get(pk=handover.issue_id), standing=Standing(is_reporter=True)
    )
    withdrawal = queue_delivery(
        handover=handover, kind=DeliveryKind.WITHDRAWN, content={}, key="withdrawal"
    )
    deliver(delivery_id=create_of(handover).pk)
    deliver(delivery_id=withdrawal.pk)
    withdrawal.refresh_from_db()
    assert city.sends == 0
    assert (create_of(handover).state, withdrawal.state) == ("done", "done")
    assert create_of(handover).error


def test_photos_and_words_wait_for_the_first_message(city: FakeCity) -> None:
    """Texts keep their order; a photo that fails holds nobody up and repeats no create."""
    handover = handed_over()
    connection()
    photo = queue_delivery(
        handover=handover, kind=DeliveryKind.PHOTO, content={"photo": "a" * 64}, key="photo"
    )
    one = queue_delivery(
        handover=handover, kind=DeliveryKind.COMMENT, content={"words": "one"}, key="one"
    )
    two = queue_delivery(
        handover=handover, kind=DeliveryKind.COMMENT, content={"words": "two"}, key="two"
    )
    for early in (photo, one, two):
        deliver(delivery_id=early.pk)
    assert city.sends == 0
    deliver(delivery_id=create_of(handover).pk)
    assert set(due_delivery_ids()) == {photo.pk, one.pk, two.pk}, "released at once"
    deliver(delivery_id=two.pk)
    assert city.keys() == [create_of(handover).key], "two waits for one"
    city.failures = [(fail(ErrorClass.TRANSIENT), False)]
    deliver(delivery_id=photo.pk)
    deliver(delivery_id=one.pk)
    later(two)
    deliver(delivery_id=two.pk)
    assert city.keys()[1:] == ["one", "two"]
    later(photo)
    deliver(delivery_id=photo.pk)
    assert city.keys()[-1] == "photo"
    assert city.keys().count(create_of(handover).key) == 1


def test_a_system_that_takes_no_words_is_not_promised_to(city: FakeCity) -> None:
    handover = handed_over()
    connection()
    city.capabilities = Capabilities(look_up=True)
    deliver(delivery_id=create_of(handover).pk)
    back = queue_delivery(handover=handover, kind=DeliveryKind.NOT_FIXED, content={}, key="back")
    deliver(delivery_id=back.pk)
    back.refresh_from_db()
    assert back.state == DeliveryState.DEAD
    assert "another way" in back.error
    assert reasons(handover) == ["dead_letter"]
