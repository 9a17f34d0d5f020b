"""What an answer means: the definition's own table first, then the usual meaning of its HTTP status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.systems.rest import paths
from mysmartcity.connectors.systems.rest.wire import Outcome, Rule
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock, http
from mysmartcity.lib.text import one_line

_LONGEST_WAIT: Final = 3600.0
_AWAY: Final = (502, 503)


@dataclass(frozen=True)
class Read:
    """An answer: its status and headers, and its tree where it could be read."""

    status: int
    headers: Mapping[str, str]
    tree: Any
    unreadable: str = ""
    """Why there is no tree; "" when there is one."""


class Gone(DeliveryFailed):
    """There is no such thing there (404, 410)."""


def read(reply: http.Reply) -> Read:
    """The answer as a tree of JSON. A body without a byte is a tree of nothing."""
    try:
        text = reply.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Some systems write Windows letters and call them UTF-8.
        text = reply.body.decode("cp1252", errors="replace")
    if not text.strip():
        return Read(reply.status, reply.headers, None)
    try:
        return Read(reply.status, reply.headers, json.loads(text))
    except (ValueError, RecursionError):
        # Not a word of it is told: it may repeat our key, and a piece of a key is not found again.
        kind = one_line(reply.headers.get("content-type", "no type"))[:40]
        said = f"it is no JSON ({kind}, {len(reply.body)} bytes)"
        return Read(reply.status, reply.headers, None, said)


def failure_of(failure: http.HttpFailure, *, writes: bool) -> DeliveryFailed:
    """What no answer means: only what was certainly not sent, or only asks, may be tried again."""
    if isinstance(failure, http.Forbidden):
        return DeliveryFailed(ErrorClass.PERMANENT, str(failure))
    if isinstance(failure, http.Unreachable):
        return DeliveryFailed(ErrorClass.TRANSIENT, str(failure), is_systemic=True)
    return DeliveryFailed(ErrorClass.AMBIGUOUS if writes else ErrorClass.TRANSIENT, str(failure))


def judge(answer: Read, outcome: Outcome, *, title: str, writes: bool) -> None:
    """Raises DeliveryFailed for an answer that is no yes."""
    unclear = ErrorClass.AMBIGUOUS if writes else ErrorClass.TRANSIENT
    for rule in outcome.rules:
        if _fits(rule, answer):
            raise _by_rule(rule, answer, outcome, title=title)
    if not 200 <= answer.status < 300:
        raise _by_status(answer, outcome, title=title, writes=writes)
    if answer.unreadable:
        said = f"{title} answered {answer.status}, but {answer.unreadable}"
        raise DeliveryFailed(unclear, said)
    if outcome.accepted and not paths.is_true(outcome.accepted, answer.tree):
        said = f"{title} answered {answer.status}, but not what was asked for: {_reason(answer, outcome)}"
        raise DeliveryFailed(unclear, said)


def _fits(rule: Rule, answer: Read) -> bool:
    families = (answer.status, f"{answer.status // 100}xx")
    if rule.status and not any(one in families for one in rule.status):
        return False
    return not rule.when or (not answer.unreadable and paths.is_true(rule.when, answer.tree))


def _by_rule(rule: Rule, answer: Read, outcome: Outcome, *, title: str) -> DeliveryFailed:
    wait = paths.search(rule.retry_after, answer.tree)
    seconds = min(float(wait), _LONGEST_WAIT) if _is_number(wait) else _retry_after(answer.headers)
    kind = Gone if rule.means == "gone" else DeliveryFailed
    return kind(
        ErrorClass.PERMANENT if rule.means == "gone" else ErrorClass(rule.means),
        f"{title} answered {answer.status}: {_reason(answer, outcome)}",
        retry_after=seconds,
        is_systemic=rule.is_systemic,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _by_status(answer: Read, outcome: Outcome, *, title: str, writes: bool) -> DeliveryFailed:
    wait = _retry_after(answer.headers)
    kind = Gone if answer.status in (404, 410) else DeliveryFailed
    return kind(
        _class_of_status(answer.status, writes=writes, wait=wait),
        f"{title} answered {answer.status}: {_reason(answer, outcome)}",
        retry_after=wait,
        is_systemic=answer.status in _AWAY,
    )


def _class_of_status(status: int, *, writes: bool, wait: float | None) -> ErrorClass:
    if status == 429 or (status == 503 and wait is not None):
        return ErrorClass.THROTTLED
    if status in (408, 503):
        return ErrorClass.TRANSIENT  # Both say that the request was not worked on.
    if status in (401, 403, 407):
        return ErrorClass.AUTH
    if status == 409 or (status >= 500 and status not in (501, 505)):
        # An error page may come after the row was written; a conflict may mean that it is there.
        if writes:
            return ErrorClass.AMBIGUOUS
        return ErrorClass.PERMANENT if status == 409 else ErrorClass.TRANSIENT
    return ErrorClass.PERMANENT


def _reason(answer: Read, outcome: Outcome) -> str:
    said = paths.text(outcome.error, answer.tree) if outcome.error else ""
    return one_line(said) or answer.unreadable or "no reason given"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a number or a date; at most an hour. None where nothing is said."""
    written = headers.get("retry-after", "").strip()
    if not written:
        return None
    if written.isdecimal():
        return min(float(written[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((aware - clock.now()).total_seconds(), 0.0), _LONGEST_WAIT)
