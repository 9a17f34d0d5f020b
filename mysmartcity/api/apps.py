"""The api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The doors for machines: Open311 and the map's own JSON."""

    name = "mysmartcity.api"
    default_auto_field = "django.db.models.BigAutoField"
