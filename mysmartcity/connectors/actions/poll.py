"""Asking a body's system for news: fetch, write down each thing once, apply in order of happening.

What was read is kept, also when the rest can't be read; the cursor moves only past what was read whole.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from django.db import transaction
from django.db.models import F, Min, Q

from mysmartcity.connectors import slots
from mysmartcity.connectors.actions.arrived import learn_reference
from mysmartcity.connectors.actions.connection import (
    is_resting,
    note_failure,
    note_success,
    pause_connection,
)
from mysmartcity.connectors.actions.inbox import use_inbox, write_down
from mysmartcity.connectors.actions.watched import (
    note_asked,
    references_of,
    still_watched,
    whose_turn,
)
from mysmartcity.connectors.contract import Connector, DeliveryFailed, Update
from mysmartcity.connectors.figures import note_call
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.slots import Work
from mysmartcity.connectors.status import Mode, Source
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock
from mysmartcity.lib.crash import crash_point

OVERLAP = timedelta(minutes=10)
"""Each poll reads this much again: clocks differ, and servers list things late."""

WINDOW_DAYS = 30
"""After a gap longer than this a system is asked period by period (setting `window_days`)."""

PAGE = 200
"""So many things are written down at once while more are still coming."""

TOKENS_PER_POLL = 50

FAILURES_IN_A_ROW = 3
"""So many handovers that can't be asked about, one after the other, are the system's own failure."""


@dataclass
class Reading:
    """What one poll has done so far."""

    connection: Connection
    connector: Connector
    asked_at: datetime
    new_count: int = 0
    newest_at: datetime | None = None
    is_whole: bool = False


def poll(*, connection_id: int) -> int:
    """Ask once; gives the number of new items. Does nothing for a paused, resting or silent system."""
    connection = Connection.objects.active().select_related("body").filter(pk=connection_id).first()
    if connection is None:
        return 0
    with slots.held(Work.POLL, connection.pk) as is_ours:
        return _poll(connection) if is_ours else 0


def _poll(connection: Connection) -> int:
    try:
        connector = connector_for(connection)
    except UnknownSystem as error:
        failure = DeliveryFailed(ErrorClass.PERMANENT, str(error))
        note_failure(connection, failure, is_out=False)
        return 0
    now = clock.now()
    if is_resting(connection) or not connector.capabilities.poll:
        use_inbox(connection)  # what was pushed and not used: the worker ended in between
        return 0
    reading = Reading(connection, connector, now)
    try:
        if connection.mode == Mode.LIVE:
            _resolve_tokens(reading)
        _read(reading)
        reading.is_whole = True
    except DeliveryFailed as failure:
        note_failure(connection, failure, is_out=False)
        if failure.error_class == ErrorClass.AUTH:
            pause_connection(connection=connection, reason=failure.sentence)
    crash_point("after-inbox")
    use_inbox(connection)
    crash_point("after-apply")
    _put_away(reading)
    return reading.new_count


def _put_away(reading: Reading) -> None:
    """All that was read is in the inbox for good, so the system may put it away."""
    try:
        complaints = reading.connector.news_kept() if reading.is_whole else ()
    except DeliveryFailed as failure:
        note_failure(reading.connection, failure, is_out=False)
        return
    if complaints:
        told = DeliveryFailed(ErrorClass.PERMANENT, " ".join(complaints))
        note_failure(reading.connection, told, is_out=False)


def _resolve_tokens(reading: Reading) -> None:
    """Handovers with a token wait for their reference: some at a time, the longest waiting first."""
    connection, failures = reading.connection, 0
    pending = Handover.objects.filter(
        Q(lane__isnull=True) | Q(lane=connection.pk),
        body_id__in=body_ids_behind(connection),
        body_reference="",
    ).exclude(body_token="")  # an empty token is no password
    turns = pending.select_related("body").order_by(F("asked_at").asc(nulls_first=True), "pk")
    for handover in turns[:TOKENS_PER_POLL]:
        try:
            reference = reading.connector.resolve_token(handover.body_token)
        except DeliveryFailed as failure:
            note_call(connection_id=connection.pk, is_out=False, is_ok=False, milliseconds=0)
            failures = _minds(reading, failure, failures)
            reference = None
        note_asked(connection, [handover.pk])
        if reference:
            with transaction.atomic():
                issue = Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
                handover.refresh_from_db()
                handover.issue = issue
                learn_reference(handover=handover, body_reference=reference)


def _minds(reading: Reading, failure: DeliveryFailed, failures: int) -> int:
    """One more that can't be asked about; raises the failure again where it is the system's own."""
    is_all = failure.is_systemic or failure.error_class in (ErrorClass.AUTH, ErrorClass.THROTTLED)
    if is_all or failures + 1 >= FAILURES_IN_A_ROW:
        raise failure
    note_failure(reading.connection, failure, is_out=False)
    return failures + 1


def _read(reading: Reading) -> None:
    if reading.connector.capabilities.polls_each:
        _read_each(reading)
    else:
        _read_all(reading)


# --- One call for all -----------------------------------------------------------------------------


def _read_all(reading: Reading) -> None:
    """Everything since the cursor, after a long gap in windows that each move the cursor."""
    connection, connector = reading.connection, reading.connector
    ours = references_of(still_watched(connection, now=reading.asked_at))
    if not ours and not connector.capabilities.names_ours:
        return
    asked = references_of(still_watched(connection, now=reading.asked_at), to_ask=True)
    references, since = sorted(asked), _since(connection, reading.asked_at)
    for window_since, until in _windows(reading, since):
        if until is None:
            ask = partial(connector.fetch_updates, since=window_since, references=references)
        else:
            ask = partial(
                connector.fetch_window, since=window_since, until=until, references=references
            )
        _take(reading, ask, ours)
        # Not past what is surely whole: the newest thing, or the end of a window in the past.
        cursor = reading.newest_at if until is None else until
        if cursor is not None:
            _advance(connection, min(cursor, reading.asked_at))
    note_success(connection, is_out=False)


def _windows(reading: Reading, since: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Periods to ask for, the last one without an end."""
    if reading.connector.capabilities.windows:
        days = float(reading.connection.settings.get("window_days", WINDOW_DAYS))
        length = timedelta(days=max(1.0, days))
        while reading.asked_at - since > length:
            yield since, since + length
            since += length - OVERLAP
    yield since, None


def _since(connection: Connection, asked_at: datetime) -> datetime:
    """From the cursor, or from the oldest handover whose reference we learned after the last poll.

    A crash may leave us without a reference for a while; news of that time must not be missed.
    """
    cursor = connection.cursor_at
    given = Handover.objects.filter(body_id__in=body_ids_behind(connection))
    if cursor is not None:
        given = given.filter(acknowledged_at__gt=connection.last_in_at or cursor)
    oldest = given.aggregate(oldest=Min("made_at"))["oldest"]
    return min(filter(None, (cursor, oldest)), default=asked_at) - OVERLAP


def _advance(connection: Connection, cursor_at: datetime) -> None:
    """Move the cursor forward only: two polls at once must not take it back."""
    Connection.objects.filter(
        Q(cursor_at__isnull=True) | Q(cursor_at__lt=cursor_at), pk=connection.pk
    ).update(cursor_at=cursor_at)


# --- One call for each handover -------------------------------------------------------------------


def _read_each(reading: Reading) -> None:
    """Those whose turn it is. One that can't be read does not keep the others waiting."""
    failures = 0
    handovers = whose_turn(reading.connection, now=reading.asked_at)
    for handover in handovers:
        ours, asked = references_of([handover]), references_of([handover], to_ask=True)
        try:
            # All of its life: it is one short list, and an earlier turn may have failed.
            since = handover.made_at - OVERLAP
            ask = partial(reading.connector.fetch_updates, since=since, references=sorted(asked))
            _take(reading, ask, ours)
        except DeliveryFailed as failure:
            failures = _minds(reading, failure, failures)
        else:
            failures = 0
        note_asked(reading.connection, [handover.pk])
    if handovers and not failures:
        note_success(reading.connection, is_out=False)


# --- What comes in --------------------------------------------------------------------------------


def _take(reading: Reading, ask: Callable[[], Iterable[Update]], ours: dict[str, set[int]]) -> None:
    """Write down page by page what comes; a failure in the middle loses nothing of what came before.

    Where news may name our reference alone all of it is one page: what says whose a reference is may
    stand far from the news about it, and what nobody is known for is not kept.
    """
    coming = _Timed(ask)
    length = None if reading.connector.capabilities.names_ours else PAGE
    try:
        while page := list(islice(coming, length)):
            crash_point("after-fetch")
            reading.new_count += write_down(reading.connection, page, ours=ours, source=Source.POLL)
            newest = max(one.happened_at for one in page)
            reading.newest_at = max(newest, reading.newest_at or newest)
        if coming.failure is not None:
            raise coming.failure
    finally:
        note_call(
            connection_id=reading.connection.pk,
            is_out=False,
            is_ok=coming.failure is None,
            milliseconds=coming.seconds * 1000,
        )


class _Timed:
    """What a connector gives, one by one: how long that took, and what ended it early."""

    def __init__(self, ask: Callable[[], Iterable[Update]]) -> None:
        self.seconds = 0.0
        self.failure: DeliveryFailed | None = None
        self._ask = ask
        self._iterator: Iterator[Update] | None = None

    def __iter__(self) -> Iterator[Update]:
        return self

    def __next__(self) -> Update:
        if self.failure is not None:
            raise StopIteration
        began = time.monotonic()
        try:
            if self._iterator is None:
                self._iterator = iter(self._ask())
            return next(self._iterator)
        except DeliveryFailed as failure:
            self.failure = failure
            raise StopIteration from failure
        finally:
            self.seconds += time.monotonic() - began
