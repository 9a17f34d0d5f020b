"""How often one address may do a thing: fixed windows in Django's cache.

The address is that of the connection; X-Forwarded-For counts only behind our own proxy. IPv6 networks
are counted by their /64, as one household can use every address in it.
"""

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Concatenate, Final, ParamSpec, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mysmartcity.lib import clock
from mysmartcity.web.page import render

HOUR: Final = 3600
MINUTE: Final = 60

LIMITS: Final[dict[str, tuple[int, int]]] = {
    "upload": (120, HOUR),
    "join": (60, HOUR),
    "follow": (20, HOUR),
    "confirm": (60, HOUR),
    "search": (120, MINUTE),
    "track": (60, HOUR),
}
"""What → (how often, in how many seconds). Reports have a setting of their own."""

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class TooOften(Exception):
    """The limit is reached; `retry_after` seconds from now it may be done again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


def address_of(request: HttpRequest) -> str:
    """Who asks: an IPv4 address or an IPv6 network. The last proxy entry is the one our proxy wrote."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        text = forwarded.rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _limit(what: str) -> tuple[int, int]:
    return (settings.REPORTS_PER_HOUR, HOUR) if what == "report" else LIMITS[what]


def consume(request: HttpRequest, what: str) -> None:
    """Count one more; raises TooOften past the limit. A limit of 0 is none."""
    allowed, seconds = _limit(what)
    if not allowed:
        return
    moment = int(clock.now().timestamp())
    window = moment // seconds
    key = f"limit:{what}:{address_of(request)}:{window}"
    cache.add(key, 0, timeout=seconds + 1)
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        return
    if count > allowed:
        raise TooOften((window + 1) * seconds - moment)


def refusal(request: HttpRequest, error: TooOften) -> HttpResponse:
    """The 429 page: what happened, and when it works again."""
    minutes = max(1, -(-error.retry_after // 60))
    context = {
        "page_title": _("Please wait a little"),
        "minutes": minutes,
    }
    response = render(request, "too_often.html", context, status=429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def limited(what: str) -> Callable[[View[P]], View[P]]:
    """Count every POST to a view (every request of a search) and refuse past the limit."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inside(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                if request.method == "POST" or what in ("search", "track"):
                    consume(request, what)
            except TooOften as error:
                return refusal(request, error)
            return view(request, *args, **kwargs)

        return cast(View[P], inside)

    return decorate
