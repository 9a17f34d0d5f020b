"""Counting how often an address or a key does a thing: fixed windows in Django's cache.

Lives here: who asks (also behind our own proxy), and the counting. What is limited, how often, and
what is said then is the business of each face. Every process counts for itself (docs/operating.md).

IPv6 networks are counted by their /64, as one household can use every address in it.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache

from mysmartcity.lib import clock

HOUR: Final = 3600
MINUTE: Final = 60


class TooOften(Exception):
    """The limit is reached; `retry_after` seconds from now it may be done again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


def address_of(environ: Mapping[str, Any]) -> str:
    """Who asks: an IPv4 address or an IPv6 network. `environ` is the request's WSGI environment.

    Behind our own proxy the last entry of X-Forwarded-For is the one that this proxy wrote.
    """
    text = str(environ.get("REMOTE_ADDR", ""))
    if settings.TRUST_PROXY and (forwarded := str(environ.get("HTTP_X_FORWARDED_FOR", ""))):
        text = forwarded.rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def count(what: str, *, who: str, allowed: int, seconds: int) -> None:
    """Count one more of `what` by `who` in this window; raises TooOften past `allowed` (0: no limit)."""
    if not allowed:
        return
    moment = int(clock.now().timestamp())
    window = moment // seconds
    key = f"limit:{what}:{who}:{window}"
    cache.add(key, 0, timeout=seconds + 1)
    try:
        counted = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        return
    if counted > allowed:
        raise TooOften((window + 1) * seconds - moment)
