"""What the look has for Django's templates, which only the sign-in pages use."""

from django import template
from django.conf import settings
from django.utils.safestring import SafeString

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
