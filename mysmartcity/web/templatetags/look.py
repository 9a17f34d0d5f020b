"""What the look has for Django's templates, which only the sign-in pages use."""

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mysmartcity.look import drawings

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline icon, decoration beside a word."""
    return drawings.icon(name)


@register.simple_tag
def is_demo() -> bool:
    """Whether this is a demonstration."""
    return bool(settings.DEMO)


@register.simple_tag
def look_footer() -> SafeString:
    """The same foot as under every other page."""
    links = [
        {"href": reverse("web:about"), "label": _("About")},
        {"href": reverse("web:privacy"), "label": _("Your privacy")},
    ]
    return render_to_string("look/_footer.html", {"footer_links": links})
