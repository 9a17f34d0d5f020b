"""One exchange with an Open311 endpoint, and the one table of what a failure means.

Knows HTTP, formats, keys and errors; not which calls there are (`client.py`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from mysmartcity.connectors.systems.open311 import documents
from mysmartcity.connectors.systems.open311.shapes import (
    ErrorClass,
    Garbled,
    NoAnswer,
    Open311Error,
    Refused,
)
from mysmartcity.lib import clock, http

Form = Mapping[str, str | Sequence[str]]
Fits = Callable[[Any], bool]

_AWAY = (502, 503)
_LONGEST_WAIT = 3600.0
_MAX_BYTES = 8_000_000
"""A list of a thousand requests with descriptions of 4,000 characters, with room to spare."""


@dataclass(frozen=True)
class Wire:
    """How to reach one endpoint. `format` is the suffix of its addresses."""

    endpoint: str
    api_key: str
    jurisdiction_id: str | None
    format: Literal["json", "xml"]
    allowed_hosts: Collection[str]
    timeouts: http.Timeouts

    def get(self, path: str, fits: Fits, asked: Form | None = None) -> Any:
        """Read; the tree of the reply if it `fits`. Raises an Open311Error, never ambiguous."""
        own = {"jurisdiction_id": self.jurisdiction_id or ""}
        return self._exchange("GET", path, fits, params=_without_empty({**own, **(asked or {})}))

    def post(self, path: str, form: Form, fits: Fits) -> Any:
        """Write once; the tree of the reply if it `fits`. Raises an Open311Error."""
        own = {"api_key": self.api_key, "jurisdiction_id": self.jurisdiction_id or ""}
        return self._exchange("POST", path, fits, data=_without_empty({**own, **form}))

    def _exchange(self, method: str, path: str, fits: Fits, **sent: Any) -> Any:
        writes = method == "POST"
        try:
            reply = http.request(
                method,
                f"{self.endpoint.rstrip('/')}/{path}.{self.format}",
                headers={"Accept": "application/json" if self.format == "json" else "text/xml"},
                allowed_hosts=self.allowed_hosts,
                timeout=self.timeouts,
                max_bytes=_MAX_BYTES,
                **sent,
            )
        except http.HttpFailure as failure:
            raise NoAnswer(
                str(failure),
                error_class=_class_of(failure, writes=writes),
                is_systemic=isinstance(failure, http.Unreachable),
            ) from failure
        try:
            return _tree_of(reply, fits, writes=writes)
        except Open311Error as error:
            error.hide(self.api_key)
            raise


def _tree_of(reply: http.Reply, fits: Fits, *, writes: bool) -> Any:
    """The reply as a tree; raises Refused for a no, Garbled for what can't be made sense of."""
    is_fine = 200 <= reply.status < 300
    unclear: ErrorClass = "ambiguous" if writes else "transient"
    try:
        tree: Any = documents.parse(reply.body)
    except documents.Unreadable as error:
        # Without the cause: its words are the reply's, and those may repeat our key.
        if not is_fine:
            raise _refusal(reply, [("", str(error))], writes=writes) from None
        said = f"The reply can't be read: {error}"
        raise Garbled(said, error_class=unclear, status=reply.status) from None
    complaints = documents.errors(tree)
    if complaints or not is_fine:
        raise _refusal(reply, complaints, writes=writes)
    if not fits(tree):
        said = f"The reply is not what was asked for: {documents.glimpse(reply.body)}"
        raise Garbled(said, error_class=unclear, status=reply.status)
    return tree


def _without_empty(form: Form) -> dict[str, str | Sequence[str]]:
    """Empty arguments are left out: an empty jurisdiction breaks some servers."""
    return {name: value for name, value in form.items() if value}


# --- What a failure means -------------------------------------------------------------------------


def _class_of(failure: http.HttpFailure, *, writes: bool) -> ErrorClass:
    """Without a reply: only what was certainly not sent, or only asks, may simply be tried again."""
    if isinstance(failure, http.Forbidden):
        return "permanent"
    if isinstance(failure, http.Unreachable) or not writes:
        return "transient"
    return "ambiguous"


def _refusal(reply: http.Reply, complaints: list[tuple[str, str]], *, writes: bool) -> Refused:
    """The exception for a reply that says no, by its status and by the errors that it lists."""
    said = "; ".join(one for _, one in complaints if one)
    codes = tuple(code for code, _ in complaints if code)
    wait = _retry_after(reply)
    return Refused(
        f"The city answered {reply.status}: {said[:300] or 'no reason given'}",
        error_class=_class_of_status(
            _effective_status(reply.status, codes), said, writes=writes, wait=wait
        ),
        status=reply.status,
        codes=codes,
        retry_after=wait,
        is_systemic=reply.status in _AWAY,
    )


def _effective_status(status: int, codes: tuple[str, ...]) -> int:
    """A 200 that carries errors counts by the errors' own code, or as a plain refusal."""
    if not 200 <= status < 300:
        return status
    numbers = [int(code) for code in codes if code.isdigit() and 400 <= int(code) < 600]
    return numbers[0] if numbers else 400


def _class_of_status(status: int, said: str, *, writes: bool, wait: float | None) -> ErrorClass:
    if status == 429 or (status == 503 and wait is not None):
        return "throttled"
    if status in (408, 503):
        return "transient"  # Both say that the request was not worked on.
    if status in (401, 403, 407):
        return "auth"
    if status == 409 or (status == 400 and "duplicate" in said.lower()):
        # Boston answers the second of two equal posts so: the first one is there.
        return "ambiguous" if writes else "permanent"
    if status >= 500 and status not in (501, 505):
        # An error page may come after the row was written; only reading may simply be repeated.
        return "ambiguous" if writes else "transient"
    return "permanent"


def _retry_after(reply: http.Reply) -> float | None:
    """Seconds to wait, from a number or a date; at most an hour. None where nothing is said."""
    written = reply.headers.get("retry-after", "").strip()
    if not written:
        return None
    if written.isdigit():
        return min(float(written[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((aware - clock.now()).total_seconds(), 0.0), _LONGEST_WAIT)
