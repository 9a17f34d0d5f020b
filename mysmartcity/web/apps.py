"""The web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages for residents."""

    name = "mysmartcity.web"
    default_auto_field = "django.db.models.BigAutoField"
