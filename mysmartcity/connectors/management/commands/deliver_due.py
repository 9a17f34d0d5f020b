"""Sends what is due without a worker: for small set-ups, for mending, and for fault runs."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mysmartcity.connectors import actions


class Command(BaseCommand):
    """./dev manage deliver_due [--once]"""

    help = "Send every message that is due to the systems of cities."

    def add_arguments(self, parser: CommandParser) -> None:
        """--once: one pass instead of a pass each second until stopped."""
        parser.add_argument("--once", action="store_true")

    def handle(self, **options: Any) -> None:
        """Take one step with each due message."""
        while True:
            due = actions.due_delivery_ids()
            for delivery_id in due:
                actions.deliver(delivery_id=delivery_id)
            if options["once"]:
                self.stdout.write(f"{len(due)} messages taken in hand")
                return
            time.sleep(1)
