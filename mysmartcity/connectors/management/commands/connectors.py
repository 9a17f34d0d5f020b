"""What a developer does with connectors by hand: begin a new one."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mysmartcity.connectors import kit
from mysmartcity.connectors.registry import SYSTEMS

_CHECKOUT = Path(__file__).resolve().parents[4]


class Command(BaseCommand):
    """`connectors new NAME`: the folder, a simulated system and its tests, ready to be changed."""

    help = "Begin a connector for a new kind of city system."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for which name."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        new = deeds.add_parser("new", help="write the files of a new connector")
        new.add_argument("name", help="small letters, like kwaggafontein")
        new.add_argument("--into", type=Path, default=_CHECKOUT, help="the checkout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and say what is left to do."""
        root: Path = options["into"]
        try:
            written = kit.write(options["name"], root=root, taken=SYSTEMS)
        except kit.BadName as error:
            raise CommandError(str(error)) from error
        for file in written.files:
            self.stdout.write(str(file.relative_to(root)))
        self.stdout.write(
            "\nAdd to mysmartcity/connectors/registry.py, the import and this line:\n"
        )
        self.stdout.write(written.import_line)
        self.stdout.write(written.registry_line)
        self.stdout.write("\nThen ./dev fix, and docs/howto/add-a-city-system.md from step 3.\n")
