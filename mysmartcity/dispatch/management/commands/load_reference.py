"""Loads the reference data of the metros: bodies, categories, questions, service levels, rules."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from mysmartcity.dispatch.reference_data import load


class Command(BaseCommand):
    """`load_reference [FOLDER]`: safe to run again."""

    help = "Load bodies, jurisdictions, categories and responsibility from YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, when it is not the project's own."""
        parser.add_argument("folder", nargs="?", type=Path, default=settings.REFERENCE_DATA)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then say how much there is."""
        counts = load(options["folder"])
        self.stdout.write(", ".join(f"{count} {kind}" for kind, count in counts.items()))
