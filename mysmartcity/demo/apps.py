"""The demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration: a believable city and simulated city systems."""

    name = "mysmartcity.demo"
    default_auto_field = "django.db.models.BigAutoField"
