"""Views of a report in the making: find the draft of this device, or say that it is gone."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from mysmartcity.issues.models import Jurisdiction
from mysmartcity.lib.geo import Point
from mysmartcity.places.locate import FoundArea, locate
from mysmartcity.web import device, drafts
from mysmartcity.web.drafts import Draft
from mysmartcity.web.page import render

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def see_other(step: str, draft: Draft) -> HttpResponse:
    """Go to another screen of the same draft by GET, so that Back and reload are safe."""
    response = HttpResponse(status=303)
    response.headers["Location"] = reverse(f"web:report-{step}", args=[draft.id])
    return response


def with_draft(
    view: Callable[Concatenate[HttpRequest, Draft, P], HttpResponse],
) -> View[P]:
    """Give the view the draft whose id is in the URL. A sent draft leads to its last page."""

    @wraps(view)
    def inside(
        request: HttpRequest, draft_id: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        draft = drafts.load(draft_id, device=device.read(request))
        if draft is None:
            context = {"page_title": _("This report is no longer here")}
            return render(request, "report_gone.html", context, status=404)
        if draft.reference and view.__name__ != "done":
            return see_other("done", draft)
        return view(request, draft, *args, **kwargs)

    return cast(View[P], inside)


def served_at(point: Point) -> tuple[Jurisdiction | None, tuple[FoundArea, ...]]:
    """The municipality that we serve at a place, if any, and every area there."""
    areas = locate(point)
    served = Jurisdiction.objects.filter(
        area_id__in=[area.id for area in areas], is_active=True
    ).select_related("area")
    return served.first(), areas
