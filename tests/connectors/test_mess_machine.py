"""Any order of routing, arrivals, news, passing on, objections, joining and withdrawing keeps the truth."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mysmartcity.connectors.actions import apply_update
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.dispatch.actions import (
    change_category,
    end_part,
    merge_issues,
    pass_on,
    route_issue,
    send_back,
    share_issue,
    tell_withdrawn,
    unmerge_issue,
)
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.rules import parts_of
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Category, Issue, TimelineEntry
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor, Status, may_move
from mysmartcity.lib import clock
from mysmartcity.people.models import Body, Person, Role
from tests import build
from tests.connectors import mess
from tests.connectors.build import FakeCity, item

WORDS = ("open", "busy", "done", "no", "note", "never heard of")
pick = st.integers(0, 10_000)


ENDED_BY_BODIES = ("reported_fixed", "fixed", "declined")


class Mess(RuleBasedStateMachine):
    """Two issues of a city with three bodies: one leads, one shares, one is only passed to."""

    staff: ClassVar[Person]
    at = 0
    inside: Any = None

    @initialize()
    def begin(self) -> None:
        self.inside = transaction.atomic()
        self.inside.__enter__()
        self.minutes, self.events, self.outcomes = 0, 0, {}
        self.lost: set[int] = set()
        self.staff = build.person(role=Role.DISPATCHER)
        where = mess.city_of(build.body(name="City Power"), build.body(name="Roads"))
        eskom = build.body(name="Eskom")
        Connection.objects.create(
            body=eskom,
            system="fake",
            statuses=Connection.objects.order_by("pk").values_list("statuses", flat=True)[0],
        )
        build.category(of=where, code="leak", name="Leak")
        pothole = Category.objects.get(code="pothole")
        with clock.frozen(self.now()):
            self.issue_ids = [build.issue(of=pothole).pk for _ in range(3)]
        for issue_id in self.issue_ids[:2]:  # most of what can happen, happens later
            self.act(route_issue, issue_id=issue_id)
            for handover in Handover.objects.filter(issue=issue_id):
                self.act(
                    mess.arrived, handover=handover, reference=f"{handover.body_id}-{issue_id}"
                )

    def teardown(self) -> None:
        if self.inside is not None:
            transaction.set_rollback(True)
            self.inside.__exit__(None, None, None)

    def now(self) -> Any:
        return mess.at(self.minutes)

    def issue(self, number: int) -> Issue:
        return Issue.objects.get(pk=self.issue_ids[number % len(self.issue_ids)])

    def a(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def act(self, action: Any, **its: Any) -> None:
        """As a door does it: at the next minute, and a refusal changes nothing."""
        self.minutes += 1
        with clock.frozen(self.now()):
            try:
                with transaction.atomic():
                    action(**its)
            except NotAllowed:
                return

    @rule(number=pick)
    def route(self, number: int) -> None:
        self.act(route_issue, issue_id=self.issue(number).pk)

    @rule(number=pick, has_reference=st.booleans())
    def arrive(self, number: int, has_reference: bool) -> None:
        """A waiting message goes out, or is dropped as deliver does."""
        waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
        delivery = self.a(waiting.select_related("handover__issue"), number)
        if delivery is None:
            return
        handover, is_create = delivery.handover, delivery.kind == DeliveryKind.CREATE
        is_active = handover.is_current or handover.is_shared
        gone = handover.issue.status in ("withdrawn", "hidden", "merged") or not is_active
        first = handover.deliveries.get(kind=DeliveryKind.CREATE)
        if (is_create and gone) or (not is_create and first.attempt_count == 0):
            if is_create or first.state == DeliveryState.DONE:
                Delivery.objects.filter(pk=delivery.pk).update(state="done", attempt_count=0)
            return
        reference = f"{handover.body_id}-{handover.issue_id}" if has_reference else None
        answer = mess.Sent(remote_reference=reference if is_create else None)
        self.act(lambda: mess.arrive(delivery, answer))

    @rule(
        number=pick,
        told=st.lists(
            st.tuples(st.sampled_from(WORDS), st.integers(0, 4), st.integers(0, 9)),
            min_size=1,
            max_size=5,
        ),
    )
    def news(self, number: int, told: list[tuple[str, int, int]]) -> None:
        """Late by some minutes; now and then a further work item is named."""
        for step, (word, back, also) in enumerate(told):
            self._news(number + step, word, back, also=also == 0)

    @rule(number=pick)
    def all_done(self, number: int) -> None:
        """Every body says of every work item that it is done."""
        self.minutes += 2
        for handover in Handover.objects.active().filter(issue=self.issue(number)):
            for reference in handover.references.all():
                self._news(0, "done", 0, also=False, about=(handover, reference.reference))

    def _news(
        self,
        number: int,
        word: str,
        back: int,
        *,
        also: bool,
        about: tuple[Handover, str] | None = None,
    ) -> None:
        handover = self.a(Handover.objects.exclude(body_reference=""), number)
        reference = handover.body_reference if handover is not None else ""
        if about is not None:
            handover, reference = about
        if handover is None:
            return
        self.events += 1
        row = item(
            mess.connection_of(handover),
            word,
            after=self.minutes - back,
            body_reference=reference,
            more_references=[f"{handover.body_reference}-{self.events}"] if also else [],
            event_id=f"e{self.events}",
            words="It is Eskom's." if word == "no" else "",
        )
        self.act(apply_update, item_id=row.pk)

    @rule(number=pick)
    def again(self, number: int) -> None:
        """Something is told once more."""
        row = self.a(InboxItem.objects.all(), number)
        if row is not None:
            before = TimelineEntry.objects.count()
            is_applied = row.applied_at is not None
            self.act(apply_update, item_id=row.pk)
            assert not is_applied or TimelineEntry.objects.count() == before

    @rule(number=pick, which=pick, insists=st.booleans())
    def pass_on(self, number: int, which: int, insists: bool) -> None:
        body = self.a(Body.objects.filter(connections__isnull=False), which)
        issue, by = self.issue(number), self.staff
        self.act(pass_on, issue=issue, body=body, by=by, words="Yours.", insists=insists)

    @rule(number=pick, which=pick)
    def share(self, number: int, which: int) -> None:
        body = self.a(Body.objects.filter(connections__isnull=False), which)
        self.act(share_issue, issue=self.issue(number), body=body, by=self.staff)

    @rule(number=pick)
    def let_go(self, number: int) -> None:
        part = self.a(Handover.objects.filter(is_shared=True), number)
        if part is not None:
            self.act(end_part, handover=part, by=self.staff)

    @rule(number=pick)
    @precondition(
        lambda self: Issue.objects.filter(status__in=("reported_fixed", "fixed")).exists()
    )
    def not_fixed(self, number: int) -> None:
        issue = self.a(Issue.objects.filter(status__in=("reported_fixed", "fixed")), number)
        self.act(change_status, issue=issue, move=Move(Status.NOT_FIXED, Actor.RESIDENT))
        entry = issue.timeline.filter(after="not_fixed").latest("pk")
        self.act(send_back, issue_id=issue.pk, entry_id=entry.pk)

    @rule(number=pick)
    def confirm(self, number: int) -> None:
        """What a resident sees; without a body's word that is the resident's own."""
        issue = self.issue(number)
        if issue.status == Status.REPORTED_FIXED:
            self.act(change_status, issue=issue, move=Move(Status.FIXED, Actor.RESIDENT))

    @rule(number=pick)
    def withdraw(self, number: int) -> None:
        issue = self.issue(number)
        if number % 7 or not may_move(Status(issue.status), Status.WITHDRAWN, Actor.RESIDENT):
            return
        self.act(change_status, issue=issue, move=Move(Status.WITHDRAWN, Actor.RESIDENT))
        entry = issue.timeline.filter(after="withdrawn").latest("pk")
        self.act(tell_withdrawn, issue_id=issue.pk, entry_id=entry.pk)

    @rule(number=pick)
    def merge(self, number: int) -> None:
        self.act(merge_issues, issue=self.issue(number), into=self.issue(number + 1), by=self.staff)

    @rule(number=pick)
    def unmerge(self, number: int) -> None:
        self.act(unmerge_issue, issue=self.issue(number), by=self.staff)

    @rule(number=pick, code=st.sampled_from(["pothole", "leak"]))
    def recategorise(self, number: int, code: str) -> None:
        category = Category.objects.get(code=code)
        self.act(change_category, issue=self.issue(number), category=category, by=self.staff)

    @invariant()
    def no_handover_is_lost(self) -> None:
        """Every one is active or over, and what was passed on leads back to its source."""
        for issue_id in getattr(self, "issue_ids", []):
            held = Handover.objects.filter(issue=issue_id)
            assert held.filter(is_current=True).count() <= 1
            active = list(held.active().values_list("body", flat=True))
            assert len(active) == len(set(active)), "one body has one part"
            for one in held.exclude(pk__in=held.active().values("pk")):
                assert (one.state, one.ended_at is not None) == ("ended", True)

    @invariant()
    def somebody_has_what_was_sent(self) -> None:
        for issue_id in getattr(self, "issue_ids", []):
            issue = Issue.objects.get(pk=issue_id)
            if issue.status not in ("received", "merged", "withdrawn"):
                assert Handover.objects.filter(issue=issue, is_current=True).exists()

    @invariant()
    def fixed_only_when_all_say_so(self) -> None:
        for issue_id in getattr(self, "issue_ids", []):
            issue = Issue.objects.get(pk=issue_id)
            said = {part.said for _one, part in parts_of(issue)}
            if said == {"reported_fixed", "declined"}:
                # Somebody took back what all had said: nothing moves, a human says what counts.
                assert issue.status not in ENDED_BY_BODIES or self.before_a_human(issue)
                continue
            if issue.status in ("reported_fixed", "fixed"):
                assert said == {"reported_fixed"}, (issue.status, said)
            if issue.status == "declined":
                assert said == {"declined"}

    def before_a_human(self, issue: Issue) -> bool:
        return QueueEntry.objects.filter(issue=issue, reason="drift").exists()

    @invariant()
    def each_item_once(self) -> None:
        for row in InboxItem.objects.exclude(applied_at=None) if self.inside else []:
            assert self.outcomes.setdefault(row.pk, row.outcome) == row.outcome

    @invariant()
    def the_timeline_leads_to_the_status(self) -> None:
        for issue_id in getattr(self, "issue_ids", []):
            entries = TimelineEntry.objects.filter(issue=issue_id, kind="status").order_by("pk")
            stands = ""
            for entry in entries:
                assert entry.before == stands
                stands = entry.after
            assert Issue.objects.get(pk=issue_id).status == stands


@pytest.mark.django_db
def test_it_works(city: FakeCity) -> None:
    del city
    run_state_machine_as_test(
        Mess,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=timedelta(seconds=60),
            suppress_health_check=list(HealthCheck),
        ),
    )
