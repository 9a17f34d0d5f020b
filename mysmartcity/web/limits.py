"""How often one address may do a thing on the pages, and the page that says: wait a little.

The counting itself is in lib.limits.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mysmartcity.lib.limits import HOUR, MINUTE, TooOften, address_of, count
from mysmartcity.web.page import render

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


def _limit(what: str) -> tuple[int, int]:
    return (settings.REPORTS_PER_HOUR, HOUR) if what == "report" else LIMITS[what]


def consume(request: HttpRequest, what: str) -> None:
    """Count one more; raises TooOften past the limit. A limit of 0 is none."""
    allowed, seconds = _limit(what)
    count(what, who=address_of(request.META), allowed=allowed, seconds=seconds)


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


def limited(what: str, *, only_with: str = "") -> Callable[[View[P]], View[P]]:
    """Count every POST to a view (every request of a search) and refuse past the limit.

    `only_with` names an argument of the address: without it nothing is searched, so nothing counts.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inside(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                is_asked = what in ("search", "track") and (
                    not only_with or bool(request.GET.get(only_with))
                )
                if request.method == "POST" or is_asked:
                    consume(request, what)
            except TooOften as error:
                return refusal(request, error)
            return view(request, *args, **kwargs)

        return cast(View[P], inside)

    return decorate
