"""The faults that every connector must live with: what is switched on where, and who it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RETRY_AFTER = 7.0


@dataclass(frozen=True)
class Fault:
    """A fault by its name. `proxy` are switches of the fault proxy, `simulator` of the system itself.

    `is_slow`: it outlasts a connector's patience, which is shortened for it. `is_systemic`: the
    failure must say that the system is away. `retry_after`: the pause that must be honoured.
    """

    name: str
    proxy: Mapping[str, Any] = field(default_factory=dict)
    simulator: Mapping[str, Any] = field(default_factory=dict)
    is_slow: bool = False
    is_systemic: bool = False
    retry_after: float | None = None


AWAY = Fault("nobody listens", {"away": True}, is_systemic=True)

ON_TCP = (
    AWAY,
    Fault("cut before accepting", {"cut_before": True}),
    Fault("cut in the request", {"cut_request_after": 40}),
    Fault("cut at the reply", {"cut_reply_after": 0}),
    Fault("too slow", {"latency": 0.7}, is_slow=True),
)

_HTML = (
    Fault("a portal's page with 200", {"page": True}),
    Fault("garbage with 200", {"garbage": True}),
    Fault("an error page that repeats our request", {"echo": True}),
)

ON_HTTP = (
    AWAY,
    Fault("cut before accepting", {"cut_before": True}),
    Fault("cut in the request", {"cut_request_after": 60}),
    Fault("reply lost after accepting", {"lose_reply": True}),
    Fault("reply cut short", {"cut_reply_after": 30}),
    Fault("too slow", {"latency": 0.7}, is_slow=True),
    Fault("a reply that drips", {"drip": 0.2}, is_slow=True),
    Fault("429", {"status": 429, "retry_after": RETRY_AFTER}, retry_after=RETRY_AFTER),
    Fault("503 with a time", {"status": 503, "retry_after": RETRY_AFTER}, retry_after=RETRY_AFTER),
    Fault("503", {"status": 503}, is_systemic=True),
    Fault("500 before accepting", {"status": 500}),
    Fault("500 after accepting", {"status_after": 500}),
    Fault("502 after accepting", {"status_after": 502}, is_systemic=True),
    Fault("504 after accepting", {"status_after": 504}),
    *_HTML,
)

FOR_WIRE: Mapping[str, tuple[Fault, ...]] = {"http": ON_HTTP, "tcp": ON_TCP, "none": ()}
