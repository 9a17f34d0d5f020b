"""The config app: at start-up it installs the one table of events and reactions."""

from importlib import import_module

from django.apps import AppConfig

from mysmartcity.lib import events


class ConfigConfig(AppConfig):
    """Ties the apps together. Holds no models."""

    name = "mysmartcity.config"
    label = "config"

    def ready(self) -> None:
        """Install the reactions table; the apps are loaded now."""
        events.set_reactions(import_module("mysmartcity.config.reactions").REACTIONS)
