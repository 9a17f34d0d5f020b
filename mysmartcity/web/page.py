"""What every page shares: its frame, who is looking, and how it is put together.

Views build a context and call `render`; nothing here knows what a page is about.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from mysmartcity.people.models import Person

Context = Mapping[str, Any]


def person_of(request: HttpRequest) -> Person | None:
    """Who is signed in, or None."""
    user = request.user
    return user if isinstance(user, Person) and user.is_authenticated else None


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page only."""
    return bool(cast(HtmxDetails, request.htmx))  # type: ignore[attr-defined]


@cache
def _translated() -> list[tuple[str, str]]:
    """The languages that can be chosen: English, and those with a catalogue."""
    return [
        (code, str(name))
        for code, name in settings.LANGUAGES
        if code == settings.LANGUAGE_CODE
        or any((path / code / "LC_MESSAGES").is_dir() for path in settings.LOCALE_PATHS)
    ]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The parts around every page: ways around, languages, and whether this is a demonstration."""
    path, person = request.path, person_of(request)
    own = reverse("web:mine")
    links = [
        (reverse("web:report"), _("Report"), "plus"),
        (reverse("web:issues"), _("Problems"), "list"),
        (reverse("web:map"), _("Map"), "map"),
        (own, _("My reports"), "person"),
    ]
    return {
        "nav": [
            {"href": href, "label": label, "icon": icon, "current": path.startswith(href)}
            for href, label, icon in links
        ],
        "footer_links": [
            {"href": reverse("web:about"), "label": _("About")},
            {"href": reverse("web:privacy"), "label": _("Your privacy")},
            *_for_staff(person),
        ],
        "is_demo": settings.DEMO,
        "languages": _translated(),
        "language": get_language(),
        "signed_in": person,
        "here": path,
    }


def _for_staff(person: Person | None) -> list[dict[str, str]]:
    """The way to the desk, for those who work there."""
    if person is None or not person.is_staff:
        return []
    return [{"href": reverse("desk:home"), "label": _("Desk")}]


def render(
    request: HttpRequest, template: str, context: Context | None = None, *, status: int = 200
) -> HttpResponse:
    """A whole page inside the frame. `template` is like `home.html` in jinja2/web."""
    response = django_render(
        request, f"web/{template}", {**frame(request), **(context or {})}, status=status
    )
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def fragment(request: HttpRequest, template: str, context: Context) -> HttpResponse:
    """A part of a page for htmx."""
    response = django_render(request, f"web/{template}", dict(context))
    response.headers["Cache-Control"] = "private, no-store"
    return response
