"""All connections on one page, drawn."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mysmartcity.connectors.models import Connection
from mysmartcity.desk import exchange
from mysmartcity.desk.page import for_desk, render


@for_desk
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection, the ones that need somebody first."""
    rows = exchange.rows_of(Connection.objects.defer("secrets").select_related("body"))
    context = {
        "page_title": _("Connections"),
        "rows": rows,
        "standing": exchange.standing(rows),
    }
    return render(request, "connections.html", context)
