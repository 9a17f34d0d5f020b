"""Writes docs/reference from the code."""

from typing import Any

from django.core.management.base import BaseCommand

from mysmartcity.config.reference import write


class Command(BaseCommand):
    """`reference_docs`: run after changing settings, statuses or reactions."""

    help = "Write docs/reference from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, then say what changed."""
        self.stdout.write(", ".join(write()) or "nothing changed")
