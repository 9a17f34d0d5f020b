"""What holds for every request: staff need their second factor and a session that is not over, and methods
we do not speak are refused."""

from collections.abc import Callable
from typing import Final

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from mysmartcity.web import staff_session
from mysmartcity.web.page import person_of

Next = Callable[[HttpRequest], HttpResponse]

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")
STAFF_ONLY: Final = ("/admin", "/desk")
_OPEN_TO_STAFF: Final = ("/accounts/", "/static/", "/healthz", "/readyz", "/language")


class SecondFactorMiddleware:
    """Staff without a second factor are sent to set one up; admin and desk ask for it in this session.

    A session of staff that is over ends here, whatever page is asked for.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through, or lead to what is missing."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        target = self._missing(request)
        return HttpResponseRedirect(target) if target else self.get_response(request)

    def _missing(self, request: HttpRequest) -> str:
        """Where this person must go first; empty when nowhere."""
        for_staff = any(
            request.path == one or request.path.startswith(f"{one}/") for one in STAFF_ONLY
        )
        # Without a session cookie nobody is signed in: public pages then cost no query.
        if not for_staff and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return ""
        person = person_of(request)
        if person is None or not person.is_staff:
            return self._login(request) if for_staff and request.path != "/admin/logout/" else ""
        if staff_session.is_over(request):
            logout(request)
            return self._login(request) if for_staff else ""
        if any(request.path.startswith(path) for path in _OPEN_TO_STAFF):
            return ""
        if not is_mfa_enabled(person):
            return reverse("mfa_activate_totp")
        methods = [record.get("method") for record in get_authentication_records(request, person)]
        if for_staff and "mfa" not in methods:
            return self._reauthenticate(request)
        return ""

    def _login(self, request: HttpRequest) -> str:
        return f"{reverse('account_login')}?{urlencode({'next': request.path})}"

    def _reauthenticate(self, request: HttpRequest) -> str:
        return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.path})}"


class PrivatePagesMiddleware:
    """What belongs to one person is not kept by browsers and proxies after they leave."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark answers of sign-in, admin, desk and drafts."""
        response = self.get_response(request)
        private = ("/accounts/", "/admin/", "/desk/", "/report/")
        if any(request.path.startswith(path) for path in private):
            response.headers["Cache-Control"] = "private, no-store"
        if request.path == "/accounts/logout/" and request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
