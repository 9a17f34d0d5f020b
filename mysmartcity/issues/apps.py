"""The issues app."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """What residents report: categories, issues, their ladder and timeline."""

    name = "mysmartcity.issues"
    default_auto_field = "django.db.models.BigAutoField"
