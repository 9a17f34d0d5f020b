"""Polls that break off, polls one by one, polls after a long gap, and what each of them counts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.actions import deliver, poll
from mysmartcity.connectors.contract import Capabilities, DeliveryFailed, Update
from mysmartcity.connectors.figures import figures_of
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.status import Source
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock
from tests.connectors.build import (
    FakeCity,
    FakeConnector,
    connection,
    create_of,
    handed_over,
    item,
    status_of,
)

pytestmark = pytest.mark.django_db

AWAY = DeliveryFailed(ErrorClass.TRANSIENT, "It is away.", is_systemic=True)
MINDS = DeliveryFailed(ErrorClass.TRANSIENT, "Not this one.")


class Lister(FakeConnector):
    """Gives news one by one and may break off, for all or for one reference; notes what was asked."""

    breaks_after: int | None = None
    bad: dict[str, DeliveryFailed]
    asked: list[list[str]]
    windows: list[tuple[datetime, datetime]]

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterator[Update]:
        self.city.asked_since.append(since)
        self.asked.append(list(references))
        for reference in references:
            if reference in self.bad:
                raise self.bad[reference]
        for number, one in enumerate(self.city.updates):
            if number == self.breaks_after:
                raise AWAY
            if one.body_reference in references:
                yield one

    def fetch_window(
        self, *, since: datetime, until: datetime, references: Sequence[str]
    ) -> Iterable[Update]:
        self.windows.append((since, until))
        if len(self.windows) == self.breaks_after:
            raise AWAY
        return [one for one in self.city.updates if since <= one.happened_at < until]


@pytest.fixture
def lister(city: FakeCity, monkeypatch: pytest.MonkeyPatch) -> type[Lister]:
    monkeypatch.setitem(registry.SYSTEMS, "fake", Lister)
    for name, value in (("breaks_after", None), ("bad", {}), ("asked", []), ("windows", [])):
        monkeypatch.setattr(Lister, name, value, raising=False)
    return Lister


def sent(count: int = 1) -> list[Handover]:
    handovers = [handed_over() for _ in range(count)]
    connection()
    for one in handovers:
        deliver(delivery_id=create_of(one).pk)
        one.refresh_from_db()
    return handovers


def news(handover: Handover, status: str, number: int = 1, **its: object) -> Update:
    values = {
        "event_id": f"{handover.body_reference}-{number}",
        "body_reference": handover.body_reference,
        "remote_status": status,
        "words": "",
        "happened_at": clock.now() + timedelta(seconds=number),
    }
    return Update(**{**values, **its})  # type: ignore[arg-type]


# --- Broken off -----------------------------------------------------------------------------------


def test_what_was_read_before_it_broke_off_is_kept(city: FakeCity, lister: type[Lister]) -> None:
    (handover,) = sent()
    where = Connection.objects.get()
    city.updates = [news(handover, "busy", 1), news(handover, "done", 2)]
    lister.breaks_after = 1
    assert poll(connection_id=where.pk) == 1
    assert status_of(handover) == "in_progress"
    where.refresh_from_db()
    assert (where.cursor_at, where.last_in_at) == (None, None), "not past what was not read"
    assert where.last_error == "It is away."
    lister.breaks_after = None
    assert poll(connection_id=where.pk) == 1
    assert status_of(handover) == "reported_fixed"
    bars = figures_of(where, since=clock.now() - timedelta(hours=1))
    assert sum(bar.ok_count for bar in bars if not bar.is_out) == 1
    assert sum(bar.error_count for bar in bars if not bar.is_out) == 1


def test_many_pages_are_written_as_they_come(
    city: FakeCity, lister: type[Lister], monkeypatch: pytest.MonkeyPatch
) -> None:
    (handover,) = sent()
    many = 230
    city.updates = [news(handover, "", n, words=f"Word {n}") for n in range(many)]
    lister.breaks_after = 210
    assert poll(connection_id=Connection.objects.get().pk) == 210
    assert InboxItem.objects.filter(applied_at__isnull=False).count() == 210


def test_rows_say_how_they_came(city: FakeCity, lister: type[Lister]) -> None:
    (handover,) = sent()
    until = clock.now() + timedelta(days=3)
    city.updates = [news(handover, "busy", promised_at=until, more_references=("C-7", "C-8"))]
    poll(connection_id=Connection.objects.get().pk)
    row = InboxItem.objects.get()
    assert (row.source, row.promised_at, row.more_references) == (
        Source.POLL,
        until,
        ["C-7", "C-8"],
    )


def test_a_further_reference_of_ours_is_ours(city: FakeCity, lister: type[Lister]) -> None:
    (handover,) = sent()
    HandoverReference.objects.create(handover=handover, reference="J-5")
    city.updates = [news(handover, "busy", body_reference="J-5")]
    assert poll(connection_id=Connection.objects.get().pk) == 1
    assert lister.asked == [sorted([handover.body_reference, "J-5"])]
    assert status_of(handover) == "in_progress"


def test_a_resting_system_is_left_alone(city: FakeCity, lister: type[Lister]) -> None:
    (handover,) = sent()
    where = Connection.objects.get()
    Connection.objects.update(rest_until=clock.now() + timedelta(minutes=1))
    waits = item(where, "busy", after=1, body_reference=handover.body_reference)
    assert poll(connection_id=where.pk) == 0
    assert lister.asked == []
    waits.refresh_from_db()
    assert waits.outcome == "moved to in_progress", "what is here already is used"
    Connection.objects.update(rest_until=clock.now() - timedelta(seconds=1))
    poll(connection_id=where.pk)
    assert len(lister.asked) == 1


# --- One by one -----------------------------------------------------------------------------------


@pytest.fixture
def each(city: FakeCity, lister: type[Lister]) -> type[Lister]:
    city.capabilities = Capabilities(poll=True, polls_each=True)
    return lister


def test_each_has_its_turn_the_longest_waiting_first(city: FakeCity, each: type[Lister]) -> None:
    handovers = sent(5)
    where = Connection.objects.get()
    where.settings = {"asks_per_poll": 2}
    where.save()
    now = clock.now()
    ages = (("-", 0), ("5 min", 5), ("30 s", 0.5), ("9 min", 9), ("-", 0))
    for handover, (label, minutes) in zip(handovers, ages, strict=True):
        asked_at = None if label == "-" else now - timedelta(minutes=minutes)
        Handover.objects.filter(pk=handover.pk).update(asked_at=asked_at)
    names = [one.body_reference for one in handovers]
    poll(connection_id=where.pk)
    assert each.asked == [[names[0]], [names[4]]], "never asked before first"
    poll(connection_id=where.pk)
    assert each.asked[2:] == [[names[3]], [names[1]]], "then the longest waiting"
    poll(connection_id=where.pk)
    assert len(each.asked) == 4, "asked about 30 seconds ago, though nothing came"


@pytest.mark.parametrize(
    ("age", "asked", "is_due"),
    [
        (timedelta(minutes=30), timedelta(minutes=2), True),
        (timedelta(hours=5), timedelta(minutes=9), False),
        (timedelta(hours=5), timedelta(minutes=11), True),
        (timedelta(days=3), timedelta(minutes=50), False),
        (timedelta(days=3), timedelta(minutes=70), True),
        (timedelta(days=40), timedelta(hours=5), False),
        (timedelta(days=40), timedelta(hours=7), True),
    ],
)
def test_the_older_the_rarer(
    each: type[Lister], age: timedelta, asked: timedelta, is_due: bool
) -> None:
    sent()
    now = clock.now()
    Handover.objects.update(made_at=now - age, asked_at=now - asked)
    poll(connection_id=Connection.objects.get().pk)
    assert bool(each.asked) == is_due


def test_one_that_can_not_be_read_keeps_nobody_waiting(city: FakeCity, each: type[Lister]) -> None:
    first, second = sent(2)
    each.bad = {first.body_reference: MINDS}
    city.updates = [news(second, "busy")]
    where = Connection.objects.get()
    assert poll(connection_id=where.pk) == 1
    assert status_of(second) == "in_progress"
    first.refresh_from_db()
    assert first.asked_at is not None, "it comes again, but not before all others"
    where.refresh_from_db()
    assert where.last_error == "Not this one."


def test_a_system_that_is_away_is_asked_once(city: FakeCity, each: type[Lister]) -> None:
    handovers = sent(5)
    each.bad = {one.body_reference: AWAY for one in handovers}
    poll(connection_id=Connection.objects.get().pk)
    assert len(each.asked) == 1
    each.bad = {one.body_reference: MINDS for one in handovers}
    poll(connection_id=Connection.objects.get().pk)
    assert len(each.asked) == 1 + 3, "three in a row are the system's own failure"
    assert Handover.objects.filter(asked_at__isnull=True).count() == 3


def test_an_earlier_failure_hides_no_news(city: FakeCity, each: type[Lister]) -> None:
    (handover,) = sent()
    poll(connection_id=Connection.objects.get().pk)
    handover.refresh_from_db()
    assert city.asked_since[-1] <= handover.made_at


def test_another_system_is_asked_for_its_own(city: FakeCity, lister: type[Lister]) -> None:
    """What a connection carried is asked of it; what mail carried is asked of all that can."""
    mine, theirs, mailed = sent(3)
    first = Connection.objects.get()
    second = connection(to=mine.body)
    mail = connection(to=mine.body, system="mail")
    for handover, lane in ((mine, first), (theirs, second), (mailed, mail)):
        Handover.objects.filter(pk=handover.pk).update(lane=lane.pk)
    poll(connection_id=first.pk)
    assert lister.asked == [sorted([mine.body_reference, mailed.body_reference])]


# --- After a long gap -----------------------------------------------------------------------------


@pytest.fixture
def gap(city: FakeCity, lister: type[Lister]) -> Connection:
    """Nothing was read for 70 days."""
    city.capabilities = Capabilities(poll=True, windows=True)
    (handover,) = sent()
    long_ago = clock.now() - timedelta(days=70)
    Handover.objects.update(made_at=long_ago, acknowledged_at=long_ago)
    Connection.objects.update(cursor_at=long_ago, last_in_at=long_ago)
    city.updates = [
        news(handover, "busy", 1, happened_at=long_ago + timedelta(days=40)),
        news(handover, "done", 2, happened_at=long_ago + timedelta(days=69)),
    ]
    return Connection.objects.get()


def test_a_long_gap_is_read_window_by_window(
    city: FakeCity, lister: type[Lister], gap: Connection
) -> None:
    assert poll(connection_id=gap.pk) == 2
    assert len(lister.windows) == 2
    assert all(until - since == timedelta(days=30) for since, until in lister.windows)
    assert lister.windows[1][0] < lister.windows[0][1], "they overlap"
    assert len(city.asked_since) == 1, "the rest without an end"
    assert status_of(Handover.objects.get()) == "reported_fixed"


def test_a_window_that_was_read_is_not_read_again(
    city: FakeCity, lister: type[Lister], gap: Connection
) -> None:
    lister.breaks_after = 2
    poll(connection_id=gap.pk)
    first_end = lister.windows[0][1]
    gap.refresh_from_db()
    assert gap.cursor_at == first_end
    lister.breaks_after = None
    poll(connection_id=gap.pk)
    assert lister.windows[2][0] == first_end - timedelta(minutes=10)
    assert InboxItem.objects.count() == 2


def test_a_system_without_windows_is_asked_at_once(
    city: FakeCity, lister: type[Lister], gap: Connection
) -> None:
    city.capabilities = Capabilities(poll=True)
    assert poll(connection_id=gap.pk) == 2
    assert (lister.windows, len(city.asked_since)) == ([], 1)


def test_the_length_of_a_window_is_a_setting(
    city: FakeCity, lister: type[Lister], gap: Connection
) -> None:
    Connection.objects.update(settings={"window_days": 7})
    poll(connection_id=gap.pk)
    assert len(lister.windows) == 10
    assert InboxItem.objects.count() == 2


# --- Tokens ---------------------------------------------------------------------------------------


def test_a_token_is_asked_of_the_system_that_gave_it(city: FakeCity, lister: type[Lister]) -> None:
    city.gives_token = True
    mine, theirs = sent(2)
    first = Connection.objects.get()
    second = connection(to=mine.body)
    Handover.objects.filter(pk=mine.pk).update(lane=first.pk)
    Handover.objects.filter(pk=theirs.pk).update(lane=second.pk)
    city.tokens = {mine.body_token: "4711", theirs.body_token: "not of this system"}
    poll(connection_id=first.pk)
    references = Handover.objects.order_by("pk").values_list("body_reference", flat=True)
    assert list(references) == ["4711", ""]


def test_a_token_that_can_not_be_resolved_keeps_no_news_waiting(
    city: FakeCity, lister: type[Lister], monkeypatch: pytest.MonkeyPatch
) -> None:
    (handover,) = sent()
    city.gives_token = True
    pending = handed_over()
    deliver(delivery_id=create_of(pending).pk)

    def minds(self: Lister, token: str) -> str | None:
        raise MINDS

    monkeypatch.setattr(Lister, "resolve_token", minds)
    city.updates = [news(handover, "busy")]
    assert poll(connection_id=Connection.objects.get().pk) == 1
    assert status_of(handover) == "in_progress"
    assert Connection.objects.get().last_error == "Not this one."
