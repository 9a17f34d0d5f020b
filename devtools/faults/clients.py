"""Six phones that report without pause, and what they know afterwards."""

import http.client
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

JURISDICTIONS = ("capetown", "ethekwini")
"""Reports go in turn to cities with different systems, so that two connectors are under fire."""

MARK = "Made by a fault run"


@dataclass
class Ledger:
    """What the clients know."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """Our reference by the client's tag."""
    unknown: set[str] = field(default_factory=set)
    """Sent at least once, never answered."""
    answers: list[tuple[float, int, float]] = field(default_factory=list)
    """When (monotonic), HTTP status (0: no answer), after how many seconds."""
    guard: threading.Lock = field(default_factory=threading.Lock)

    def longest_silence(self) -> float:
        """The longest time in seconds in which no report was acknowledged."""
        moments = sorted(at for at, status, _wait in self.answers if status in (200, 201))
        return max((b - a for a, b in pairwise(moments)), default=0.0)

    def slowest_refusal(self) -> float:
        """The longest that anybody waited for an answer that was not a yes."""
        return max((wait for _at, status, wait in self.answers if status >= 500), default=0.0)


class Client(threading.Thread):
    """One phone: reports without pause until told to stop."""

    def __init__(
        self, demo: dict[str, Any], ledger: Ledger, stop: threading.Event, pause: float
    ) -> None:
        super().__init__(daemon=True)
        self.demo, self.ledger, self.stop, self.pause = demo, ledger, stop, pause
        self.count = 0

    def run(self) -> None:
        """Report, again with the same key while there is no answer, then the next."""
        while not self.stop.is_set():
            tag = f"fault-{secrets.token_hex(8)}"
            self.count += 1
            with self.ledger.guard:
                self.ledger.unknown.add(tag)
            while not self.stop.is_set():
                reference = self._timed(tag)
                if reference:
                    with self.ledger.guard:
                        self.ledger.unknown.discard(tag)
                        self.ledger.acknowledged[tag] = reference
                    break
                self.stop.wait(0.3)
            self.stop.wait(self.pause)

    def _timed(self, tag: str) -> str | None:
        began = time.monotonic()
        status, reference = self.post(tag)
        ended = time.monotonic()
        with self.ledger.guard:
            self.ledger.answers.append((ended, status, ended - began))
        return reference

    def post(self, tag: str) -> tuple[int, str | None]:
        city = JURISDICTIONS[self.count % len(JURISDICTIONS)]
        where = next(one for one in self.demo["jurisdictions"] if one["id"] == city)
        values = {
            "api_key": self.demo["api_key"],
            "jurisdiction_id": city,
            "service_code": "pothole",
            "lat": where["point"][0],
            "long": where["point"][1],
            "description": f"{MARK}: {tag}",
        }
        request = urllib.request.Request(  # noqa: S310 - a loopback address of our own
            f"{self.demo['open311']}/requests.json",
            data=urllib.parse.urlencode(values).encode(),
            headers={"Idempotency-Key": tag},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
                return reply.status, str(json.load(reply)[0]["service_request_id"])
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500:
                print(f"unexpected refusal {refusal.code}: {refusal.read()[:300]!r}")
            return refusal.code, None
        except (OSError, ValueError, http.client.HTTPException):
            return 0, None


@contextmanager
def reporting(demo: dict[str, Any], *, clients: int = 6, pause: float = 0.6) -> Iterator[Ledger]:
    """While this lasts, so many clients report; afterwards the ledger says what they know."""
    ledger, stop = Ledger(), threading.Event()
    phones = [Client(demo, ledger, stop, pause) for _ in range(clients)]
    for phone in phones:
        phone.start()
    try:
        yield ledger
    finally:
        stop.set()
        for phone in phones:
            phone.join(30)


def report_many(demo: dict[str, Any], count: int, cities: Sequence[str]) -> list[str]:
    """So many reports one after the other; gives their references."""
    ledger, never = Ledger(), threading.Event()
    phone = Client(demo, ledger, never, 0)
    found = []
    for number in range(count):
        phone.count = JURISDICTIONS.index(cities[number % len(cities)])
        status, reference = phone.post(f"fault-{secrets.token_hex(8)}")
        if reference is None:
            raise RuntimeError(f"a report was answered with {status}")
        found.append(reference)
    return found
