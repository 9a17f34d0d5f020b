"""The desk app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The pages for staff."""

    name = "mysmartcity.desk"
    default_auto_field = "django.db.models.BigAutoField"
