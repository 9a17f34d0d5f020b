"""What a connection is used for: which categories, at which place, and when the next one takes over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mysmartcity.connectors.actions.preferences import Wanted, set_preferences
from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.rules import check_may_operate
from mysmartcity.desk import one
from mysmartcity.desk.page import for_desk, refused, render, said, staff_of
from mysmartcity.issues.models import Category
from mysmartcity.issues.rules import NotAllowed

NOTHING: Final = "-"
"""The choice of a line that is not used."""

EMPTY_LINES: Final = 2
MAX_LINES: Final = 60


@dataclass(frozen=True)
class Line:
    """One line of the form, as it was typed."""

    category: str
    place: str
    hours: str


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def use(request: HttpRequest, public_id: str) -> HttpResponse:
    """Look at the lines; an operator changes them."""
    its = one.find(public_id)
    if request.method != "POST":
        return render(request, "use.html", _context(its, _kept(its)))
    person = staff_of(request)
    try:
        check_may_operate(person)
    except NotAllowed as refusal:
        return refused(request, str(refusal))
    typed = _typed(request)
    try:
        set_preferences(connection=its, wanted=_read(typed), by=person)
    except NotAllowed as refusal:
        context = {**_context(its, typed), "error": str(refusal)}
        return render(request, "use.html", context, status=422)
    to = reverse("desk:connection-use", args=[public_id])
    return said(request, _("Saved. New messages go by this from now on."), to)


def _kept(its: Connection) -> list[Line]:
    rows = its.preferences.order_by("category_code", "position")
    return [Line(row.category_code, str(row.position + 1), str(row.after_hours)) for row in rows]


def _typed(request: HttpRequest) -> list[Line]:
    columns = [request.POST.getlist(name)[:MAX_LINES] for name in ("category", "place", "hours")]
    lines = (Line(*values) for values in zip(*columns, strict=False))
    return [line for line in lines if line.category != NOTHING]


def _read(lines: Iterable[Line]) -> list[Wanted]:
    """Numbers out of what was typed. Raises NotAllowed with the sentence for the screen."""
    try:
        return [Wanted(one.category, int(one.place) - 1, int(one.hours)) for one in lines]
    except ValueError as error:
        raise NotAllowed(_("Write whole numbers.")) from error


def _context(its: Connection, lines: Sequence[Line]) -> dict[str, Any]:
    reached = Category.objects.filter(
        jurisdiction__responsibilities__body__in=body_ids_behind(its), is_active=True
    )
    known = dict(reached.order_by("name").values_list("code", "name"))
    known |= {line.category: line.category for line in lines if line.category not in known}
    options = [
        {"value": NOTHING, "label": _("not used")},
        {"value": "", "label": _("Every category without lines of its own")},
        *({"value": code, "label": name} for code, name in known.items() if code),
    ]
    others = Preference.objects.filter(body_id=its.body_id).exclude(connection=its)
    return {
        **one.head(its, "desk:connection-use", counts={}),
        "lines": [*lines, *[Line(NOTHING, "1", "4")] * EMPTY_LINES],
        "options": options,
        "names": {"": _("every other category"), **known},
        "others": list(others.select_related("connection")),
    }
