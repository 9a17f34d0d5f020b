"""What every page of the desk shares: who may open it, its frame, and what is said after an act."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.translation import gettext as _

from mysmartcity.connectors.rules import check_may_operate, may_operate
from mysmartcity.dispatch.rules import may_dispatch
from mysmartcity.issues.rules import NotAllowed
from mysmartcity.lib.access import declares
from mysmartcity.people.models import Person

_OURS: Final = "desk"

Context = Mapping[str, Any]
P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponse)
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_of(request: HttpRequest) -> Person:
    """Who is signed in. Raises Http404 for everybody who does not work here."""
    user = request.user
    if not isinstance(user, Person) or not may_dispatch(user):
        raise Http404
    return user


def for_desk(view: View[P]) -> View[P]:
    """Dispatchers and operators only; the second factor is the middleware's business."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        staff_of(request)
        return view(request, *args, **kwargs)

    return declares("staff")(guarded)


def for_operators(view: View[P]) -> View[P]:
    """Operators only. A dispatcher is told so; everybody else finds nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            check_may_operate(staff_of(request))
        except NotAllowed as refusal:
            return refused(request, str(refusal))
        return view(request, *args, **kwargs)

    return declares("staff")(guarded)


def _frame(request: HttpRequest) -> dict[str, Any]:
    links = [
        ("desk:home", _("Where things stand")),
        ("desk:connections", _("Connections")),
        ("desk:mapping", _("Needs mapping")),
        ("desk:dead-letters", _("Dead letters")),
        ("desk:calls", _("Calls")),
        ("desk:reconciliation", _("Reconciliation")),
        ("desk:route", _("Who gets it?")),
    ]
    home, here = reverse("desk:home"), request.path
    person = staff_of(request)

    def is_here(path: str) -> bool:
        return here == path or (path != home and here.startswith(f"{path}/"))

    return {
        "nav": [
            {"href": reverse(name), "label": label, "current": is_here(reverse(name))}
            for name, label in links
        ],
        "footer_links": [
            {"href": reverse("web:home"), "label": _("Pages for residents")},
            {"href": reverse("admin:index"), "label": _("Tables")},
            {"href": reverse("account_logout"), "label": _("Sign out")},
        ],
        "desk_home": home,
        "who": str(person),
        "may_operate": may_operate(person),
        "here": request.get_full_path(),
        "notices": [
            {"level": one.level_tag, "text": str(one)}
            # Others speak through this too (signing in); the desk says only what it did itself.
            for one in messages.get_messages(request)
            if one.extra_tags == _OURS
        ],
    }


def render(
    request: HttpRequest, template: str, context: Context | None = None, *, status: int = 200
) -> HttpResponse:
    """A whole page. `template` is like `home.html` in jinja2/desk."""
    whole = {**_frame(request), **(context or {})}
    return django_render(request, f"desk/{template}", whole, status=status)


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """403 with the reason."""
    context = {"page_title": _("This is not open to you"), "sentence": sentence}
    return render(request, "refused.html", context, status=403)


def said(request: HttpRequest, words: str, to: str) -> HttpResponse:
    """After an act that worked: say so on the next page."""
    messages.success(request, words, extra_tags=_OURS)
    return HttpResponseRedirect(to, status=303)


def failed(request: HttpRequest, words: str, to: str) -> HttpResponse:
    """After an act that was refused: say why on the next page."""
    messages.error(request, words, extra_tags=_OURS)
    return HttpResponseRedirect(to, status=303)
