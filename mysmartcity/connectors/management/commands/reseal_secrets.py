"""Seals all secrets with the key in use now, so that an old one can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mysmartcity.connectors import actions
from mysmartcity.lib.sealing import CannotOpen


class Command(BaseCommand):
    """./dev manage reseal_secrets"""

    help = "Seal the secrets of all connections again, after SECRETS_KEY was changed."

    def handle(self, **options: Any) -> None:
        """Once over all connections; safe to run again."""
        try:
            count = actions.reseal_secrets()
        except CannotOpen as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Secrets of {count} connections are sealed with the key in use now.")
