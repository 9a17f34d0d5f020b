"""The device a resident uses without an account: an opaque random cookie, known to nobody else.

Only its hash is stored beside what it did. Whoever holds the cookie stands behind what was reported
from it; signing in is never needed.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from mysmartcity.issues.models import Issue
from mysmartcity.issues.rules import Standing, standing_of
from mysmartcity.lib import ids
from mysmartcity.web.page import person_of

_YEAR = 31_536_000
_FORM = re.compile(r"[A-Za-z0-9_-]{32}")
TRACKED = "tracked"
"""Session key: hashes of the tracking secrets that this browser opened."""


def cookie_name() -> str:
    """`__Host-` ties the cookie to exactly this host; browsers allow it over HTTPS only."""
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def read(request: HttpRequest) -> str:
    """The device's value; empty when the browser has none, or one that we did not make."""
    value = request.COOKIES.get(cookie_name(), "")
    return value if _FORM.fullmatch(value) else ""


def ensure(request: HttpRequest) -> str:
    """The device's value, a new one when there is none; `remember` puts it into the answer."""
    value = read(request) or ids.new_secret()
    request.COOKIES[cookie_name()] = value
    return value


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Write the device's cookie into an answer."""
    response.set_cookie(
        cookie_name(),
        ensure(request),
        max_age=_YEAR,
        path="/",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
    return response


def tracked(request: HttpRequest) -> list[str]:
    """Hashes of the tracking links that were opened in this session."""
    held = request.session.get(TRACKED, [])
    return held if isinstance(held, list) else []


def track(request: HttpRequest, issue: Issue) -> None:
    """Remember for this session that its holder has the tracking link of an issue."""
    others = [one for one in tracked(request) if one != issue.tracking_hash]
    request.session[TRACKED] = [*others, issue.tracking_hash][-20:]


def standing(request: HttpRequest, issue: Issue) -> Standing:
    """What the person at this device is to an issue, by account, device or tracking link."""
    found = standing_of(issue, device=read(request), person=person_of(request))
    if not found.is_reporter and issue.tracking_hash in tracked(request):
        return Standing(
            is_reporter=True,
            is_joined=found.is_joined,
            is_staff=found.is_staff,
            person=found.person,
        )
    return found
