"""Shadow mode: what a system on trial tells us is read and judged, and moves nothing."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.connectors.meanings import understood
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.status import Mode
from mysmartcity.connectors.whose import handovers_of
from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.issues.status import Actor, Status, may_move
from mysmartcity.lib import clock
from mysmartcity.people.models import Person

log = logging.getLogger(__name__)

SHADOW = "shadow: "
SHADOW_UNMAPPED = "shadow: waits for a mapping"


@transaction.atomic
def set_mode(*, connection: Connection, mode: Mode, by: Person) -> None:
    """Let a connection write, or only read and compare.

    Going live starts at this moment: what was read in shadow was judged there and is not applied, and
    what happened before is not asked for again (reconciliation finds what still differs). Raises
    NotAllowed when it is in that mode already.
    """
    locked = Connection.objects.select_for_update(of=("self",)).get(pk=connection.pk)
    if locked.mode == mode:
        raise NotAllowed(_("This connection is in that mode already."))
    locked.mode = mode
    if mode == Mode.LIVE:
        note_shadow(connection=locked)
        locked.cursor_at = clock.now()
    locked.save(update_fields=["mode", "cursor_at"])
    connection.refresh_from_db(fields=["mode", "cursor_at"])
    log.info("Connection %s is in mode %s now, by person %s.", locked.pk, mode, by.pk)


def note_shadow(*, connection: Connection, again: bool = False) -> int:
    """Say of each thing told what it would do; gives how many there were.

    `again`: what waited for a mapping is judged by the new codes.
    """
    waiting = connection.inbox.filter(applied_at__isnull=True)
    if again:
        waiting = waiting | connection.inbox.filter(outcome=SHADOW_UNMAPPED)
    count = 0
    for item in waiting.select_related("connection__body__parent", "handover").order_by(
        "happened_at", "pk"
    ):
        item.outcome = (SHADOW + _would(item))[:100]
        item.applied_at, item.codes_version = clock.now(), connection.codes_version
        item.save(update_fields=["outcome", "applied_at", "codes_version"])
        count += 1
    return count


def _would(item: InboxItem) -> str:
    """What applying an item would come to. Outcomes are words for staff, in English like the others."""
    handover = next(iter(handovers_of(item)), None)
    if handover is None:
        return "no handover"
    if item.is_inside:
        return "kept for staff"
    meaning = understood(item.connection, item.remote_status)
    if meaning is None:
        return SHADOW_UNMAPPED.removeprefix(SHADOW)
    if meaning.status is None:
        return "words"
    before = Status(Issue.objects.values_list("status", flat=True).get(pk=handover.issue_id))
    if before == meaning.status:
        return "nothing new"
    if not may_move(before, meaning.status, Actor.BODY):
        return f"no step from {before} to {meaning.status}"
    return f"would move to {meaning.status}"
