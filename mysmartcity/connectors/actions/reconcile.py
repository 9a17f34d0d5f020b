"""Comparing our view with a system's: every night a sample, every week all that is open.

What surely is news that we missed goes the way of all news and so heals. What is missing there, or
contradicts what we know, is asked twice and then put before a human. A system that is away is no drift.
"""

from collections.abc import Iterator, Sequence

from django.db.models import F, QuerySet

from mysmartcity.connectors import slots
from mysmartcity.connectors.actions import drift as drifts
from mysmartcity.connectors.actions.connection import is_resting, note_failure, pause_connection
from mysmartcity.connectors.actions.drift import Finding, Remedy, Seen
from mysmartcity.connectors.actions.watched import note_asked, references_of, watched_by
from mysmartcity.connectors.contract import Connector, DeliveryFailed, RemoteState
from mysmartcity.connectors.models import Connection, Reconciliation
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.slots import Work
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.issues.status import ENDED, SET_ASIDE
from mysmartcity.lib import clock
from mysmartcity.lib.crash import crash_point

SAMPLE = 200
BATCH = 50
FAILED_BATCHES = 3
"""After so many batches that failed a run gives up: the system is not well."""

_STOPS = (ErrorClass.AUTH, ErrorClass.THROTTLED)


def reconcile(*, connection_id: int, is_full: bool = False) -> Reconciliation | None:
    """Compare once; None when the system can't be asked for states, is paused, rests, or a run is on.

    What could be compared stays also when a later batch fails; the failure stands in `error`.
    """
    connection = Connection.objects.active().select_related("body").filter(pk=connection_id).first()
    if connection is None or is_resting(connection):
        return None
    try:
        connector = connector_for(connection)
    except UnknownSystem as error:
        failure = DeliveryFailed(ErrorClass.PERMANENT, str(error))
        note_failure(connection, failure, is_out=False)
        return None
    if not connector.capabilities.states:
        return None
    with slots.held(Work.COMPARE, connection.pk) as is_ours:
        if not is_ours:
            return None
        run = _begin(connection, is_full=is_full)
        _Run(connection, connector, run).go(_chosen(connection, is_full=is_full))
        return run


def _begin(connection: Connection, *, is_full: bool) -> Reconciliation:
    """A new run. One that never ended lost its worker: nobody else can be at it, we hold the lock."""
    connection.reconciliations.filter(ended_at__isnull=True).update(
        ended_at=clock.now(), error="It was broken off."
    )
    return Reconciliation.objects.create(connection=connection, is_full=is_full)


def _chosen(connection: Connection, *, is_full: bool) -> QuerySet[Handover]:
    """What is open there and here; a sample begins with what was not asked about for longest."""
    settled = [*ENDED, *SET_ASIDE]
    found = (
        watched_by(connection).filter(ended_at__isnull=True).exclude(issue__status__in=settled)
    ).order_by(F("asked_at").asc(nulls_first=True), "?")
    return found if is_full else found[:SAMPLE]


class _Run:
    """One run over the chosen handovers, batch by batch."""

    def __init__(self, connection: Connection, connector: Connector, run: Reconciliation) -> None:
        self.connection = connection
        self.connector = connector
        self.run = run
        self.suspects: list[int] = []
        self.failed_batches = 0

    def go(self, chosen: QuerySet[Handover]) -> None:
        """Compare all; ask a second time about what would have to go before a human."""
        for batch in _batches(list(chosen.values_list("pk", flat=True))):
            self._compare(batch, is_second=False)
            crash_point("after-reconciled-batch")
            if self.failed_batches >= FAILED_BATCHES:
                break
        suspects = self.suspects if self.failed_batches < FAILED_BATCHES else []
        for batch in _batches(suspects):
            self._compare(batch, is_second=True)
        self.run.ended_at = clock.now()
        self.run.save()

    def _compare(self, handover_ids: Sequence[int], *, is_second: bool) -> None:
        """Ask for a batch and settle what it shows."""
        handovers = Handover.objects.filter(pk__in=handover_ids)
        owners = references_of(handovers, to_ask=True)
        asked_at = clock.now()
        states, failure = self._ask(sorted(owners))
        if failure is not None:
            self._failed(failure)
        answered = [pk for pk in handover_ids if _is_whole(pk, owners, states)]
        seen = drifts.look(self.connection, answered, owners, states, asked_at=asked_at)
        if not is_second:
            self.run.checked_count += len(seen)
            note_asked(self.connection, answered)
        for one in seen:
            self._settle(one, is_second=is_second)
        drifts.settle_agreeing(self.connection, [one for one in seen if not one.findings])
        self.run.save()

    def _ask(
        self, references: Sequence[str]
    ) -> tuple[dict[str, RemoteState], DeliveryFailed | None]:
        """What they answered, also when they broke off in the middle."""
        states: dict[str, RemoteState] = {}
        try:
            for state in self.connector.fetch_states(references):
                states[state.body_reference] = state
        except DeliveryFailed as failure:
            return states, failure
        return states, None

    def _failed(self, failure: DeliveryFailed) -> None:
        is_away = failure.is_systemic or failure.error_class in _STOPS
        self.failed_batches += FAILED_BATCHES if is_away else 1
        self.run.error = self.run.error or failure.sentence[:300]
        note_failure(self.connection, failure, is_out=False)
        if failure.error_class == ErrorClass.AUTH:
            pause_connection(connection=self.connection, reason=failure.sentence)

    def _settle(self, seen: Seen, *, is_second: bool) -> None:
        for finding in seen.findings:
            if finding.remedy == Remedy.HUMAN and not is_second:
                self.suspects.append(seen.handover.pk)
            elif finding.remedy != Remedy.NONE or not is_second:
                self._write(seen, finding)

    def _write(self, seen: Seen, finding: Finding) -> None:
        if drifts.settle(self.connection, self.run, seen, finding):
            self.run.drift_count += 1


def _is_whole(
    handover_id: int, owners: dict[str, set[int]], states: dict[str, RemoteState]
) -> bool:
    """Whether everything of a handover was answered: what was not asked to the end is not missing."""
    return all(ref in states for ref, ids in owners.items() if handover_id in ids)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
