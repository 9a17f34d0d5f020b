"""Reads GeoReport arguments: pure functions from text to values. Nothing here knows the database.

One meaning for everything: an empty argument is an absent one; of a repeated argument the last one
counts (except where the protocol wants several); arguments that we do not know are ignored; in a
POST an argument of the body wins over the same one in the address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from django.http import QueryDict

from mysmartcity.api.open311.problems import bad
from mysmartcity.lib.geo import BadPoint, Point, read_number, read_point

MAX_SPAN = timedelta(days=90)
"""GeoReport: a query may not span more than 90 days."""

MAX_ROWS = 1000
MAX_PAGE = 10_000
MAX_RADIUS = 50_000
MAX_MEDIA_URLS = 5
MAX_URL = 500

STATUSES = ("open", "closed")

_YEARS = range(1900, 2201)
"""So that adding or taking off a window never leaves the calendar."""

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s?(Z|[+\- ]?\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"attribute\[(.+?)\](?:\[\])?")


class Arguments:
    """The arguments of one request: body first, then the address."""

    def __init__(self, *sources: QueryDict) -> None:
        self._sources = sources

    def text(self, name: str) -> str:
        """The last value of an argument without blanks around it; empty when absent."""
        for source in self._sources:
            value = (source.get(name) or "").strip()
            if value:
                return value
        return ""

    def all(self, name: str) -> list[str]:
        """Every non-empty value of a repeated argument (`name` or `name[]`), in order, once each."""
        for source in self._sources:
            given = [*source.getlist(name), *source.getlist(f"{name}[]")]
            values = [value.strip() for value in given if value.strip()]
            if values:
                return list(dict.fromkeys(values))
        return []

    def words(self, name: str) -> list[str]:
        """A comma-separated argument as a list without blanks and repeats."""
        return read_words(self.text(name))

    def answers(self) -> Mapping[str, list[str]]:
        """`attribute[CODE]=v` and `attribute[CODE][]=v` as code → values."""
        found: dict[str, list[str]] = {}
        for source in reversed(self._sources):
            given: dict[str, list[str]] = {}
            for name in source.keys():  # noqa: SIM118 - QueryDict iterates over last values
                match = _ATTRIBUTE.fullmatch(name)
                if match:
                    values = [value for value in source.getlist(name) if value.strip()]
                    given.setdefault(match.group(1), []).extend(values)
            found.update({code: values for code, values in given.items() if values})
        return found


def read_words(text: str) -> list[str]:
    """`"a, b,,a"` as `["a", "b"]`."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def read_instant(text: str) -> datetime:
    """A W3C date and time as an aware datetime; ValueError when it is none.

    Forgiven, because clients in the wild do it: no zone (UTC is meant), a plus that arrived as a
    space, fractions of a second, a space for the T, a date alone (its midnight, UTC).
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None or int(match.group(1)) not in _YEARS:
        raise ValueError(f"not a date: {text!r:.40}")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = (match.group(7) or "").ljust(6, "0")[:6]
    zone = _read_zone(match.group(8) or "Z")
    return datetime(year, month, day, hour, minute, second, int(fraction), zone).astimezone(UTC)


def _read_zone(text: str) -> timezone:
    if text.upper() == "Z":
        return UTC
    digits = re.sub(r"\D", "", text)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text.startswith("-") else offset)


@dataclass(frozen=True)
class Circle:
    """Within so many metres around a point."""

    point: Point
    metres: float


@dataclass(frozen=True)
class Asked:
    """What GET requests asks for, read and checked."""

    references: Sequence[str]
    service_codes: Sequence[str]
    statuses: Sequence[str]
    start: datetime | None
    end: datetime | None
    updated_after: datetime | None
    circle: Circle | None
    limit: int
    offset: int
    is_extended: bool


def read_asked(arguments: Arguments, *, now: datetime) -> Asked:
    """The filters of GET requests. Raises Problem 400 that names everything that is wrong."""
    wrong: list[str] = []
    references = arguments.words("service_request_id")
    is_extended = arguments.text("extensions").lower() == "true"
    if len(references) > MAX_ROWS:
        raise bad(f"service_request_id: at most {MAX_ROWS} ids at once.")
    if references:
        # The ids override every other argument, so nothing else is looked at.
        return Asked(references, (), (), None, None, None, None, MAX_ROWS, 0, is_extended)
    updated_after = _instant(arguments, "updated_after", wrong)
    start, end = _window(arguments, now, wrong, is_open=updated_after is not None)
    statuses = [word.lower() for word in arguments.words("status")]
    if any(word not in STATUSES for word in statuses):
        wrong.append("status: open, closed, or both with a comma.")
    circle = _circle(arguments, wrong)
    page = _whole(arguments, "page", wrong, default=1, highest=MAX_PAGE)
    size = _whole(arguments, "page_size", wrong, default=MAX_ROWS, highest=None)
    if wrong:
        raise bad(*wrong)
    size = min(size, MAX_ROWS)
    return Asked(
        references=(),
        service_codes=arguments.words("service_code"),
        statuses=statuses,
        start=start,
        end=end,
        updated_after=updated_after,
        circle=circle,
        limit=size,
        offset=(page - 1) * size,
        is_extended=is_extended,
    )


def _instant(arguments: Arguments, name: str, wrong: list[str]) -> datetime | None:
    text = arguments.text(name)
    if not text:
        return None
    try:
        return read_instant(text)
    except ValueError:
        wrong.append(f"{name}: a date and time like 2026-05-03T09:00:00Z.")
        return None


def _window(
    arguments: Arguments, now: datetime, wrong: list[str], *, is_open: bool = False
) -> tuple[datetime | None, datetime | None]:
    """Start and end. One alone reaches 90 days from there; none means the last 90 days.

    `is_open`: another limit in time was given, so that none means no window at all.
    """
    start, end = _instant(arguments, "start_date", wrong), _instant(arguments, "end_date", wrong)
    if start is None and end is None:
        return (None if is_open else now - MAX_SPAN), None
    if end is None:
        return start, start + MAX_SPAN if start else None
    if start is None:
        return end - MAX_SPAN, _whole_second(end)
    if end < start:
        wrong.append("end_date: it lies before start_date.")
    elif end - start > MAX_SPAN:
        wrong.append("start_date, end_date: at most 90 days apart; ask for them in parts.")
    return start, _whole_second(end)


def _whole_second(end: datetime) -> datetime:
    """The end of its second: we show whole seconds, and an end copied from our reply includes it."""
    return end + timedelta(microseconds=999_999) if end.microsecond == 0 else end


def read_window(arguments: Arguments, *, now: datetime) -> tuple[datetime | None, datetime | None]:
    """`start_date` and `end_date` alone, for the list of updates. Raises Problem 400.

    The start is always there.
    """
    wrong: list[str] = []
    window = _window(arguments, now, wrong)
    if wrong:
        raise bad(*wrong)
    return window


def _whole(
    arguments: Arguments, name: str, wrong: list[str], *, default: int, highest: int | None
) -> int:
    text = arguments.text(name)
    if not text:
        return default
    is_whole = re.fullmatch(r"\d{1,9}", text, re.ASCII) is not None
    if not is_whole or int(text) < 1 or (highest is not None and int(text) > highest):
        limit = f" up to {highest}" if highest is not None else ""
        wrong.append(f"{name}: a whole number from 1{limit}.")
        return default
    return int(text)


def _circle(arguments: Arguments, wrong: list[str]) -> Circle | None:
    lat, long, radius = (arguments.text(name) for name in ("lat", "long", "radius"))
    if not (lat or long or radius):
        return None
    if not (lat and long and radius):
        wrong.append("lat, long, radius: all three belong together.")
        return None
    try:
        circle = Circle(read_point(lat, long), read_number(radius))
    except BadPoint:
        wrong.append("lat, long, radius: degrees and metres as plain decimal numbers.")
        return None
    if not 0 < circle.metres <= MAX_RADIUS:
        wrong.append(f"radius: metres, more than 0 and up to {MAX_RADIUS}.")
    return circle


def read_place(arguments: Arguments) -> tuple[Point | None, list[str]]:
    """The point of a report and what is wrong with it; (None, []) when none is given."""
    lat, long = arguments.text("lat"), arguments.text("long")
    if not lat and not long:
        return None, []
    if not (lat and long):
        missing = "long" if lat else "lat"
        return None, [f"{missing}: lat and long belong together."]
    try:
        return read_point(lat, long), []
    except BadPoint:
        return None, ["lat, long: degrees as plain decimal numbers, lat from -90 to 90."]


def read_media_urls(arguments: Arguments) -> tuple[list[str], list[str]]:
    """The links to pictures, and what is wrong with them."""
    urls = arguments.all("media_url")
    wrong = []
    if len(urls) > MAX_MEDIA_URLS:
        wrong.append(f"media_url: at most {MAX_MEDIA_URLS}.")
    if not all(is_web_address(url) for url in urls):
        wrong.append(f"media_url: an http or https address of at most {MAX_URL} characters.")
    return urls, wrong


def is_web_address(url: str) -> bool:
    """Whether it is a plain http(s) address that may be shown as a link."""
    if len(url) > MAX_URL or re.search(r"[\s\x00-\x1f\x7f\"'<>\\]", url):
        return False
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False
