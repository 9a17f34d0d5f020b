"""Asking a body's system for news: fetch, write down each thing once, apply in order of happening."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from mysmartcity.connectors.actions.apply import apply_waiting
from mysmartcity.connectors.actions.arrived import learn_reference
from mysmartcity.connectors.actions.connection import (
    note_failure,
    note_success,
    pause_connection,
)
from mysmartcity.connectors.contract import Connector, DeliveryFailed, Update
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.issues.models import Issue
from mysmartcity.lib import clock, ids
from mysmartcity.lib.crash import crash_point
from mysmartcity.lib.text import readable

OVERLAP = timedelta(minutes=10)
"""Each poll reads this much again: clocks differ, and servers list things late."""

WATCHED = timedelta(days=90)
"""So long after its end a handover is still asked for: work is reopened."""


def poll(*, connection_id: int) -> int:
    """Ask once; gives the number of new items. Does nothing for a paused or silent system."""
    connection = Connection.objects.active().select_related("body").filter(pk=connection_id).first()
    if connection is None:
        return 0
    try:
        connector = connector_for(connection)
    except UnknownSystem as error:
        note_failure(connection, str(error))
        return 0
    if not connector.capabilities.poll:
        return 0
    try:
        _resolve_tokens(connection, connector)
        return _fetch(connection, connector)
    except DeliveryFailed as failure:
        note_failure(connection, failure.sentence)
        if failure.error_class == ErrorClass.AUTH:
            pause_connection(connection=connection, reason=failure.sentence)
        return 0


def _resolve_tokens(connection: Connection, connector: Connector) -> None:
    """Handovers with a token wait for their reference."""
    pending = Handover.objects.filter(
        body_id__in=body_ids_behind(connection), body_reference=""
    ).exclude(body_token="")  # an empty token is no password
    for handover in pending.select_related("body").order_by("pk"):
        reference = connector.resolve_token(handover.body_token)
        if reference:
            with transaction.atomic():
                Issue.objects.select_for_update(of=("self",)).get(pk=handover.issue_id)
                learn_reference(handover=handover, body_reference=reference)


def _fetch(connection: Connection, connector: Connector) -> int:
    asked_at = clock.now()
    watched = (
        Handover.objects.filter(body_id__in=body_ids_behind(connection))
        .exclude(body_reference="")
        .filter(Q(ended_at__isnull=True) | Q(ended_at__gt=asked_at - WATCHED))
    )
    references = sorted(set(watched.values_list("body_reference", flat=True)))
    if not references and not connector.capabilities.names_ours:
        return 0
    updates = list(
        connector.fetch_updates(since=_since(connection, asked_at), references=references)
    )
    crash_point("after-fetch")
    new_count = _write_down(connection, updates, set(references))
    crash_point("after-inbox")
    apply_waiting(connection=connection)
    crash_point("after-apply")
    complaints = connector.news_kept()
    if complaints:
        note_failure(connection, " ".join(complaints))
    newest = max((one.happened_at for one in updates), default=None)
    if newest is not None:
        _advance(connection, min(newest, asked_at))
    note_success(connection, is_out=False)
    return new_count


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


def _write_down(connection: Connection, updates: Sequence[Update], ours: set[str]) -> int:
    """One row for each thing told; what is about other people's requests is not ours to keep."""
    named = {one.ours: _named(connection, one.ours) for one in updates if one.ours}
    # A status may stand before the acknowledgement that says whose reference that is.
    told = {one.body_reference: named[one.ours] for one in updates if named.get(one.ours)}
    told.pop("", None)
    rows = [
        InboxItem(
            connection=connection,
            event_id=one.event_id[:200],
            handover=named.get(one.ours) or told.get(one.body_reference),
            body_reference=one.body_reference[:100],
            remote_status=one.remote_status[:100],
            words=readable("\n".join([one.words, *one.photos])),
            happened_at=one.happened_at,
            promised_at=one.promised_at,
        )
        for one in updates
        if one.body_reference in ours | set(told) or named.get(one.ours)
    ]
    event_ids = {row.event_id for row in rows}
    known = connection.inbox.filter(event_id__in=event_ids)
    before = known.count()
    InboxItem.objects.bulk_create(rows, ignore_conflicts=True)
    return known.count() - before


def _named(connection: Connection, ours: str) -> Handover | None:
    """The handover that a system calls by our name: that of the very message, else the newest."""
    reference = ids.read_reference(ours[:10])
    if reference is None:
        return None
    handovers = Handover.objects.filter(
        issue__reference=reference, body_id__in=body_ids_behind(connection)
    ).order_by("-is_current", "-made_at", "-pk")
    exact = handovers.filter(deliveries__remote_id=ours).first() if ours != reference else None
    return exact or handovers.first()


def _advance(connection: Connection, cursor_at: datetime) -> None:
    """Move the cursor forward only: two polls at once must not take it back."""
    Connection.objects.filter(
        Q(cursor_at__isnull=True) | Q(cursor_at__lt=cursor_at), pk=connection.pk
    ).update(cursor_at=cursor_at)
