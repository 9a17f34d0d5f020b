"""One comparison of a handover with what its body's system says, and what becomes of a difference.

When and whom to ask is the business of `reconcile.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import NEEDS_MAPPING, apply_update
from mysmartcity.connectors.codes import status_key
from mysmartcity.connectors.contract import RemoteState
from mysmartcity.connectors.meanings import understood
from mysmartcity.connectors.models import Connection, Drift, InboxItem, Reconciliation
from mysmartcity.connectors.status import DriftKind, Mode, Source
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Handover, QueueEntry
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.models import TimelineEntry
from mysmartcity.issues.status import Actor, Status, may_move
from mysmartcity.lib import clock

NOT_AGAIN = timedelta(days=14)
"""What a human has settled is not put before one again so soon, while nothing has changed."""


class Remedy(StrEnum):
    """What is done about a difference."""

    NEWS = "news"
    """It is news that we missed: applied like all news."""
    HUMAN = "human"
    NONE = "none"
    """Kept for whoever looks at the run."""


@dataclass(frozen=True)
class Finding:
    """One thing in which they and we differ."""

    kind: DriftKind
    ours: str
    theirs: str
    remedy: Remedy


@dataclass(frozen=True)
class Seen:
    """A handover, how it stands there, and what differs. `after_item` is the newest news we had."""

    handover: Handover
    state: RemoteState | None
    findings: tuple[Finding, ...]
    asked_at: datetime
    after_item: int = 0


@dataclass(frozen=True)
class _News:
    """The newest thing that this system told us of a handover."""

    happened_at: datetime | None = None
    item_id: int = 0


def look(
    connection: Connection,
    handover_ids: Sequence[int],
    owners: Mapping[str, set[int]],
    states: Mapping[str, RemoteState],
    *,
    asked_at: datetime,
) -> list[Seen]:
    """Compare handovers with the states that were answered for all their references.

    Our side is read after theirs, so that news which came meanwhile is no difference.
    """
    handovers = Handover.objects.filter(pk__in=handover_ids).select_related(
        "issue__category", "body"
    )
    news = _newest_news(connection, owners, handover_ids)
    seen = []
    for handover in handovers:
        names = [name for name, ids in owners.items() if handover.pk in ids]
        state = _state_of(handover, [states[name] for name in names])
        last = news.get(handover.pk, _News())
        findings = tuple(_findings(connection, handover, state, last))
        seen.append(Seen(handover, state, findings, asked_at, last.item_id))
    return seen


def _newest_news(
    connection: Connection, owners: Mapping[str, set[int]], handover_ids: Sequence[int]
) -> dict[int, _News]:
    items = connection.inbox.filter(
        Q(handover_id__in=handover_ids) | Q(body_reference__in=list(owners)),
        applied_at__isnull=False,
        is_inside=False,
    ).order_by("happened_at", "pk")
    found: dict[int, _News] = {}
    for pk, handover_id, reference, happened_at in items.values_list(
        "pk", "handover_id", "body_reference", "happened_at"
    ):
        for one in {handover_id} if handover_id else owners.get(reference, set()):
            found[one] = _News(happened_at, pk)
    return found


def _state_of(handover: Handover, states: Sequence[RemoteState]) -> RemoteState | None:
    """Of several references the first one speaks, or once that is gone the one changed last."""
    known = [state for state in states if state.exists]
    by_age = sorted(known, key=lambda one: one.updated_at.timestamp() if one.updated_at else 0.0)
    first = [one for one in known if one.body_reference == handover.body_reference]
    return next(iter([*first, *reversed(by_age)]), None)


def _findings(
    connection: Connection, handover: Handover, state: RemoteState | None, last: _News
) -> list[Finding]:
    if state is None:
        if handover.lane not in (None, connection.pk) and connection.mode == Mode.LIVE:
            return []  # it went another way, by mail or a call, and need not be known here
        return [Finding(DriftKind.MISSING, handover.body_reference, "", Remedy.HUMAN)]
    found = [
        _status_finding(connection, handover, state, last),
        _category_finding(connection, handover, state),
    ]
    return [one for one in found if one is not None]


def _status_finding(
    connection: Connection, handover: Handover, state: RemoteState, last: _News
) -> Finding | None:
    word, ours = state.remote_status, str(handover.issue.status)
    meaning = understood(connection, word)
    if meaning is None:
        return Finding(DriftKind.UNKNOWN, ours, word, Remedy.NEWS)
    after = meaning.status
    if after is None:
        return None
    if not handover.is_current:
        before = understood(connection, handover.body_status) if handover.body_status else None
        if before is None or before.status == after:
            return None
        return Finding(DriftKind.STATUS, handover.body_status, word, Remedy.NEWS)
    if after == ours or _waits_for_them(handover, state):
        return None
    is_newer = None in (state.updated_at, last.happened_at) or state.updated_at >= last.happened_at  # type: ignore[operator]
    heals = is_newer and may_move(Status(ours), after, Actor.BODY)
    return Finding(DriftKind.STATUS, ours, word, Remedy.NEWS if heals else Remedy.HUMAN)


def _waits_for_them(handover: Handover, state: RemoteState) -> bool:
    """A resident has contradicted them since, and they have not said anything after that."""
    objections = TimelineEntry.objects.filter(issue=handover.issue_id, after=Status.NOT_FIXED)
    newest = objections.order_by("-happened_at").values_list("happened_at", flat=True).first()
    if newest is None:
        return False
    if state.updated_at is None:
        return handover.issue.status in (Status.NOT_FIXED, Status.SENT)
    return state.updated_at <= newest


def _category_finding(
    connection: Connection, handover: Handover, state: RemoteState
) -> Finding | None:
    """A category of theirs that none of our codes leads to. That they changed it is their business."""
    known = set(connection.category_codes.values())
    if not state.remote_category or not known or state.remote_category in known:
        return None
    code = handover.issue.category.code
    return Finding(DriftKind.UNKNOWN, code, state.remote_category, Remedy.NONE)


# --- What becomes of it ---------------------------------------------------------------------------


def settle(
    connection: Connection, run: Reconciliation, seen: Seen, finding: Finding
) -> Drift | None:
    """Write a difference down and do what can be done about it. None when it is gone already."""
    healed, outcome = False, ""
    if connection.mode == Mode.SHADOW:
        outcome = f"shadow: {finding.remedy}"
    elif finding.remedy == Remedy.NEWS:
        outcome = _apply(connection, seen)
        if outcome == "nothing new":
            return None
        healed = outcome.startswith("moved") or _is_noted(seen)
        if not healed and outcome != NEEDS_MAPPING:
            _ask_a_human(connection, seen, finding)
    elif finding.remedy == Remedy.HUMAN:
        _ask_a_human(connection, seen, finding)
        outcome = "before a human"
    return Drift.objects.create(
        reconciliation=run,
        handover=seen.handover,
        kind=finding.kind,
        ours=finding.ours[:100],
        theirs=finding.theirs[:100],
        healed_at=clock.now() if healed else None,
        outcome=outcome[:200],
    )


def _is_noted(seen: Seen) -> bool:
    """Of a handover that does not lead, only the body's word is kept."""
    handover, word = seen.handover, seen.state.remote_status if seen.state else ""
    handover.refresh_from_db(fields=["body_status", "is_current"])
    return not handover.is_current and handover.body_status == word


def _apply(connection: Connection, seen: Seen) -> str:
    """Their state as a piece of news. The same state seen again is the same piece."""
    state = seen.state
    if state is None:
        return ""
    moment = state.updated_at.isoformat() if state.updated_at else f"after-{seen.after_item}"
    event_id = f"state:{state.body_reference}:{status_key(state.remote_status)}:{moment}"
    item, is_new = InboxItem.objects.get_or_create(
        connection=connection,
        event_id=event_id[:200],
        defaults={
            "source": Source.RECONCILED,
            "handover": seen.handover,
            "body_reference": state.body_reference[:100],
            "remote_status": state.remote_status[:100],
            "happened_at": state.updated_at or seen.asked_at,
        },
    )
    was_applied = not is_new and item.applied_at is not None
    outcome = apply_update(item_id=item.pk)
    return f"told before: {outcome}" if was_applied else outcome


@transaction.atomic
def _ask_a_human(connection: Connection, seen: Seen, finding: Finding) -> None:
    handover = seen.handover
    facts = {
        "body": connection.body.name,
        "reference": handover.body_reference,
        "ours": finding.ours,
        "theirs": finding.theirs,
    }
    if finding.kind == DriftKind.MISSING:
        words = _("%(body)s's system does not know %(reference)s any more. Ask what became of it.")
    else:
        words = _(
            "%(body)s's system says “%(theirs)s” for %(reference)s, and here it stands at"
            " “%(ours)s”. Find out which is right."
        )
    sentence = (words % facts)[:500]
    settled_lately = QueueEntry.objects.filter(
        issue=handover.issue_id,
        reason=QueueReason.DRIFT,
        words=sentence,
        settled_by__isnull=False,
        settled_at__gt=clock.now() - NOT_AGAIN,
    )
    if not settled_lately.exists():
        queue_issue(issue=handover.issue, reason=QueueReason.DRIFT, words=sentence)


def settle_agreeing(connection: Connection, seen: Sequence[Seen]) -> None:
    """They and we agree again: a human need not look any more."""
    if connection.mode != Mode.SHADOW:
        QueueEntry.objects.unsettled().filter(
            issue__in=[one.handover.issue_id for one in seen], reason=QueueReason.DRIFT
        ).update(settled_at=clock.now(), outcome="they agree again")
