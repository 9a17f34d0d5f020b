"""Two at once: the same news, two dispatchers, two merges, and a worker that is about to send."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection as database

from mysmartcity.connectors.actions import apply_update
from mysmartcity.connectors.actions import lease as leases
from mysmartcity.dispatch.actions import merge_issues, pass_on
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryState
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.people.models import Person, Role
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity, connection, item

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 5


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts at the same moment; what each gave, or the refusal that it met."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(timeout=20)
        try:
            return act()
        except NotAllowed as refusal:
            return refusal
        finally:
            database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def staff() -> Person:
    return build.person(role=Role.DISPATCHER)


@pytest.fixture
def lead(city: FakeCity) -> Handover:
    """A body has it."""
    del city
    mess.city_of(build.body(name="City Power"))
    return mess.arrived(mess.routed()[0], "A-1")


def test_news_of_two_channels_about_two_joined_reports(lead: Handover) -> None:
    """Both lock both issues, whichever of the two they met first."""
    twin = mess.arrived(mess.routed()[0], "A-1")
    mailbox = connection(to=lead.body, name="mail")
    for number in range(TIMES):
        minute = 10 * number
        rows = [
            item(where, status, after=minute, words=f"Word {minute}.", body_reference=spelt)
            for where, status, minute, spelt in (
                (mess.connection_of(lead), "busy", minute + 1, "A-1"),
                (mailbox, "done", minute + 2, "a-1"),
            )
        ]
        at_once(*(lambda pk=row.pk: apply_update(item_id=pk) for row in (*rows, *rows)))
        for handover in (lead, twin):
            assert mess.issue_of(handover).status == "reported_fixed"
            for row in rows:
                entries = handover.issue.timeline.filter(public_words=row.words)
                assert entries.count() == 1, "each once"


def test_two_dispatchers_give_it_to_two_bodies(lead: Handover, staff: Person) -> None:
    one, two = build.body(name="Eskom"), build.body(name="Roads")
    issue = mess.issue_of(lead)
    at_once(*(lambda body=body: pass_on(issue=issue, body=body, by=staff) for body in (one, two)))
    chain = Handover.objects.filter(issue=issue).order_by("pk")
    assert [held.is_current for held in chain] == [False, False, True]
    assert [held.passed_from_id for held in chain] == [None, chain[0].pk, chain[1].pk]


def test_the_same_body_is_given_it_once(lead: Handover, staff: Person) -> None:
    eskom, issue = build.body(name="Eskom"), mess.issue_of(lead)
    found = at_once(*[lambda: pass_on(issue=issue, body=eskom, by=staff)] * 3)
    assert sum(isinstance(one, NotAllowed) for one in found) == 2
    assert Delivery.objects.filter(handover__body=eskom).count() == 1


def test_two_merges_towards_each_other(lead: Handover, staff: Person) -> None:
    for _ in range(TIMES):
        one, two = mess.issue_of(lead), mess.issue_of(mess.routed()[0])
        found = at_once(
            lambda one=one, two=two: merge_issues(issue=one, into=two, by=staff),
            lambda one=one, two=two: merge_issues(issue=two, into=one, by=staff),
        )
        assert sum(isinstance(result, NotAllowed) for result in found) == 1
        assert Issue.objects.filter(pk__in=(one.pk, two.pk), status="merged").count() == 1
        lead = Handover.objects.get(issue__pk__in=(one.pk, two.pk), issue__merged_into=None)


def test_what_is_passed_on_is_sent_by_the_first_body_s_worker_or_dropped(
    city: FakeCity, staff: Person
) -> None:
    del city
    mess.city_of(build.body(name="City Power"))
    for number in range(TIMES):
        (first,) = mess.routed()
        lease = leases.take(first.deliveries.get().pk)
        assert lease is not None
        other = build.body(name=f"Eskom {number}")
        began, _given = at_once(
            lambda lease=lease: leases.begin_sending(lease, seconds=60),
            lambda first=first, other=other: pass_on(
                issue=mess.issue_of(first), body=other, by=staff
            ),
        )
        state = first.deliveries.get(kind="create").state
        assert state == (DeliveryState.SENDING if began else DeliveryState.DONE)
