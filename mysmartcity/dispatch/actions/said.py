"""What becomes true of a handover by what its body does and says: sent, its references, its last word."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mysmartcity.dispatch.models import Handover, HandoverReference
from mysmartcity.dispatch.references import loose_key, normal_form
from mysmartcity.dispatch.status import HandoverState, ReferenceKind
from mysmartcity.dispatch.together import ENDS, Part, all_items
from mysmartcity.issues.status import DeclineReason, Status
from mysmartcity.lib import clock


def mark_sent(*, handover: Handover) -> None:
    """The first message reached the body."""
    if handover.state == HandoverState.WAITING:
        handover.state, handover.sent_at = HandoverState.SENT, clock.now()
        handover.save(update_fields=["state", "sent_at"])


def acknowledge(*, handover: Handover, body_reference: str) -> None:
    """The body gave its own reference. The handover is as it stands under the lock of its issue."""
    if not handover.body_reference:
        handover.body_reference, handover.acknowledged_at = body_reference[:100], clock.now()
    if handover.state in (HandoverState.WAITING, HandoverState.SENT):
        handover.state = HandoverState.ACKNOWLEDGED
    handover.save(update_fields=["body_reference", "acknowledged_at", "state"])
    add_reference(handover=handover, reference=body_reference)


def add_reference(
    *,
    handover: Handover,
    reference: str,
    kind: ReferenceKind = ReferenceKind.GIVEN,
    replaces: HandoverReference | None = None,
    ignores_zeros: bool = False,
) -> HandoverReference | None:
    """Write down one more reference of a handover; None when it has it already, in any spelling.

    `replaces`: the reference that the body used for the same work until now.
    """
    held = list(handover.references.order_by("pk"))
    if _same(held, reference, ignores_zeros=ignores_zeros) is not None:
        return None
    values: dict[str, Any] = {"kind": kind}
    if not held:  # what was said until now was about this one
        values |= {"said": handover.said, "said_at": handover.said_at}
    added = HandoverReference.objects.create(handover=handover, reference=reference[:100], **values)
    if replaces is not None:
        replace_reference(handover=handover, old=replaces, new=added)
    return added


def replace_reference(
    *, handover: Handover, old: HandoverReference, new: HandoverReference
) -> None:
    """The body calls a work item otherwise now. What was said of it stands; follow-ups use the new name."""
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])
    if not new.said:
        new.said, new.said_at, new.body_status = old.said, old.said_at, old.body_status
    new.kind = ReferenceKind.RENAMED
    new.save(update_fields=["said", "said_at", "body_status", "kind"])
    Handover.objects.filter(pk=handover.pk, body_reference=old.reference).update(
        body_reference=new.reference
    )


def known_reference(
    handover: Handover, reference: str, *, ignores_zeros: bool = False
) -> HandoverReference | None:
    """The row of a reference in any spelling; None when this handover has no such reference."""
    held = handover.references.filter(key=loose_key(reference)).order_by("pk")
    return _same(held, reference, ignores_zeros=ignores_zeros)


def _same(
    held: Iterable[HandoverReference], reference: str, *, ignores_zeros: bool
) -> HandoverReference | None:
    wanted = normal_form(reference, ignores_zeros=ignores_zeros)
    if not wanted:
        return None
    spelt = (
        one for one in held if normal_form(one.reference, ignores_zeros=ignores_zeros) == wanted
    )
    return next(spelt, None)


def note_body_status(*, handover: Handover, body_status: str, has_ended: bool = False) -> None:
    """What the body's system says now, in its own word."""
    Handover.objects.filter(pk=handover.pk).update(body_status=body_status[:100])
    if has_ended:
        Handover.objects.filter(pk=handover.pk).update(
            state=HandoverState.ENDED, ended_at=clock.now()
        )


def note_said(
    *,
    handover: Handover,
    said: Status,
    at: datetime,
    body_status: str = "",
    decline_reason: DeclineReason | None = None,
    reference: HandoverReference | None = None,
) -> None:
    """What the body says now about one of its work items (None: about all), in our words and in its own.

    The handover ends when all of its work items have, and is open again when one of them is.
    """
    items = handover.references.filter(replaced_by=None).exclude(kind=ReferenceKind.ALSO)
    about = items.filter(pk=reference.pk) if reference is not None else items
    about.update(said=said, said_at=at, body_status=body_status[:100])
    parts = [Part(one.said, one.said_at) for one in items]
    handover.said = all_items(parts, before=handover.said) if len(parts) > 1 else said
    handover.said_at = max(filter(None, (handover.said_at, at)))
    handover.body_status = body_status[:100]
    if said == Status.DECLINED:
        handover.decline_reason = decline_reason or DeclineReason.OTHER
    elif handover.said != Status.DECLINED:
        handover.decline_reason = ""
    if handover.said in ENDS:
        handover.state, handover.ended_at = HandoverState.ENDED, handover.ended_at or clock.now()
    elif handover.is_current or handover.is_shared:
        _open(handover)
    handover.save(
        update_fields=[
            "said", "said_at", "body_status", "decline_reason", "state", "ended_at",
        ]
    )  # fmt: skip


def open_again(*, handover: Handover) -> None:
    """The body has it again: it was told that it is not fixed, so its "done" does not count any more.

    By their times alone a word and an objection of the same second can't be put in order.
    """
    _open(handover)
    handover.said = ""
    handover.save(update_fields=["state", "ended_at", "said"])


def _open(handover: Handover) -> None:
    if handover.state == HandoverState.ENDED:
        is_known = bool(handover.body_reference)
        handover.state = HandoverState.ACKNOWLEDGED if is_known else HandoverState.SENT
        handover.ended_at = None
