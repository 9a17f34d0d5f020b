"""Pages that say who we are, and small files that browsers and robots ask for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render as django_render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mysmartcity.issues.models import Jurisdiction
from mysmartcity.lib.access import declares
from mysmartcity.look.catalogue import catalogue_context
from mysmartcity.places.models import Layer
from mysmartcity.web.page import frame, render


@declares("public")
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, for whom, and where the maps come from."""
    context = {
        "page_title": _("About My Smart City"),
        "cities": Jurisdiction.objects.filter(is_active=True).order_by("name"),
        "credits": Layer.objects.exclude(credit="").values_list("credit", flat=True).distinct(),
        "tile_credit": settings.TILE_CREDIT,
    }
    return render(request, "about.html", context)


@declares("public")
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What we keep, what everyone sees, and for how long."""
    return render(request, "privacy.html", {"page_title": _("Your privacy")})


@declares("public")
@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """Every component of the look in every state."""
    theme = request.GET.get("theme", "")
    its = {**frame(request), **catalogue_context()}
    if theme in ("light", "dark"):
        its["theme"] = theme
    return django_render(request, "look/catalogue.html", its)


@declares("public")
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Lets a phone keep the site on its home screen."""
    del request
    content = {
        "name": _("My Smart City"),
        "short_name": _("Smart City"),
        "start_url": "/",
        "display": "standalone",
        "background_color": "#faf9f5",
        "theme_color": "#0a4653",
        "icons": [{"src": static("look/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    response = JsonResponse(content, content_type="application/manifest+json; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@declares("public")
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Robots may read what is public and nothing that makes or follows a report."""
    del request
    closed = ("/report", "/t/", "/stop/", "/mine", "/accounts/", "/admin/", "/map/data", "/here")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@declares("public")
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask at the old place."""
    del request
    return HttpResponseRedirect(static("look/mark.svg"))


@declares("public")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; back to the page one came from, on this host only."""
    chosen = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponse(status=303)
    response.headers["Location"] = target
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=31_536_000,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )
    return response
