"""The places app."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Areas with their boundaries, and finding them by point or by name."""

    name = "mysmartcity.places"
    default_auto_field = "django.db.models.BigAutoField"
