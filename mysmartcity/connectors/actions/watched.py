"""Which handovers a connection is asked about, and whose turn it is. Reads, and notes who was asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet

from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.status import Mode
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.dispatch.status import ReferenceKind
from mysmartcity.lib import clock

WATCHED: Final = timedelta(days=90)
"""So long after its end a handover is still asked for: work is reopened."""

ASKS_PER_POLL: Final = 50

FRESH_SECONDS: Final = 60

_TURNS: Final = (
    (timedelta(hours=1), timedelta(seconds=FRESH_SECONDS)),
    (timedelta(days=1), timedelta(minutes=10)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta.max, timedelta(hours=6)),
)
"""Up to this age a handover is asked about once in so long."""


def watched_by(connection: Connection) -> QuerySet[Handover]:
    """The handovers whose news comes through a connection.

    Those that it carried, and those carried by what can't be asked (mail, a call, nothing yet). One in
    shadow mode looks at all: it is there to be compared.
    """
    found = Handover.objects.filter(body_id__in=body_ids_behind(connection)).exclude(
        body_reference=""
    )
    if connection.mode == Mode.SHADOW:
        return found
    return found.filter(Q(lane__isnull=True) | ~Q(lane__in=_others_that_are_asked(connection)))


def still_watched(connection: Connection, *, now: datetime) -> QuerySet[Handover]:
    """Those that are open, or ended so lately that they may be opened again."""
    is_watched = Q(ended_at__isnull=True) | Q(ended_at__gt=now - WATCHED)
    return watched_by(connection).filter(is_watched)


def _others_that_are_asked(connection: Connection) -> list[int]:
    """Other connections of the same bodies that are asked for their own."""
    others = Connection.objects.live().filter(body_id__in=body_ids_behind(connection))
    asked = []
    for other in others.exclude(pk=connection.pk).select_related("body"):
        try:
            if connector_for(other).capabilities.poll:
                asked.append(other.pk)
        except UnknownSystem:
            continue
    return asked


def whose_turn(connection: Connection, *, now: datetime) -> list[Handover]:
    """The handovers to ask about now, one call each: never asked first, then the longest waiting.

    A fresh one is asked about every minute (`ask_again_seconds` of the settings), an old one every six
    hours, an ended one seldom; at most `asks_per_poll` of the settings at once.
    """
    limit = max(1, int(connection.settings.get("asks_per_poll", ASKS_PER_POLL)))
    found = still_watched(connection, now=now)
    if connection.mode == Mode.SHADOW:
        # Noting who was asked would push back the turns of the connection that is live.
        return list(found.order_by("?")[:limit])
    fresh = timedelta(seconds=float(connection.settings.get("ask_again_seconds", FRESH_SECONDS)))
    is_due, older = Q(asked_at__isnull=True), timedelta()
    for age, pause in _TURNS:
        is_of_age = Q(made_at__lte=now - older)
        if age != timedelta.max:
            is_of_age &= Q(made_at__gt=now - age)
        pause = fresh if not older else pause
        is_due |= is_of_age & Q(asked_at__lte=now - pause, ended_at__isnull=True)
        older = age
    is_due |= Q(ended_at__isnull=False, asked_at__lte=now - _TURNS[-1][1])
    return list(found.filter(is_due).order_by(F("asked_at").asc(nulls_first=True), "pk")[:limit])


def note_asked(connection: Connection, handover_ids: Iterable[int]) -> None:
    """They had their turn, whatever came of it. A connection in shadow mode notes nothing."""
    if connection.mode != Mode.SHADOW:
        Handover.objects.filter(pk__in=list(handover_ids)).update(asked_at=clock.now())


def references_of(handovers: Iterable[Handover], *, to_ask: bool = False) -> dict[str, set[int]]:
    """Every reference that the body uses for these handovers → the handovers it stands for.

    `to_ask`: without other names of the same work, which its system does not know it by.
    """
    found: dict[str, set[int]] = {}
    ids = []
    for handover in handovers:
        ids.append(handover.pk)
        if handover.body_reference:
            found.setdefault(handover.body_reference, set()).add(handover.pk)
    further = HandoverReference.objects.filter(handover_id__in=ids)
    if to_ask:
        further = further.exclude(kind=ReferenceKind.ALSO)
    for reference, handover_id in further.values_list("reference", "handover_id"):
        found.setdefault(reference, set()).add(handover_id)
    return found
