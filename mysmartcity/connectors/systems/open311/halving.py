"""Reads a list that a server cuts and that has no pages, by asking for ever smaller parts of the time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from mysmartcity.connectors.systems.open311.shapes import Garbled, RemoteRequest

SMALLEST_CUT = 25
"""The shortest list to which a server is known to cut (Mark-a-Spot)."""

Ask = Callable[[datetime, datetime], list[RemoteRequest]]


def listed(ask: Ask, span: tuple[datetime, datetime], *, most: int) -> Iterator[RemoteRequest]:
    """Everything in the time, where a list holds `most`; may tell a request twice.

    Where both halves are the same again, the dates are ignored too, and nothing more can be had.
    Raises Garbled (transient) where a minute holds more than a list.
    """
    start, end = span
    if end - start < timedelta(minutes=1):
        said = f"The city lists only {most} requests at once, and more came in a minute."
        raise Garbled(said, error_class="transient")
    middle = start + (end - start) / 2
    parts = [(start, middle), (middle, end)]
    found = [ask(*part) for part in parts]
    if all(len(one) >= most for one in found) and _ids(found[0]) == _ids(found[1]):
        return
    for part, one in zip(parts, found, strict=True):
        yield from one
        if len(one) >= most:
            yield from listed(ask, part, most=most)


def _ids(found: Sequence[RemoteRequest]) -> set[str | None]:
    return {one.service_request_id for one in found}
