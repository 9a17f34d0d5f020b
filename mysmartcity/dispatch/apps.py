"""The dispatch app."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Who is responsible, what was handed over, and what waits to be sent."""

    name = "mysmartcity.dispatch"
    default_auto_field = "django.db.models.BigAutoField"
