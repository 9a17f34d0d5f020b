"""Asks every active system for news once, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand

from mysmartcity.connectors import actions
from mysmartcity.connectors.models import Connection


class Command(BaseCommand):
    """./dev manage poll_connections"""

    help = "Ask every active system of a city for news."

    def handle(self, **options: Any) -> None:
        """One poll for each connection."""
        for connection in Connection.objects.active().select_related("body").order_by("pk"):
            new_count = actions.poll(connection_id=connection.pk)
            self.stdout.write(f"{connection.body.name}: {new_count} new")
