"""Addresses from an online geocoder, when the operator has set one: a bonus that never stands in the way.

GEOCODER_URL and GEOCODER_KIND choose it. Every failure, and every slow answer, is an empty list: the
offline search (search.py) and the map remain. What people type, and the points asked for, go to that
geocoder and to no log.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import caches

from mysmartcity.lib import http
from mysmartcity.lib.geo import BadPoint, Box, Point
from mysmartcity.lib.text import one_line
from mysmartcity.places import index
from mysmartcity.places.breaker import Breaker
from mysmartcity.places.search import Hit

TIMEOUT = http.Timeouts(connect=1.0, total=2.0)
CACHE_SECONDS = 86_400
MAX_TEXT = 200
MAX_BYTES = 500_000
LIMIT = 8

breaker = Breaker(failures=3, seconds=60.0)
"""One per process: after three failures in a row nobody waits for the geocoder for a minute."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class _BadReply(ValueError):
    """The geocoder's answer is not what its protocol says."""


def geocode(text: str, *, near: Point | None = None) -> list[Hit]:
    """Addresses for a typed text, best first; [] without a geocoder and on any failure.

    Takes 2 seconds at the most. Only addresses in the box of the imported areas are given.
    """
    wanted = one_line(text)[:MAX_TEXT]
    if not settings.GEOCODER_URL or not wanted:
        return []
    return list(_answer(_cache_key(wanted, near), lambda: _asked(wanted, near)) or [])


def address_at(point: Point) -> str:
    """Street, number and suburb nearest to a point, like `12 Main Road, Woodstock`; "" when not known.

    Without a geocoder, with one that knows no way back, and on any failure it is "". Takes 2 seconds
    at the most.
    """
    protocol = _protocol()
    url = _reverse_address(settings.GEOCODER_URL, protocol.path)
    if not url:
        return ""
    key = "address-" + _cache_key(f"{point.lat:.5f},{point.lng:.5f}", None)
    params = protocol.reverse_params(point)
    return _answer(key, lambda: _read_reply(url, params, protocol.read_address)) or ""


def _answer(key: str, ask: Callable[[], T]) -> T | None:
    """What was answered before, or is answered now; None while the geocoder is given a rest."""
    kept: T | None = caches["answers"].get(key)
    if kept is not None:
        return kept
    if not breaker.may_try():
        return None
    try:
        found = ask()
    except (http.HttpFailure, _BadReply) as failure:
        breaker.failed()
        _log.warning("The geocoder gave no answer: %s", one_line(str(failure))[:200])
        return None
    breaker.worked()
    caches["answers"].set(key, found, CACHE_SECONDS)
    return found


def _cache_key(text: str, near: Point | None) -> str:
    """Hashed, so that the cache does not hold addresses in the clear as keys."""
    place = f"{near.lat:.1f},{near.lng:.1f}" if near else ""
    content = "|".join((settings.GEOCODER_KIND, settings.GEOCODER_URL, place, text.casefold()))
    return "geocode:" + hashlib.sha256(content.encode()).hexdigest()


def _asked(text: str, near: Point | None) -> list[Hit]:
    """One request and its answer as hits. Raises HttpFailure or _BadReply."""
    protocol = _protocol()
    served = _served_box()
    found = _read_reply(
        _address(settings.GEOCODER_URL, protocol.path),
        protocol.params(text, near, served),
        lambda said: list(protocol.read(said)),
    )
    return [
        Hit(name, "address", detail, point.lat, point.lng, "", 60.0 - rank)
        for rank, (name, detail, point) in enumerate(found[:LIMIT])
        if served is None or _holds(served, point)
    ]


def _read_reply(url: str, params: Mapping[str, str], read: Callable[[Any], T]) -> T:
    """One request and what `read` makes of its JSON. Raises HttpFailure or _BadReply."""
    reply = http.request(
        "GET",
        url,
        params=params,
        headers={"Accept": "application/json"},
        allowed_hosts=settings.OUTBOUND_ALLOWED_HOSTS,
        timeout=TIMEOUT,
        max_bytes=MAX_BYTES,
    )
    if reply.status != 200:
        raise _BadReply(f"status {reply.status}")
    try:
        return read(json.loads(reply.body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _BadReply(f"not {settings.GEOCODER_KIND}: {type(error).__name__}") from error


def _address(url: str, path: str) -> str:
    """The end point's URL: the operator may give it whole or only the host."""
    parts = urlsplit(url)
    return url if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{path}"


def _reverse_address(url: str, path: str) -> str:
    """Where the same geocoder answers for a point; "" where the operator gave a path of their own."""
    parts = urlsplit(url)
    own = parts.path.rstrip("/")
    if not url or (own and not own.endswith(path)):
        return ""
    before = own.removesuffix(path)
    return f"{parts.scheme}://{parts.netloc}{before}/reverse"


def _served_box() -> Box | None:
    """The box around everything imported; None when nothing is."""
    boxes = [entry.box for entry in index.current().entries]
    if not boxes:
        return None
    return Box(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )


def _holds(box: Box, point: Point) -> bool:
    return box.south <= point.lat <= box.north and box.west <= point.lng <= box.east


# --- The protocols --------------------------------------------------------------------------------

Found = tuple[str, str, Point]


def _corners(box: Box) -> str:
    return f"{box.west:.4f},{box.south:.4f},{box.east:.4f},{box.north:.4f}"


class _Nominatim:
    """https://nominatim.org/release-docs/latest/api/Search/"""

    path = "/search"

    def params(self, text: str, _near: Point | None, served: Box | None) -> dict[str, str]:
        asked = {"q": text, "format": "jsonv2", "limit": str(LIMIT)}
        return asked | ({"viewbox": _corners(served), "bounded": "1"} if served else {})

    def read(self, said: Any) -> Iterator[Found]:
        """A list of places with `lat` and `lon` as text and one long `display_name`."""
        if not isinstance(said, list):
            raise TypeError("not a list")
        for place in said:
            first, _, rest = str(place["display_name"]).partition(", ")
            yield from _found(place.get("name") or first, rest, (place["lon"], place["lat"]))

    def reverse_params(self, point: Point) -> dict[str, str]:
        """https://nominatim.org/release-docs/latest/api/Reverse/"""
        return {"lat": f"{point.lat}", "lon": f"{point.lng}", "format": "jsonv2", "zoom": "18"}

    def read_address(self, said: Any) -> str:
        """The parts of one address; an `error` where there is nothing."""
        parts: Mapping[str, Any] = said.get("address") or {}
        suburb = parts.get("suburb") or parts.get("neighbourhood")
        return _line(parts.get("house_number"), parts.get("road"), suburb)


class _Photon:
    """https://github.com/komoot/photon (GeoJSON)"""

    path = "/api"

    def params(self, text: str, near: Point | None, served: Box | None) -> dict[str, str]:
        asked = {"q": text, "limit": str(LIMIT)}
        if near:
            asked |= {"lat": f"{near.lat:.3f}", "lon": f"{near.lng:.3f}"}
        return asked | ({"bbox": _corners(served)} if served else {})

    def read(self, said: Any) -> Iterator[Found]:
        """A FeatureCollection of points with the parts of an address as properties."""
        for place in said["features"]:
            parts: Mapping[str, Any] = place["properties"]
            street = " ".join(filter(None, (parts.get("housenumber"), parts.get("street"))))
            name = str(parts.get("name") or street or parts.get("city") or "")
            around = (street, parts.get("district"), parts.get("city"), parts.get("state"))
            detail = ", ".join(dict.fromkeys(str(one) for one in around if one and one != name))
            yield from _found(name, detail, place["geometry"]["coordinates"])

    def reverse_params(self, point: Point) -> dict[str, str]:
        """https://github.com/komoot/photon, "Reverse Geocode API"."""
        return {"lat": f"{point.lat}", "lon": f"{point.lng}", "limit": "1"}

    def read_address(self, said: Any) -> str:
        """The first place's parts; an empty list where there is nothing."""
        for place in said["features"][:1]:
            parts: Mapping[str, Any] = place["properties"]
            return _line(parts.get("housenumber"), parts.get("street"), parts.get("district"))
        return ""


def _line(number: Any, street: Any, suburb: Any) -> str:
    """One address in a line; "" without a street."""
    if not street:
        return ""
    first = " ".join(str(one) for one in (number, street) if one)
    return one_line(", ".join(str(one) for one in (first, suburb) if one))[:300]


def _found(name: Any, detail: str, lng_lat: Sequence[Any]) -> Iterator[Found]:
    """A place with a name and a point on earth; others are passed over."""
    try:
        point = Point(float(lng_lat[1]), float(lng_lat[0]))
    except (BadPoint, ValueError, TypeError, IndexError):
        return
    words = one_line(str(name))[:120]
    if words:
        yield words, one_line(detail)[:200], point


def _protocol() -> "_Nominatim | _Photon":
    return _PROTOCOLS.get(settings.GEOCODER_KIND, _PHOTON)


_PHOTON = _Photon()
_PROTOCOLS: Mapping[str, _Nominatim | _Photon] = {"photon": _PHOTON, "nominatim": _Nominatim()}
