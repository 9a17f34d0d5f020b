"""Pages behind secret links: following one's own report, and stopping the news.

Opening such a link changes no data; what it gives is remembered in the session only.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mysmartcity.issues.actions import stop_following
from mysmartcity.issues.models import Follow, Issue
from mysmartcity.lib import ids
from mysmartcity.lib.access import declares
from mysmartcity.web import device
from mysmartcity.web.addresses import issue_path
from mysmartcity.web.limits import limited
from mysmartcity.web.page import render


def _private(response: HttpResponse, *, referrer: str) -> HttpResponse:
    response.headers["Referrer-Policy"] = referrer
    response.headers["Cache-Control"] = "private, no-store"
    return response


@declares("link")
@require_safe
@limited("track")
def track(request: HttpRequest, secret: str) -> HttpResponse:
    """The reporter's own link: this browser may now confirm or take back; then the issue's page."""
    found = Issue.objects.public().filter(tracking_hash=ids.hash_secret(secret)).first()
    if found is None:
        raise Http404
    device.track(request, found)
    response = HttpResponse(status=303)
    response.headers["Location"] = issue_path(found.reference)
    return _private(response, referrer="no-referrer")


@declares("link")
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@limited("follow")
def stop(request: HttpRequest, secret: str) -> HttpResponse:
    """Stop the news of one issue. A GET only asks; mail programs post at once (RFC 8058).

    Needs no CSRF token: the secret in the address is the right to do it.
    """
    follow = Follow.objects.filter(stop_hash=ids.hash_secret(secret)).select_related("issue")
    found = follow.first()
    if found is None:
        raise Http404
    has_stopped = found.stopped_at is not None
    if request.method == "POST":
        stop_following(secret=secret)
        has_stopped = True
    context = {
        "page_title": _("News by e-mail"),
        "issue": found.issue,
        "has_stopped": has_stopped,
    }
    # The address goes to no other site; "no-referrer" would make browsers send its form with the origin
    # "null", which is refused.
    return _private(render(request, "stop.html", context), referrer="same-origin")
