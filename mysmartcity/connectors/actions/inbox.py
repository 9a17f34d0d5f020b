"""Writing news into the inbox, each thing once, and using what lies there.

Polls, pushes and reconciliation all come through here.
"""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q

from mysmartcity.connectors.actions.apply import (
    NEEDS_MAPPING,
    NOT_OURS,
    apply_waiting,
    replay_unmapped,
)
from mysmartcity.connectors.actions.shadow import note_shadow
from mysmartcity.connectors.contract import Update
from mysmartcity.connectors.meanings import understood
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.status import Mode, Source
from mysmartcity.connectors.whose import handover_named
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.lib.text import readable


def write_down(
    connection: Connection,
    updates: Sequence[Update],
    *,
    ours: Mapping[str, set[int]],
    source: Source,
    keeps_strangers: bool = False,
) -> int:
    """One row for each thing told; gives how many were new.

    `ours` are our references and their handovers. What is about other people's requests is not ours
    to keep, unless `keeps_strangers`: a reference may be told of before we have written it down.
    """
    named = {one.ours: handover_named(connection, one.ours) for one in updates if one.ours}
    # A status may stand before the acknowledgement that says whose reference that is.
    given = {one.body_reference: named[one.ours] for one in updates if named.get(one.ours)}
    given.pop("", None)
    rows = []
    for one in updates:
        is_ours = any(name in ours for name in (one.body_reference, *one.more_references))
        handover = named.get(one.ours) or (None if is_ours else given.get(one.body_reference))
        if is_ours or handover is not None or keeps_strangers:
            rows.append(_row(connection, one, handover, source))
    event_ids = {row.event_id for row in rows}
    known = connection.inbox.filter(event_id__in=event_ids)
    before = known.count()
    InboxItem.objects.bulk_create(rows, ignore_conflicts=True)
    return known.count() - before


def _row(
    connection: Connection, one: Update, handover: Handover | None, source: Source
) -> InboxItem:
    return InboxItem(
        connection=connection,
        event_id=one.event_id[:200],
        source=source,
        handover=handover,
        body_reference=one.body_reference[:100],
        more_references=[name[:100] for name in one.more_references],
        also_called=[name[:100] for name in one.also_called],
        remote_status=one.remote_status[:100],
        words=readable("\n".join([one.words, *one.photos])),
        happened_at=one.happened_at,
        promised_at=one.promised_at,
    )


def use_inbox(connection: Connection) -> int:
    """Apply what is new in the order of happening, or judge it in shadow mode; gives how many items.

    Also what a worker that died left behind: items never tried, items whose reference we know by
    now, and words whose meaning was given since.
    """
    if connection.mode == Mode.SHADOW:
        return note_shadow(connection=connection)
    waiting = connection.inbox.filter(applied_at__isnull=True)
    applied = 0
    if waiting.filter(Q(outcome="") | _known_by_now(connection)).exists():
        applied = apply_waiting(connection=connection)
    unknown = waiting.filter(outcome=NEEDS_MAPPING).order_by()
    words = unknown.values_list("remote_status", flat=True).distinct()
    if any(understood(connection, word) is not None for word in words):
        applied += replay_unmapped(connection=connection)
    return applied


def _known_by_now(connection: Connection) -> Q:
    ours = Handover.objects.filter(
        body_id__in=body_ids_behind(connection), body_reference=OuterRef("body_reference")
    )
    more = HandoverReference.objects.filter(
        handover__body_id__in=body_ids_behind(connection), reference=OuterRef("body_reference")
    )
    return Q(outcome=NOT_OURS) & (Q(Exists(ours)) | Q(Exists(more)))
