"""My reports: those of the account, of this device, and of the tracking links opened here."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.issues.models import Issue
from mysmartcity.lib import ids
from mysmartcity.lib.access import declares
from mysmartcity.web import device, rows
from mysmartcity.web.page import person_of, render

MOST = 100


@declares("public")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What this person or device reported, joined or follows, newest first."""
    found = Issue.objects.public().filter(_own(request)).distinct().newest()[:MOST]
    context = {
        "page_title": _("My reports"),
        "cards": rows.cards(rows.read(found), heading="h2"),
        "person": person_of(request),
    }
    response = render(request, "mine.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _own(request: HttpRequest) -> Q:
    """Without account, device and link: nothing."""
    own = Q(tracking_hash__in=device.tracked(request))
    value = device.read(request)
    if value:
        own |= Q(follows__device_hash=ids.hash_secret(value))
    person = person_of(request)
    if person is not None:
        own |= Q(reporter=person) | Q(follows__person=person)
    return own
