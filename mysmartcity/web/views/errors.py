"""Pages for what went wrong: what happened, what to do, and never a word of the inside."""

import logging
import secrets
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from mysmartcity.web.page import render

logger = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    del exception
    return render(request, "404.html", {"page_title": _("Page not found")}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    del exception
    return _plain(request, 400, _("We could not read this"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    del exception
    context = {"page_title": _("This is not open to you"), "is_form": False}
    return render(request, "403.html", context, status=403)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that came without its token: cookies are off, or the page was open for long."""
    logger.info("form refused: %s", reason)
    context = {"page_title": _("Please send it again"), "is_form": True}
    return render(request, "403.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a reference number, which also stands in the log beside the traceback.

    503 when the database is away: nothing was lost, and trying again in a moment is right.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = _plain(request, 503, _("We can't reach our records just now"))
        response.headers["Retry-After"] = "10"
        return response
    return _plain(request, 500, _("Something broke on our side"))


def _plain(request: HttpRequest, status: int, title: str) -> HttpResponse:
    """Without the frame: it must work when the database does not."""
    number = secrets.token_hex(4)
    logger.error("page failed, number %s, status %s, path %s", number, status, request.path)
    body = render_to_string("web/500.html", {"page_title": title, "number": number})
    response = HttpResponse(body, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
