"""Reads the offices' replies once, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mysmartcity.connectors import actions
from mysmartcity.connectors.registry import BoxFailed


class Command(BaseCommand):
    """./dev manage read_mail"""

    help = "Read the replies in INBOUND_MAILDIR and IMAP_URL."

    def handle(self, **options: Any) -> None:
        """Read every box; what belongs to nobody is in its folder “unmatched”."""
        try:
            count = actions.read_mail()
        except BoxFailed as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(f"{count.applied} replies read, {count.unmatched} put aside")
