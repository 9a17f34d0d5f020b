"""Whose news it is: the handovers that an inbox item is about."""

from collections.abc import Iterable

from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.queries import body_ids_behind, body_ids_near
from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.dispatch.references import loose_key, normal_form
from mysmartcity.lib import ids


def ignores_zeros(connection: Connection) -> bool:
    """Whether this body's numbers are filled up with zeros: a setting, because elsewhere they count."""
    return bool(connection.settings.get("reference_ignores_zeros"))


def handovers_of(item: InboxItem) -> list[Handover]:
    """The handovers an item is about, each once: several where a body joined reports of ours into one.

    A reply address names one. A reference finds what a body calls so in any spelling; where we don't
    know it, those references that the item names beside it do.
    """
    if item.handover is not None:
        return [item.handover]
    found = with_reference(item.connection, item.body_reference)
    if not found:
        for reference in item.more_references:
            found += with_reference(item.connection, str(reference))
    return _each_once(found)


def handover_named(connection: Connection, ours: str) -> Handover | None:
    """The handover that a system calls by our name: that of the very message, else the newest."""
    reference = ids.read_reference(ours[:10])
    if reference is None:
        return None
    handovers = Handover.objects.filter(
        issue__reference=reference, body_id__in=body_ids_behind(connection)
    ).order_by("-is_current", "-made_at", "-pk")
    exact = handovers.filter(deliveries__remote_id=ours).first() if ours != reference else None
    return exact or handovers.first()


def with_reference(connection: Connection, reference: str) -> list[Handover]:
    """The handovers that a reference stands for when it comes through this connection.

    First what this connection's own body calls so. Then what a body above or below it does, which may
    answer for it; but two of those may both have a 100, and then it is nobody's: never guessed.
    """
    rules = ignores_zeros(connection)
    wanted = normal_form(reference, ignores_zeros=rules)
    if not wanted:
        return []
    near = body_ids_near(connection)
    rows = HandoverReference.objects.filter(
        key=loose_key(reference), handover__body__in=near
    ).select_related("handover__body")
    named = {
        row.handover_id: row.handover
        for row in rows
        if normal_form(row.reference, ignores_zeros=rules) == wanted
    }
    plain = Handover.objects.filter(body__in=near, body_reference=reference)
    named |= {one.pk: one for one in plain.select_related("body")}
    behind = set(body_ids_behind(connection))
    own = [one for one in named.values() if one.body_id in behind or one.lane == connection.pk]
    if own:
        return own
    return list(named.values()) if len({one.body_id for one in named.values()}) == 1 else []


def _each_once(found: Iterable[Handover]) -> list[Handover]:
    """One for each issue and body: what is active before what is over, then the newest."""
    best: dict[tuple[int, int], Handover] = {}
    for one in sorted(found, key=_weight):
        best[one.issue_id, one.body_id] = one
    return sorted(best.values(), key=lambda one: (one.issue_id, one.pk))


def _weight(handover: Handover) -> tuple[bool, int]:
    return handover.is_current or handover.is_shared, handover.pk
