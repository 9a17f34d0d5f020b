"""A believable state of the exchange for the desk: good days, outages, and what humans must do.

Written straight into the tables, without events, and so that no worker takes it up: what is dead, uncertain
or by hand stays as it is, and what waits belongs to paused systems. Needs the demo city.
"""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from mysmartcity.connectors.contract import Capabilities
from mysmartcity.connectors.models import (
    CodeBook,
    Connection,
    Drift,
    ExchangeFigure,
    InboxItem,
    Preference,
    Reconciliation,
)
from mysmartcity.connectors.registry import capabilities_of
from mysmartcity.connectors.status import DriftKind, Mode, Source
from mysmartcity.demo.figures import DemoFigures
from mysmartcity.dispatch.models import Call, Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import (
    CallOutcome,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    QueueReason,
)
from mysmartcity.lib import clock
from mysmartcity.people.models import Person, Role

NEVER: Final = timedelta(days=365)

REFUSALS: Final = (
    (ErrorClass.PERMANENT, "400: service_code 'RD-POTHOLE' is not offered any more."),
    (ErrorClass.PERMANENT, "422: The address needs a street number inside the municipal boundary."),
    (ErrorClass.TRANSIENT, "503: Scheduled maintenance until Sunday. Tried 12 times in 9 hours."),
    (ErrorClass.AUTH, "401: The API key has expired."),
    (ErrorClass.THROTTLED, "429: More than 600 requests an hour."),
)
UNKNOWN: Final = (("Awaiting material", 7), ("Referred to contractor (ext)", 3), ("ZZ-90", 1))


class DemoExchange:
    """Writes the state once; `write` gives False when it is there already."""

    def __init__(self, *, seed: int = 11) -> None:
        self.random = random.Random(seed)
        self.now = clock.now()
        # The newest first, so that of several the oldest stays: the one that carries messages.
        newest_first = Connection.objects.select_related("body").order_by("-pk")
        self.bodies = {one.body.slug: one for one in newest_first}
        self.phones = {one.body.slug: one for one in newest_first if _can(one).by_hand}

    @transaction.atomic
    def write(self) -> bool:
        """All of it in one transaction."""
        if Drift.objects.exists() or not self.bodies:
            return False
        figures = DemoFigures(self.random, self.now).of(list(self.bodies.values()))
        ExchangeFigure.objects.bulk_create(figures, batch_size=2000, ignore_conflicts=True)
        Connection.objects.update(last_out_at=self.now - timedelta(minutes=4))
        Connection.objects.update(last_in_at=self.now - timedelta(minutes=2))
        self._states()
        self._dead()
        self._uncertain()
        self._by_hand()
        self._unmapped()
        self._without_address()
        _compare(self)
        _give_versions(self)
        return True

    def _states(self) -> None:
        hours = timedelta(hours=1)
        self.put("capetown-electricity", failing_since=self.now - 3 * hours, failure_count=41)
        self.put(
            "capetown-electricity",
            last_out_at=self.now - 3 * hours,
            last_in_at=self.now - 3 * hours,
            last_error="No connection to the system: timed out after 10 s.",
            last_error_at=self.now - timedelta(minutes=1),
            is_active=True,
        )
        self._wait("capetown-electricity", 22, oldest=3 * hours)
        self.put(
            "johannesburg-water",
            is_active=False,
            pause_reason="Their mail server refuses our sender since the move; spoke to Mr Dube.",
            paused_at=self.now - 9 * hours,
            last_out_at=self.now - 9 * hours,
        )
        self._wait("johannesburg-water", 6, oldest=9 * hours)
        self.put("ethekwini-police", last_out_at=None, last_in_at=None)
        self.put("ekurhuleni-roads", mode=Mode.SHADOW)
        self.put("capetown-water", certificate_until=self.now + timedelta(days=9))
        self.put("tshwane-electricity", secrets_until=self.now + timedelta(days=5))

    def put(self, slug: str, **facts: Any) -> None:
        """Set fields of the connection of a body, where the demo has that body."""
        if slug in self.bodies:
            Connection.objects.filter(pk=self.bodies[slug].pk).update(**facts)

    def handovers(self, slug: str, count: int) -> list[tuple[Connection, Handover]]:
        """Handovers of a body that have no message yet."""
        connection = self.bodies.get(slug)
        return self._handovers(connection, count) if connection is not None else []

    def _handovers(self, connection: Connection, count: int) -> list[tuple[Connection, Handover]]:
        found = Handover.objects.filter(body=connection.body, deliveries__isnull=True)
        found = found.select_related("issue__category").order_by("-made_at", "pk")
        return [(connection, one) for one in found[:count]]

    def _deliver(
        self, connection: Connection, handover: Handover, *, hours: float, **facts: Any
    ) -> Delivery:
        return Delivery.objects.create(
            handover=handover,
            key=f"{handover.issue.reference}-{handover.pk}",
            kind=facts.pop("kind", DeliveryKind.CREATE),
            lane=connection.pk,
            made_at=self.now - timedelta(hours=hours),
            next_try_at=facts.pop("next_try_at", self.now + NEVER),
            **facts,
        )

    def _wait(self, slug: str, count: int, *, oldest: timedelta) -> None:
        for number, (connection, handover) in enumerate(self.handovers(slug, count)):
            hours = oldest / timedelta(hours=1) * (1 - number / count)
            self._deliver(connection, handover, hours=hours, attempt_count=3)

    def _queue(self, delivery: Delivery, reason: QueueReason, **facts: Any) -> None:
        issue = delivery.handover.issue
        if not QueueEntry.objects.unsettled().filter(issue=issue, reason=reason).exists():
            QueueEntry.objects.create(
                issue=issue,
                delivery=delivery,
                reason=reason,
                words=delivery.error,
                opened_at=delivery.made_at,
                **facts,
            )

    def _dead(self) -> None:
        desk = Person.objects.filter(role=Role.DISPATCHER).first()
        slugs = ("ethekwini-roads", "capetown-roads", "ethekwini-electricity", "capetown-waste")
        for place, slug in enumerate(slugs):
            for number, (connection, handover) in enumerate(self.handovers(slug, 4 - place)):
                error_class, error = REFUSALS[(place + number) % len(REFUSALS)]
                delivery = self._deliver(
                    connection,
                    handover,
                    hours=5 + 11 * place + number,
                    state=DeliveryState.DEAD,
                    error_class=error_class,
                    error=error,
                    attempt_count=12 if error_class != ErrorClass.PERMANENT else 1,
                )
                care: dict[str, Any] = {"owner": desk} if number == 1 else {}
                if number == 2:
                    care |= {"owner": desk, "note": "Asked Roads for the new code, call 0812."}
                    care["acknowledged_at"] = self.now - timedelta(hours=2)
                self._queue(delivery, QueueReason.DEAD_LETTER, **care)

    def _uncertain(self) -> None:
        for connection, handover in self.handovers("ethekwini-waste", 2):
            delivery = self._deliver(
                connection,
                handover,
                hours=20,
                state=DeliveryState.UNCERTAIN,
                error_class=ErrorClass.AMBIGUOUS,
                error="The line was cut after the request was sent.",
                attempt_count=1,
                first_try_at=self.now - timedelta(hours=20),
            )
            self._queue(delivery, QueueReason.UNCERTAIN)

    def _by_hand(self) -> None:
        desk = Person.objects.filter(role=Role.DISPATCHER).first()
        for slug, phone in self.phones.items():
            count = 2 if slug == "johannesburg-water" else 4
            for number, (connection, handover) in enumerate(self._handovers(phone, count)):
                later = {"next_try_at": self.now + timedelta(minutes=25)} if number == 1 else {}
                delivery = self._deliver(
                    connection,
                    handover,
                    hours=2 + 3 * number,
                    state=DeliveryState.BY_HAND,
                    **({"next_try_at": self.now} | later),
                )
                if later:
                    Call.objects.create(
                        delivery=delivery, by=desk, outcome=CallOutcome.NO_ANSWER,
                        waited_seconds=1260, called_at=self.now - timedelta(minutes=5),
                    )  # fmt: skip

    def _without_address(self) -> None:
        for connection, handover in self.handovers("capetown-parks", 2):
            name = connection.body.name
            words = f"{name}'s system takes no report without the street, the street number."
            delivery = self._deliver(connection, handover, hours=1, error=words)
            self._queue(delivery, QueueReason.NEEDS_FACTS)

    def _unmapped(self) -> None:
        pairs = self.handovers("ethekwini-electricity", 12)
        for word, count in UNKNOWN:
            for number in range(min(count, len(pairs))):
                connection, handover = pairs.pop()
                at = self.now - timedelta(hours=4 + 5 * number)
                reference = handover.body_reference or f"EL{handover.pk}"
                InboxItem.objects.create(
                    connection=connection, event_id=f"demo-{word}-{number}", handover=handover,
                    body_reference=reference, remote_status=word, happened_at=at, received_at=at,
                    outcome="needs mapping", source=Source.POLL,
                )  # fmt: skip
                QueueEntry.objects.get_or_create(
                    issue=handover.issue, reason=QueueReason.NEEDS_MAPPING, settled_at=None,
                    defaults={"words": word, "opened_at": at},
                )  # fmt: skip
        for number, (connection, handover) in enumerate(pairs[:8]):
            at = self.now - timedelta(hours=number)
            InboxItem.objects.create(
                connection=connection, event_id=f"demo-known-{number}", handover=handover,
                body_reference=handover.body_reference, remote_status="in_progress",
                words="The team is on its way.", happened_at=at, received_at=at, applied_at=at,
                outcome="moved to in_progress",
            )  # fmt: skip


def _can(connection: Connection) -> Capabilities:
    return capabilities_of(connection) or Capabilities()


def _compare(made: DemoExchange) -> None:
    """A night of comparisons, one of which found differences."""
    night = made.now.replace(hour=0, minute=30, second=0, microsecond=0)
    for place, connection in enumerate(made.bodies.values()):
        if place % 3 or not _can(connection).states:
            continue
        Reconciliation.objects.create(
            connection=connection, began_at=night, checked_count=40 + place,
            ended_at=night + timedelta(seconds=30 + place),
        )  # fmt: skip
    handovers: Sequence[tuple[Connection, Handover]] = made.handovers("ekurhuleni-roads", 3)
    if not handovers:
        return
    run = Reconciliation.objects.create(
        connection=handovers[0][0], is_full=True, began_at=night, checked_count=212,
        ended_at=night + timedelta(minutes=3), drift_count=len(handovers),
    )  # fmt: skip
    for number, (_connection, handover) in enumerate(handovers):
        kind = (DriftKind.MISSING, DriftKind.STATUS, DriftKind.UNKNOWN)[number]
        Drift.objects.create(
            reconciliation=run, handover=handover, kind=kind, found_at=night,
            ours="Being worked on", theirs=("", "Closed", "ZZ-90")[number],
            healed_at=night if number == 1 else None,
            outcome="their news was applied" if number == 1 else "",
        )  # fmt: skip


def _give_versions(made: DemoExchange) -> None:
    """Three versions of one connection's codes, and what it is used for."""
    operator = Person.objects.filter(role=Role.OPERATOR).first()
    connection = made.bodies.get("ethekwini-electricity")
    if connection is None:
        return
    notes = ("First list, from their handbook", "“on_hold” was missing", "New outage codes")
    for number, note in enumerate(notes, start=1):
        CodeBook.objects.create(
            connection=connection, version=number, note=note, made_by=operator,
            statuses=dict(list(connection.statuses.items())[: 5 + 3 * number]),
            category_codes=connection.category_codes,
            made_at=made.now - timedelta(days=40 - 12 * number),
        )  # fmt: skip
    made.put("ethekwini-electricity", codes_version=len(notes))
    Preference.objects.create(body=connection.body, connection=connection, after_hours=4)
