"""Icons for Django's templates, which only the sign-in pages use."""

from django import template
from django.utils.safestring import SafeString

from mysmartcity.look import drawings

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline icon, decoration beside a word."""
    return drawings.icon(name)
