"""The notify app."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Mail that goes out to people, and their right to stop it."""

    name = "mysmartcity.notify"
    default_auto_field = "django.db.models.BigAutoField"
