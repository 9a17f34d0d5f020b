"""Every call of the city's API that we use: types, subtypes, one request, and the create.

Answers are the values of `shapes.py`; every failure is a `CityError` that says what may be done next.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mysmartcity.connectors.systems.capetown.session import Session
from mysmartcity.connectors.systems.capetown.shapes import (
    CityError,
    Created,
    RemoteRequest,
    RequestSubtype,
    RequestType,
)
from mysmartcity.lib import clock, http

_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})")


def body_of(fields: Mapping[str, Any]) -> bytes:
    """The exact bytes that are sent and signed."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class CityClient:
    """The calls, in a session."""

    session: Session

    def types(self) -> list[RequestType]:
        """The groupings of services."""
        rows = self._list("zsreq/config/types")
        return [RequestType(_text(row.get("type")), _text(row.get("name"))) for row in rows]

    def subtypes(self) -> list[RequestSubtype]:
        """The services, each with its type."""
        return [
            RequestSubtype(
                _text(row.get("type")), _text(row.get("subtype")), _text(row.get("name"))
            )
            for row in self._list("zsreq/config/subtypes")
        ]

    def request(self, reference: str) -> RemoteRequest | None:
        """How a request stands now; None when the city says that it does not know it."""
        try:
            return self.session.read(f"zsreq/sr/{quote(reference, safe='')}", self._request_of)
        except CityError as error:
            if error.means == "absent":
                return None
            raise

    def create(self, fields: Mapping[str, Any]) -> Created:
        """Ask the city to take a request. Never sent again after the city may have taken it."""
        return self.session.write("zsreq/sr", body_of(fields), self._created_of)

    # --- Reading replies --------------------------------------------------------------------------

    def _list(self, path: str) -> list[dict[str, Any]]:
        def judge(reply: http.Reply) -> list[dict[str, Any]]:
            tree = self.session.wire.tree(reply)
            if not isinstance(tree, list):
                raise self.session.wire.unfit(reply)
            return [row for row in tree if isinstance(row, dict)]

        return self.session.read(path, judge)

    def _request_of(self, reply: http.Reply) -> RemoteRequest:
        tree = self.session.wire.tree(reply)
        if not isinstance(tree, dict) or not _text(tree.get("reference_number")):
            raise self.session.wire.unfit(reply)
        return RemoteRequest(
            reference=_text(tree.get("reference_number")),
            type_code=_text(tree.get("type")),
            subtype_code=_text(tree.get("subtype")),
            description=_text(tree.get("description")),
            status=_text(tree.get("status")),
            message=str(tree.get("message") or ""),
            created_at=moment(_text(tree.get("date_created")), _text(tree.get("time_created"))),
        )

    def _created_of(self, reply: http.Reply) -> Created:
        wire = self.session.wire
        tree = wire.tree(reply, writes=True)
        reference = _text(tree.get("reference_number")) if isinstance(tree, dict) else ""
        if not reference:
            raise wire.unfit(reply, writes=True)
        return Created(reference, _text(tree.get("category")))


def moment(date: str, time: str) -> datetime | None:
    """`28.11.2014` and `10:08:59`, meant in South African time; None when they are no moment."""
    day, hour = _DATE.fullmatch(date), _TIME.fullmatch(time)
    if day is None:
        return None
    hours, minutes, seconds = map(int, hour.groups()) if hour else (0, 0, 0)
    try:
        on = datetime(int(day[3]), int(day[2]), int(day[1]), tzinfo=clock.CITY_ZONE)
        return on.replace(hour=hours, minute=minutes, second=seconds)
    except ValueError:
        return None


def _text(value: Any) -> str:
    """Codes come as numbers or as text."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
