"""The faults that a tester can switch on in the proxy. Pure; they happen in `proxy.py` and `wire.py`."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from mysmartcity.demo.cities.switches import BadSwitch

_COUNTS = ("times", "cut_request_after", "cut_reply_after")
_STATUSES = ("status", "status_after")
_WORDS = ("only",)
_SECONDS = ("latency", "drip", "retry_after")


@dataclass
class ProxySwitches:
    """All off at the start.

    On every wire: `away` stops listening, so that nobody can connect; `latency` seconds before
    anything is passed on; `cut_before` cuts the line before anything is passed on;
    `cut_request_after`, `cut_reply_after` so many bytes are passed on and then both lines are cut;
    `drip` seconds between two pieces of the reply, a sixteenth of it each (a byte each on plain TCP).

    HTTP only: `only` is a pattern on "POST /path": the others go through unspoilt; `status` is
    answered and nothing passed on (with `retry_after`); `status_after` is answered once the system has
    done its work; `lose_reply` cuts the line once the system has answered; `page` answers 200 with a
    portal's page and passes nothing on; `garbage` answers 200 with rubbish once the work is done; `echo`
    answers 500 with the whole request in it, as debug pages do.

    `times`: so many exchanges are spoilt, and the others are not; None is all of them.
    """

    away: bool = False
    latency: float = 0.0
    cut_before: bool = False
    cut_request_after: int | None = None
    cut_reply_after: int | None = None
    drip: float = 0.0
    only: str = ""
    status: int | None = None
    status_after: int | None = None
    retry_after: float | None = None
    lose_reply: bool = False
    page: bool = False
    garbage: bool = False
    echo: bool = False
    times: int | None = None

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, all or none. Raises BadSwitch."""
        known = {one.name for one in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise BadSwitch(f"There is no switch {name}.")
            if not _fits(name, value):
                raise BadSwitch(f"{name} can't be {value!r}.")
        for name, value in wanted.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """All off again."""
        self.change(asdict(ProxySwitches()))

    def takes(self, method: str = "", path: str = "") -> bool:
        """Whether the next exchange is to be spoilt; counts down."""
        if self.only and re.search(self.only, f"{method} {path}") is None:
            return False
        if self.times is None:
            return True
        if self.times == 0:
            return False
        self.times -= 1
        return True


def _fits(name: str, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _WORDS:
        return isinstance(value, str) and _is_pattern(value)
    if name in _COUNTS:
        return value is None or (is_number and isinstance(value, int) and value >= 0)
    if name in _STATUSES:
        return value is None or (is_number and 400 <= value < 600)
    if name in _SECONDS:
        return (value is None and name == "retry_after") or (is_number and 0 <= value < 3600)
    return isinstance(value, bool)


def _is_pattern(written: str) -> bool:
    try:
        re.compile(written)
    except re.error:
        return False
    return True
