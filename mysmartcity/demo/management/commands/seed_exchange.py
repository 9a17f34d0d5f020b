"""Gives the demo city a believable state of the exchange, for looking at the desk's pages."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mysmartcity.demo.exchange import DemoExchange


class Command(BaseCommand):
    """`seed_exchange`: once; a second run changes nothing."""

    help = "Seed outages, dead letters, calls and codes for the desk's pages."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say whether anything was written."""
        if not settings.DEMO:
            raise CommandError("DEMO is not set: no demo data goes into a real platform.")
        print("written" if DemoExchange().write() else "it is there already")
