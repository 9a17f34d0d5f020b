"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Residents, staff, the bodies they work for, and keys for machines."""

    name = "mysmartcity.people"
    default_auto_field = "django.db.models.BigAutoField"
