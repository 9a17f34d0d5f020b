"""The connectors app."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The exchange with the systems of cities."""

    name = "mysmartcity.connectors"
    default_auto_field = "django.db.models.BigAutoField"
