"""The simulated city itself: its settings and switches, and its requests as the contract tells them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mysmartcity.demo.cities.capetown_city.catalogue import Catalogue
from mysmartcity.demo.cities.capetown_city.gate import Gate
from mysmartcity.demo.cities.capetown_city.life import OPEN, Step, steps, written
from mysmartcity.demo.cities.capetown_city.store import Row, Store
from mysmartcity.demo.cities.control import State, last_reference
from mysmartcity.demo.cities.switches import Switches
from mysmartcity.lib import clock


@dataclass
class CitySwitches(Switches):
    """Those of every city, and this one's: `weekend` seconds away from now on, in which it cuts
    connections or says 502 or 503 (`weekend_says`), its sessions over afterwards; `signature`, the
    reading of X-Signature that it takes.
    """

    weekend: float = 0.0
    weekend_says: str = "503"
    signature: str = "raw"


@dataclass
class City:
    """One city. `pace` is the whole life of a request in seconds."""

    name: str
    store: Store
    catalogue: Catalogue
    pace: float
    switches: CitySwitches
    gate: Gate
    back_at: float = 0.0

    def begin_weekend(self) -> None:
        """Go away for as long as the switch says; 0 comes back at once."""
        self.back_at = time.monotonic() + self.switches.weekend
        self.gate.end_all()

    def is_away(self) -> bool:
        """Whether it is a weekend now."""
        return time.monotonic() < self.back_at

    def steps_of(self, row: Row) -> list[Step]:
        """What has happened to a request by now."""
        now = clock.now().timestamp()
        found = steps(row.reference, row.message, filed_at=row.filed_at, pace=self.pace, until=now)
        if self.switches.backwards and found and found[-1].status == "Closed":
            # Finished work stands as open again, its last entry gone.
            return found[:-1]
        return found

    def record(self, row: Row) -> dict[str, Any]:
        """A request as a look-up tells it: the message with its log, codes that are sometimes empty."""
        happened = self.steps_of(row)
        skew = self.switches.clock_skew
        date, hour = written(row.filed_at + skew)
        told = [
            Step(step.at + skew, step.status, step.staff, step.words).entry() for step in happened
        ]
        is_bare = sum(row.reference.encode()) % 3 == 0
        return {
            "reference_number": row.reference,
            "type": "" if is_bare else str(row.type_code),
            "subtype": "" if is_bare else str(row.subtype_code),
            "description": self.catalogue.name_of(row.type_code, row.subtype_code),
            "status": self._cased(happened[-1].status if happened else OPEN),
            "message": " ".join([row.message, *told]),
            "time_created": hour,
            "date_created": date,
        }

    def states(self) -> Iterator[State]:
        """How every request stands, with our reference."""
        for row in self.store.all():
            if ours := last_reference(row.message):
                happened = self.steps_of(row)
                yield ours, row.reference, happened[-1].status if happened else OPEN

    def _cased(self, status: str) -> str:
        style = self.switches.status_case
        return {"upper": status.upper(), "odd": status.swapcase()}.get(style, status)
