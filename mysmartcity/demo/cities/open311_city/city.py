"""The simulated city itself: its settings, and its requests as records of the wire.

HTTP is in `app.py`, storing in `store.py`, the story of a request in `life.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mysmartcity.demo.cities.control import State, last_reference
from mysmartcity.demo.cities.open311_city import wire
from mysmartcity.demo.cities.open311_city.catalogue import Offered
from mysmartcity.demo.cities.open311_city.intake import Sent
from mysmartcity.demo.cities.open311_city.life import Event, events
from mysmartcity.demo.cities.open311_city.store import Row, Store
from mysmartcity.demo.cities.switches import Switches
from mysmartcity.lib import clock

LONGEST_PAGE = 100
WINDOW_SECONDS = 90 * 86_400
_BACK = "The team had to stop. The work goes on."


@dataclass
class City:
    """One city. `pace` is the whole life of a request in seconds."""

    name: str
    store: Store
    services: dict[str, Offered]
    api_key: str
    pace: float
    jurisdiction_id: str = ""
    photo_hosts: tuple[str, ...] = ()
    switches: Switches = field(default_factory=Switches)

    def events_of(self, row: Row) -> list[Event]:
        """What has happened to a request by now, oldest first."""
        now = clock.now().timestamp()
        happened = events(row.filed(), pace=self.pace, until=now)
        last = happened[-1] if happened else None
        if self.switches.backwards and last and last.is_closed and last.at + 1 <= now:
            happened.append(Event(f"{last.event_id}-back", "IN_PROGRESS", last.at + 1, _BACK))
        return happened

    def request_record(self, row: Row, *, is_extended: bool) -> dict[str, Any]:
        """A request as GET requests tells it."""
        happened = self.events_of(row)
        last = happened[-1] if happened else None
        changed = last.at if last else row.filed_at
        is_closed = bool(last and last.is_closed)
        service = self.services.get(row.service_code)
        record: dict[str, Any] = {
            "service_request_id": row.request_id,
            "status": wire.status("closed" if is_closed else "open", self.switches.status_case),
            "status_notes": last.words if last else None,
            "service_name": service.name if service else row.service_code,
            "service_code": row.service_code,
            "description": row.description,
            "agency_responsible": self.name,
            "service_notice": None,
            "requested_datetime": self._date(row.filed_at),
            "updated_datetime": self._date(changed),
            "expected_datetime": self._date(row.filed_at + self.pace),
            "address": row.address or None,
            "address_id": None,
            "zipcode": None,
            "lat": row.lat,
            "long": row.lng,
            "media_url": row.pictures[0][0] if row.pictures else None,
        }
        if is_extended:
            detailed = wire.status(self.word_of(last), self._finer_case())
            record["extended_attributes"] = {
                "detailed_status": detailed,
                "detailed_status_datetime": self._date(changed),
            }
        return record

    def update_records(self, start: float, end: float) -> list[dict[str, Any]]:
        """What happened to all requests between two moments of the city's clock, oldest first."""
        start, end = start - self.switches.clock_skew, end - self.switches.clock_skew
        found = [
            (event, row)
            for row in self.store.touched(since=start - self.pace, now=clock.now().timestamp())
            for event in self.events_of(row)
            if start <= event.at <= end
        ]
        return [
            {
                "update_id": event.event_id,
                "service_request_id": row.request_id,
                "status": wire.status(self.word_of(event), self._finer_case()),
                "updated_datetime": self._date(event.at),
                "description": event.words,
                "media_url": None,
            }
            for event, row in sorted(found, key=lambda pair: pair[0].at)
        ]

    def by_ids(self, ids: Sequence[str]) -> list[Row]:
        """The visible ones among so many ids, newest first."""
        marks = ",".join("?" * len(ids))
        return self.store.find(
            f"id IN ({marks}) AND shown_at <= ?", [*ids, clock.now().timestamp()]
        )

    def search(self, sent: Sent) -> list[Row]:
        """The requests that a GET asks for, newest first. Raises ValueError for a bad argument."""
        ids = sent.words("service_request_id")
        if ids:
            return self.by_ids(ids)
        now = clock.now().timestamp()
        start, end = (
            wire.read_moment(sent.one("start_date")),
            wire.read_moment(sent.one("end_date")),
        )
        skew = self.switches.clock_skew
        until = end.timestamp() - skew if end else now
        since = start.timestamp() - skew if start else until - WINDOW_SECONDS
        changed_after = wire.read_moment(sent.one("updated_after"))
        codes, statuses = sent.words("service_code"), sent.words("status")
        if not {one.lower() for one in statuses} <= {"open", "closed"}:
            raise ValueError("status must be open or closed.")
        where = "shown_at <= ? AND filed_at BETWEEN ? AND ?"
        values: list[object] = [now, since, until + 1]
        if codes:
            where += f" AND service_code IN ({','.join('?' * len(codes))})"
            values += codes
        limit, offset = _page(sent, has_overlap=self.switches.overlap)
        if not statuses and changed_after is None:
            return self.store.find(where, values, limit=limit, offset=offset)
        found = [
            row
            for row in self.store.find(where, values)
            if (not statuses or self._state(row) in statuses)
            and (changed_after is None or self._changed_at(row) >= changed_after.timestamp())
        ]
        return found[offset : offset + limit]

    def word_of(self, event: Event | None) -> str:
        """The finer status after an event, in the words that the city uses now."""
        return self.switches.word_now(event.status) if event else "RECEIVED"

    def states(self) -> Iterator[State]:
        """How every request stands, with our reference."""
        for row in self.store.find():
            if ours := last_reference(row.description):
                happened = self.events_of(row)
                yield ours, row.request_id, self.word_of(happened[-1] if happened else None)

    def _state(self, row: Row) -> str:
        happened = self.events_of(row)
        return "closed" if happened and happened[-1].is_closed else "open"

    def _changed_at(self, row: Row) -> float:
        happened = self.events_of(row)
        return happened[-1].at if happened else row.filed_at

    def _finer_case(self) -> str:
        """The finer statuses are upper case by custom: the plain setting leaves them so."""
        style = self.switches.status_case
        return "upper" if style == "lower" else style

    def _date(self, seconds: float) -> str | int:
        return wire.moment(seconds + self.switches.clock_skew, self.switches.date_format)


def period(sent: Sent) -> tuple[float, float]:
    """(start, end) of a question for updates: the last day unless said. Raises ValueError."""
    now = clock.now()
    start: datetime | None = wire.read_moment(sent.one("start_date"))
    end: datetime | None = wire.read_moment(sent.one("end_date"))
    until = (end or now).timestamp()
    return (start.timestamp() if start else until - 86_400, until + 1)


def _page(sent: Sent, *, has_overlap: bool) -> tuple[int, int]:
    """(how many, from where); without page and page_size a thousand. With an overlap each page
    begins with the last entries of the one before. Raises ValueError.
    """
    if not sent.one("page") and not sent.one("page_size"):
        return (1000, 0)
    page, size = int(sent.one("page") or 1), int(sent.one("page_size") or 50)
    if page < 1 or size < 1:
        raise ValueError("page and page_size count from 1.")
    size = min(size, LONGEST_PAGE)
    again = min(5, size // 2) if has_overlap else 0
    return (size, (page - 1) * (size - again))
