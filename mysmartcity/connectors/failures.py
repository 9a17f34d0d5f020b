"""The one table of what a failed HTTP exchange means, for connectors that need no table of their own.

What may be done next hangs on one question: can the other side have acted on what we sent?
"""

from datetime import UTC
from email.utils import parsedate_to_datetime

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock, http

LONGEST_WAIT = 3600.0

_AWAY = (502, 503)
_NOT_DONE = frozenset({408, 503})
"""Both say that the request was not worked on."""


def without_reply(failure: http.HttpFailure, *, writes: bool) -> DeliveryFailed:
    """The exchange ended without a whole reply."""
    if isinstance(failure, http.Forbidden):
        return DeliveryFailed(ErrorClass.AUTH, str(failure))
    if isinstance(failure, http.Unreachable):
        return DeliveryFailed(ErrorClass.TRANSIENT, str(failure), is_systemic=True)
    return DeliveryFailed(_unclear(writes=writes), str(failure))


def unreadable(said: str, *, writes: bool) -> DeliveryFailed:
    """A reply came that says yes and can't be read: a portal's page, garbage, another answer."""
    sentence = f"The reply is not what was asked for: {said[:200] or 'nothing readable'}."
    return DeliveryFailed(_unclear(writes=writes), sentence)


def refusal(reply: http.Reply, said: str, *, writes: bool) -> DeliveryFailed:
    """A reply that says no. `said` is what it says, already without secrets."""
    wait = retry_after(reply)
    return DeliveryFailed(
        _class_of(reply.status, writes=writes, has_time=wait is not None),
        f"The system answered {reply.status}: {said[:200] or 'no reason given'}.",
        retry_after=wait,
        is_systemic=reply.status in _AWAY,
    )


def retry_after(reply: http.Reply) -> float | None:
    """Seconds to wait, from a number or a date; at most an hour. None where nothing is said."""
    written = reply.headers.get("retry-after", "").strip()
    if written.isdigit():
        return min(float(written[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((aware - clock.now()).total_seconds(), 0.0), LONGEST_WAIT)


def _class_of(status: int, *, writes: bool, has_time: bool) -> ErrorClass:
    if status == 429 or (status == 503 and has_time):
        return ErrorClass.THROTTLED
    if status in _NOT_DONE:
        return ErrorClass.TRANSIENT
    if status in (401, 403, 407):
        return ErrorClass.AUTH
    if status == 409 or (status >= 500 and status not in (501, 505)):
        # "It is there already", or an error page that may come after the row was written.
        return _unclear(writes=writes)
    return ErrorClass.PERMANENT


def _unclear(*, writes: bool) -> ErrorClass:
    """Only reading may simply be repeated."""
    return ErrorClass.AMBIGUOUS if writes else ErrorClass.TRANSIENT
