"""Fills the platform with the demonstration and writes demo.json."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mysmartcity.demo import seeding


class Command(BaseCommand):
    """`seed_demo PLAN OUT`: PLAN says where the simulated cities are; safe to run again."""

    help = "Seed the demo city."

    def add_arguments(self, parser: CommandParser) -> None:
        """The plan that ./dev run writes, and the file to write."""
        parser.add_argument("plan", type=Path)
        parser.add_argument("out", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, then write the file that tells how to get in."""
        if not settings.DEMO:
            raise CommandError("DEMO is not set: no demo data goes into a real platform.")
        plan = json.loads(options["plan"].read_text())
        out: Path = options["out"]
        known = json.loads(out.read_text()) if out.exists() else {}
        logins = seeding.seed_people(known.get("logins", []))
        key = seeding.seed_key(known.get("api_key", ""))
        seeding.seed_connections(plan["systems"], plan["mail"])
        seeding.seed_call_centres(settings.REFERENCE_DATA, plan["mail"])
        seeding.seed_history(settings.REFERENCE_DATA)
        out.touch(mode=0o600)
        out.write_text(json.dumps(seeding.describe(plan, logins=logins, key=key), indent=2))
