"""The door for pushes: what is taken, what is refused and how, and that nothing is taken twice."""

import base64
import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client

from mysmartcity.api.hooks import FORGED_PER_MINUTE
from mysmartcity.config import tasks
from mysmartcity.connectors.actions import poll
from mysmartcity.connectors.actions.push import MAX_BYTES
from mysmartcity.connectors.models import Connection, InboxItem, PushReceipt
from mysmartcity.connectors.status import Mode, Source
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from tests.connectors.build import connection, handed_over, status_of
from tests.connectors.pushes import OLD, SECRET, body_of, headers_for, signature, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def handover() -> Handover:
    """A city that pushes has it under the reference C-1."""
    its = handed_over()
    where = connection(
        system="open311",
        statuses={},
        settings={"endpoint": "https://city.invalid", "has_push": True},
        secrets={"key": "k", "push": SECRET},
    )
    Issue.objects.filter(pk=its.issue_id).update(status="acknowledged")
    Handover.objects.filter(pk=its.pk).update(body_reference="C-1", lane=where.pk)
    its.refresh_from_db()
    return its


def push(body: bytes, *, to: str = "", headers: dict[str, str] | None = None) -> int:
    where = to or Connection.objects.order_by("pk")[0].public_id
    given = headers if headers is not None else headers_for(body)
    client = Client(enforce_csrf_checks=True)
    reply = client.post(f"/hooks/{where}", body, content_type="application/json", headers=given)
    return reply.status_code


def test_it_works(handover: Handover) -> None:
    assert push(body_of(told("C-1", "in_progress"))) == 202
    assert status_of(handover) == "in_progress"
    row = InboxItem.objects.get()
    assert (row.source, row.outcome) == (Source.PUSH, "moved to in_progress")
    assert Connection.objects.get().last_in_at is not None


def test_the_same_push_twice(handover: Handover) -> None:
    body = body_of(told("C-1", "in_progress"))
    headers = headers_for(body)
    assert push(body, headers=headers) == 202
    assert push(body, headers=headers) == 409
    assert push(body, headers=headers_for(body, push_id="msg_2")) == 202, "another push, same news"
    assert InboxItem.objects.count() == 1


def test_pushed_out_of_order_the_newest_wins(handover: Handover) -> None:
    now = clock.now()
    late = told("C-1", "closed", 2, updated_datetime=now.isoformat())
    early = told("C-1", "in_progress", 1, updated_datetime=(now - timedelta(hours=1)).isoformat())
    assert push(body_of(late), headers=headers_for(body_of(late), push_id="b")) == 202
    assert push(body_of(early), headers=headers_for(body_of(early), push_id="a")) == 202
    assert status_of(handover) == "reported_fixed"
    third, last = (now + timedelta(seconds=n) for n in (1, 2))
    both = body_of(
        told("C-1", "closed", 4, updated_datetime=last.isoformat()),
        told("C-1", "in_progress", 3, updated_datetime=third.isoformat()),
    )
    assert push(both, headers=headers_for(both, push_id="c")) == 202
    assert status_of(handover) == "reported_fixed", "of one push too"


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(minutes=4), 202),
        (timedelta(minutes=-4), 202),
        (timedelta(minutes=6), 401),
        (timedelta(minutes=-6), 401),
    ],
)
def test_old_and_future_ones_are_not_believed(
    handover: Handover, away: timedelta, expected: int
) -> None:
    body = body_of(told("C-1", "in_progress"))
    assert push(body, headers=headers_for(body, at=clock.now() - away)) == expected
    assert InboxItem.objects.count() == (expected == 202)


def test_forged_ones_leave_no_trace(handover: Handover) -> None:
    body = body_of(told("C-1", "in_progress"))
    good = headers_for(body)
    wrong = base64.b64encode(b"x" * 32).decode()
    forged: list[dict[str, str]] = [
        {},
        {**good, "webhook-signature": f"v1,{wrong}"},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        {**good, "webhook-signature": "v1,"},
        {**good, "webhook-id": "msg_9"},
        {**good, "webhook-id": ""},
        {**good, "webhook-id": "x" * 201},
        {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)},
        {**good, "webhook-timestamp": "soon"},
        {**good, "webhook-timestamp": "-5"},
        headers_for(b"[]"),
        headers_for(body, secrets=[OLD]),
    ]
    assert {push(body, headers=one) for one in forged} == {401}
    assert not PushReceipt.objects.exists()
    assert not InboxItem.objects.exists()
    assert push(body, headers=good) == 202, "and none of them used up the id"


def test_two_secrets_while_senders_change_over(handover: Handover) -> None:
    where = Connection.objects.get()
    where.secrets = {"push": SECRET, "push_old": OLD}
    where.save()
    for number, secrets in enumerate(([OLD], [SECRET], [OLD, SECRET])):
        body = body_of(told("C-1", "in_progress", number))
        headers = headers_for(body, push_id=f"m{number}", secrets=secrets)
        assert push(body, headers=headers) == 202
    where.secrets = {"push": SECRET}
    where.save()
    body = body_of(told("C-1", "in_progress"))
    assert push(body, headers=headers_for(body, push_id="z", secrets=[OLD])) == 401


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_c2hvcnQ="])
def test_a_weak_or_missing_secret_opens_nothing(handover: Handover, secret: str) -> None:
    where = Connection.objects.get()
    where.secrets = {"key": "k", "push": secret} if secret else {"key": "k"}
    where.save()
    body = body_of(told("C-1", "in_progress"))
    assert push(body, headers=headers_for(body, secrets=[""])) == 401
    assert push(body, headers=headers_for(body, secrets=["c2hvcnQ="])) == 401


def test_the_wrong_connection_and_none_look_the_same(handover: Handover) -> None:
    other = connection(
        to=handover.body,
        system="open311",
        settings={"endpoint": "https://x.invalid", "has_push": True},
        secrets={"push": OLD},
    )
    silent = connection(to=handover.body, system="open311", secrets={"push": SECRET})
    unknown = connection(to=handover.body, system="nothing", secrets={"push": SECRET})
    body = body_of(told("C-1", "in_progress"))
    replies = [
        Client().post(f"/hooks/{name}", body, content_type="application/json",
                      headers=headers_for(body))
        for name in (other.public_id, silent.public_id, unknown.public_id, "x" * 22, "y" * 64)
    ]  # fmt: skip
    assert {(one.status_code, one.content) for one in replies} == {
        (401, b"The signature is not right.\n")
    }


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b'{"a": 1}', b'"x"', b"[1, 2]"])
def test_unreadable_ones_may_be_sent_again(handover: Handover, body: bytes) -> None:
    assert push(body) == 400
    assert not PushReceipt.objects.exists()


def test_too_large_ones_are_refused_before_they_are_read(handover: Handover) -> None:
    assert push(b"[" + b" " * MAX_BYTES + b"]") == 413
    assert push(b"[" + b" " * (MAX_BYTES - 2) + b"]") == 202


def test_only_post_and_not_too_often(handover: Handover, client: Client) -> None:
    where = Connection.objects.get().public_id
    reply = client.get(f"/hooks/{where}")
    assert (reply.status_code, reply["Allow"]) == (405, "POST")
    body = body_of(told("C-1", "in_progress"))
    moment = clock.now().replace(second=5)
    with clock.frozen(moment):
        for _ in range(FORGED_PER_MINUTE):
            assert push(body, headers={}) == 401
        refused = client.post(f"/hooks/{where}", body, content_type="application/json")
        assert (refused.status_code, int(refused["Retry-After"])) == (429, 55)


def test_a_paused_connection_still_listens(handover: Handover) -> None:
    Connection.objects.update(is_active=False)
    assert push(body_of(told("C-1", "in_progress"))) == 202
    assert status_of(handover) == "in_progress"


def test_in_shadow_it_moves_nothing(handover: Handover) -> None:
    Connection.objects.update(mode=Mode.SHADOW)
    assert push(body_of(told("C-1", "in_progress"))) == 202
    assert InboxItem.objects.get().outcome == "shadow: would move to in_progress"
    assert status_of(handover) == "acknowledged"


def test_faster_than_our_own_note_of_the_reference(handover: Handover) -> None:
    """The city tells of C-2 while the worker has not written down yet that it is ours."""
    slow = handed_over()
    assert push(body_of(told("C-2", "in_progress"))) == 202
    assert InboxItem.objects.get().outcome == "no handover"
    Handover.objects.filter(pk=slow.pk).update(body_reference="C-2")
    Issue.objects.filter(pk=slow.issue_id).update(status="acknowledged")
    Connection.objects.update(rest_until=clock.now() + timedelta(hours=1))
    poll(connection_id=Connection.objects.get().pk)
    assert status_of(slow) == "in_progress"


def test_other_peoples_requests_are_not_kept(handover: Handover) -> None:
    strange = body_of(told("S-1", "in_progress"))
    assert push(strange) == 202
    assert not InboxItem.objects.exists(), "nothing of ours waits for a reference"
    handed_over()
    assert push(strange, headers=headers_for(strange, push_id="again")) == 202
    assert InboxItem.objects.count() == 1
    with clock.frozen(clock.now() + timedelta(hours=2)):
        tasks.remove_exchange(timestamp=0)
    assert not InboxItem.objects.exists()
    assert PushReceipt.objects.count() == 2
    with clock.frozen(clock.now() + timedelta(days=2)):
        tasks.remove_exchange(timestamp=0)
    assert not PushReceipt.objects.exists()


def test_what_a_worker_left_behind_is_used(handover: Handover) -> None:
    """It was taken and the process ended before it was applied."""
    InboxItem.objects.create(
        connection=Connection.objects.get(),
        event_id="e",
        source=Source.PUSH,
        body_reference="C-1",
        remote_status="in_progress",
        happened_at=clock.now(),
    )
    Connection.objects.update(rest_until=clock.now() + timedelta(hours=1))
    poll(connection_id=Connection.objects.get().pk)
    assert status_of(handover) == "in_progress"


@pytest.mark.django_db(transaction=True)
def test_the_same_push_at_the_same_moment(handover: Handover) -> None:
    body = body_of(told("C-1", "in_progress"))
    headers = headers_for(body)
    answers: list[int] = []
    start = threading.Barrier(3)

    def send() -> None:
        start.wait(timeout=10)
        try:
            answers.append(push(body, headers=headers))
        finally:
            database.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [202, 409, 409]
    assert handover.issue.timeline.filter(after="in_progress").count() == 1


def test_the_published_example() -> None:
    """The vector that the standard's own libraries are tested with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
