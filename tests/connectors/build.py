"""Builders for the exchange: an issue handed over to a body, a connection, a system in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors import registry
from mysmartcity.connectors.contract import Capabilities, Connector, Message, Sent, Update
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.dispatch.actions import route_issue
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.issues.models import Issue
from mysmartcity.people.models import Body
from tests import build

T0 = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ALL = Capabilities(photos=True, comments=True, look_up=True, poll=True)


@dataclass
class FakeCity:
    """What stands at the other side, and what it is told to do with the next messages."""

    capabilities: Capabilities = ALL
    stored: list[Message] = field(default_factory=list)
    sends: int = 0
    look_ups: int = 0
    failures: list[tuple[Exception, bool]] = field(default_factory=list)
    """(what to raise, whether the message is stored all the same), one for each send."""
    look_up_failures: list[Exception] = field(default_factory=list)
    poll_failures: list[Exception] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    gives_token: bool = False
    asked_since: list[datetime] = field(default_factory=list)
    before_send: Callable[[], None] | None = None

    def keys(self) -> list[str]:
        return [message.key for message in self.stored]


class FakeConnector(Connector):
    """A verified fake: keeps the contract over a list in memory."""

    city: ClassVar[FakeCity]

    @property
    def capabilities(self) -> Capabilities:
        return self.city.capabilities

    def send(self, message: Message) -> Sent:
        city = self.city
        city.sends += 1
        if city.before_send is not None:
            city.before_send()
        failure, is_stored = city.failures.pop(0) if city.failures else (None, True)
        if is_stored:
            city.stored.append(message)
        if failure is not None:
            raise failure
        return self._answer(message)

    def _answer(self, message: Message) -> Sent:
        if self.city.gives_token:
            return Sent(token=f"token-{message.reference}")
        return Sent(remote_reference=f"C-{message.reference}")

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        self.city.look_ups += 1
        if self.city.look_up_failures:
            raise self.city.look_up_failures.pop(0)
        assert since < until
        return self._answer(message) if message.key in set(self.city.keys()) else None

    def resolve_token(self, token: str) -> str | None:
        return self.city.tokens.get(token)

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        self.city.asked_since.append(since)
        if self.city.poll_failures:
            raise self.city.poll_failures.pop(0)
        return list(self.city.updates)

    def photos_in_create(self, count: int) -> int:
        return min(1, count)


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> FakeCity:
    """A fresh city behind the system name `fake`."""
    fresh = FakeCity()
    monkeypatch.setitem(registry.SYSTEMS, "fake", FakeConnector)
    monkeypatch.setattr(FakeConnector, "city", fresh, raising=False)
    return fresh


def connection(*, to: Body | None = None, system: str = "fake", **its: Any) -> Connection:
    """A connection to a body."""
    its.setdefault(
        "statuses",
        {"open": "acknowledged", "busy": "in_progress", "done": "reported_fixed",
         "no": "declined:not_ours", "note": "comment"},
    )  # fmt: skip
    body = to or Body.objects.order_by("pk").first() or build.body()
    return Connection.objects.create(body=body, system=system, **its)


def handed_over(**its: Any) -> Handover:
    """An issue that was reported and routed: its first message waits."""
    where = build.jurisdiction() if not Body.objects.exists() else None
    if where is not None:
        build.category(of=where)
        build.responsibility(of=where, by=where.body)
    issue = build.issue(**its)
    handover = route_issue(issue_id=issue.pk)
    assert handover is not None
    return handover


def create_of(handover: Handover) -> Delivery:
    """The first message of a handover, fresh from the database."""
    return handover.deliveries.get(kind="create")


def status_of(handover: Handover) -> str:
    """Where the issue stands now."""
    return Issue.objects.get(pk=handover.issue_id).status


def item(where: Connection, status: str, *, after: float, words: str = "", **its: Any) -> InboxItem:
    """Something the system told, so many minutes after T0."""
    its.setdefault("event_id", f"event-{status}-{after}")
    return InboxItem.objects.create(
        connection=where,
        remote_status=status,
        words=words,
        happened_at=T0 + timedelta(minutes=after),
        **its,
    )
