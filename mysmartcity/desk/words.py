"""The words, shapes and colours of the exchange's own states, kinds and errors, for staff."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from mysmartcity.connectors.codes import BODY_STATUSES, COMMENT
from mysmartcity.connectors.contract import Capabilities
from mysmartcity.connectors.status import DriftKind, Source
from mysmartcity.dispatch.status import (
    CallOutcome,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    QueueReason,
)
from mysmartcity.issues.status import WITH_BODY, DeclineReason, Status
from mysmartcity.lib import clock
from mysmartcity.look.statuses import status_label


@dataclass(frozen=True)
class StateLook:
    """How a connection's state looks; a tone only where somebody should look at it."""

    key: str
    label: Promise
    icon: str
    tone: str
    meaning: Promise


STATES: Final = {
    one.key: one
    for one in (
        StateLook(
            "failing", _l("Failing"), "alert", "problem", _l("Nothing gets through just now.")
        ),
        StateLook("paused", _l("Paused"), "pause", "hold", _l("Stopped; messages wait.")),
        StateLook("slow", _l("Slow"), "clock", "hold", _l("It works and takes long.")),
        StateLook("new", _l("Not tried yet"), "plus", "", _l("Nothing went either way so far.")),
        StateLook("shadow", _l("Shadow"), "eye", "", _l("Reads and compares, writes nothing.")),
        StateLook("ok", _l("Works"), "check", "", _l("What was tried lately worked.")),
    )
}
"""In the order in which somebody should look."""

KINDS: Final[dict[str, Promise]] = {
    DeliveryKind.CREATE: _l("First message"),
    DeliveryKind.PHOTO: _l("Photo"),
    DeliveryKind.COMMENT: _l("Comment"),
    DeliveryKind.NOT_FIXED: _l("“Not fixed”"),
    DeliveryKind.WITHDRAWN: _l("“Withdrawn”"),
}

ERRORS: Final[dict[str, Promise]] = {
    ErrorClass.TRANSIENT: _l("No answer, tried to the end"),
    ErrorClass.THROTTLED: _l("Asked us to wait"),
    ErrorClass.AUTH: _l("Key not accepted"),
    ErrorClass.PERMANENT: _l("Refused by the system"),
    ErrorClass.AMBIGUOUS: _l("May have arrived"),
    "": _l("No error noted"),
}

REASONS: Final[dict[str, Promise]] = {
    QueueReason.NO_ROUTE: _l("Nobody is responsible"),
    QueueReason.NO_CONNECTION: _l("No connection that works"),
    QueueReason.DEAD_LETTER: _l("Dead letters"),
    QueueReason.UNCERTAIN: _l("Uncertain"),
    QueueReason.NOT_FIXED: _l("Residents say “not fixed”"),
    QueueReason.NEEDS_MAPPING: _l("Needs mapping"),
    QueueReason.NEEDS_FACTS: _l("Needs facts"),
    QueueReason.DRIFT: _l("Both sides disagree"),
}

DECLINES: Final[dict[str, Promise]] = {
    DeclineReason.NOT_OURS: _l("not theirs"),
    DeclineReason.NOT_FOUND: _l("not found"),
    DeclineReason.PRIVATE_PROPERTY: _l("private property"),
    DeclineReason.NO_FAULT: _l("no fault"),
    DeclineReason.DUPLICATE: _l("reported before"),
    DeclineReason.NO_BUDGET: _l("no money"),
    DeclineReason.OTHER: _l("another reason"),
}

_ABLE: Final[dict[str, Promise]] = {
    "photos": _l("takes further photos"),
    "comments": _l("takes comments on what it has"),
    "look_up": _l("can be asked whether a message arrived"),
    "push": _l("tells us news by itself"),
    "close": _l("takes “withdrawn” as the end of the work"),
    "poll": _l("can be asked for news"),
    "states": _l("can be asked how references stand"),
    "lists_categories": _l("can list its categories"),
    "by_hand": _l("is called by a person of the desk"),
}
_NEEDS: Final[dict[str, Promise]] = {
    "needs_category_code": _l("a code of its own for each category"),
    "needs_reference": _l("its reference before anything follows"),
    "needs_address": _l("street, number and suburb"),
}


def abilities(able: Capabilities) -> list[str]:
    """What a system can do."""
    return [str(words) for name, words in _ABLE.items() if getattr(able, name)]


def needs(able: Capabilities) -> list[str]:
    """What a system will not work without."""
    return [str(words) for name, words in _NEEDS.items() if getattr(able, name)]


def meaning_words(value: str) -> str:
    """A value of a status mapping in words: “Declined: not theirs”."""
    name, _sep, reason = value.partition(":")
    if not name:
        return _("nobody has said")
    if name == COMMENT:
        return _("A comment: moves nothing")
    if name not in set(Status):
        return value
    label = status_label(name)
    return f"{label}: {DECLINES[reason]}" if reason in DECLINES else label


def meanings() -> list[dict[str, str]]:
    """What a body's word may mean, as options of a select."""
    plain = [one for one in (*WITH_BODY, Status.REPORTED_FIXED) if one in BODY_STATUSES]
    declined = [f"{Status.DECLINED}:{reason}" for reason in DeclineReason]
    values = [*(str(one) for one in plain), *declined, COMMENT]
    return [{"value": value, "label": meaning_words(value)} for value in values]


def lasting(span: timedelta) -> str:
    """A span in its two largest units: 45 s, 12 min, 3 h 10 min, 2 days 4 h."""
    seconds = max(0, int(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        words = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
        return f"{words} {hours} h" if hours and days < 7 else words
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def age(moment: datetime | None) -> str:
    """How long ago; "" for never."""
    return lasting(clock.now() - moment) if moment is not None else ""


def milliseconds(value: float | None) -> str:
    """420 ms, 1.2 s, 14 s; "" where nothing was measured."""
    if value is None:
        return ""
    if value < 1000:
        return f"{value:.0f} ms"
    return f"{value / 1000:.1f} s" if value < 10_000 else f"{value / 1000:.0f} s"


def share(value: float | None) -> str:
    """A share in percent; below one with a decimal."""
    if value is None:
        return ""
    if 0 < value < 0.01:
        return f"{value * 100:.1f} %"
    return f"{value * 100:.0f} %"


_STANDS: Final[dict[str, Promise]] = {
    DeliveryState.WAITING: _l("waits"),
    DeliveryState.SENDING: _l("is being sent"),
    DeliveryState.UNCERTAIN: _l("may have arrived"),
    DeliveryState.BY_HAND: _l("waits for a call"),
    DeliveryState.DEAD: _l("dead letter"),
    DeliveryState.DONE: _l("done"),
}
_SOURCES: Final[dict[str, Promise]] = {
    Source.POLL: _l("asked for"),
    Source.PUSH: _l("pushed"),
    Source.MAIL: _l("mail"),
    Source.CALL: _l("call"),
    Source.RECONCILED: _l("comparison"),
}
OUTCOMES: Final[dict[str, Promise]] = {
    CallOutcome.REFERENCE: _l("They gave a reference"),
    CallOutcome.STATUS: _l("They said how it stands"),
    CallOutcome.PROMISE: _l("They promised a time"),
    CallOutcome.NO_ANSWER: _l("Nobody answered"),
    CallOutcome.ELSEWHERE: _l("Another body must be called"),
}
DRIFTS: Final[dict[str, Promise]] = {
    DriftKind.MISSING: _l("They don't know the reference"),
    DriftKind.STATUS: _l("Another status there"),
    DriftKind.UNKNOWN: _l("A word that we don't know"),
}


def phones(text: str) -> list[dict[str, str]]:
    """The numbers in a body's phone field, each with what a phone dials: “011 375 5555 or 0860 …”."""
    return [
        {"shown": shown, "dialled": re.sub(r"[^\d+]", "", shown)}
        for shown in re.findall(r"\+?\d[\d ()-]{4,}\d", text)
    ]


def state_words(state: str) -> str:
    """Where a message stands."""
    return str(_STANDS.get(state, state))


def source_words(source: str) -> str:
    """How a piece of news reached us."""
    return str(_SOURCES.get(source, source))


def no_code() -> str:
    """Where a category has no code of theirs."""
    return _("no code")
