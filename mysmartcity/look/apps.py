"""The look app."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    """Tokens, components, icons and layouts that the faces share."""

    name = "mysmartcity.look"
    default_auto_field = "django.db.models.BigAutoField"
