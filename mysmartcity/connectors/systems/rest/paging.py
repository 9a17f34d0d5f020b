"""Reads a list page after page: each entry once, whatever overlaps, and never an unfinished list."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.systems.rest import outcome, paths
from mysmartcity.connectors.systems.rest.client import Exchange
from mysmartcity.connectors.systems.rest.shapes import (
    Cursor,
    NextLink,
    NoPaging,
    Offset,
    PageNumber,
    Paging,
)
from mysmartcity.connectors.systems.rest.wire import Request
from mysmartcity.dispatch.status import ErrorClass


@dataclass
class _Place:
    """Where in a list we are."""

    page: int = 1
    offset: int = 0
    cursor: str = ""
    link: str = ""

    def values(self) -> dict[str, Any]:
        return {"page": self.page, "offset": self.offset, "cursor": self.cursor}


def entries(
    exchange: Exchange, request: Request, known: Mapping[str, Any], *, items: str, paging: Paging
) -> Iterator[Any]:
    """Every entry once. Raises DeliveryFailed, also for a list that does not end."""
    definition = exchange.definition
    place = _Place(page=paging.first if isinstance(paging, PageNumber) else 1)
    seen: set[str] = set()
    for _ in range(definition.max_pages):
        answer = exchange.ask(
            request, {**known, **place.values()}, more=_argument(paging, place), link=place.link
        )
        listed = paths.records(items, answer.tree)
        if listed is None and not (answer.tree is None and answer.status == 204):
            said = f"{definition.title} answered without a list at {items}."
            raise DeliveryFailed(ErrorClass.TRANSIENT, said)
        fresh = {_mark(one): one for one in listed or [] if _mark(one) not in seen}
        seen |= fresh.keys()
        yield from fresh.values()
        if not _goes_on(
            exchange, paging, place, answer, listed=len(listed or []), fresh=len(fresh)
        ):
            return
    said = f"{definition.title} lists more than {definition.max_pages} pages."
    raise DeliveryFailed(ErrorClass.TRANSIENT, said)


def _argument(paging: Paging, place: _Place) -> dict[str, str]:
    if isinstance(paging, PageNumber):
        return {paging.parameter: str(place.page)}
    if isinstance(paging, Offset):
        return {paging.parameter: str(place.offset)}
    if isinstance(paging, Cursor) and place.cursor:
        return {paging.parameter: place.cursor}
    return {}


def _goes_on(
    exchange: Exchange,
    paging: Paging,
    place: _Place,
    answer: outcome.Read,
    *,
    listed: int,
    fresh: int,
) -> bool:
    """Whether there may be another page; moves the place there."""
    if isinstance(paging, NoPaging):
        return False
    if isinstance(paging, NextLink | Cursor):
        return _follows_mark(exchange, paging, place, answer)
    place.page += 1
    place.offset += listed
    # A server that ignores the argument sends the same page again: nothing fresh ends the list.
    return fresh > 0 and not (paging.size and listed < paging.size)


def _follows_mark(
    exchange: Exchange, paging: NextLink | Cursor, place: _Place, answer: outcome.Read
) -> bool:
    if isinstance(paging, NextLink):
        link = paths.text(paging.link, answer.tree)
        whole = exchange.same_origin(link) if link else ""
        goes_on, place.link = bool(whole) and whole != place.link, whole
        return goes_on
    cursor = paths.text(paging.value, answer.tree)
    goes_on, place.cursor = bool(cursor) and cursor != place.cursor, cursor
    return goes_on


def _mark(entry: Any) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
