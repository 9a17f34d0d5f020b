"""Writes what the simulated Open311 cities offer: the categories of their jurisdiction."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mysmartcity.issues.models import Category, Jurisdiction


class Command(BaseCommand):
    """`demo_services FOLDER`: one `<jurisdiction>.json` each."""

    help = "Write the services of the simulated cities."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to write."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one file for each jurisdiction."""
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        for jurisdiction in Jurisdiction.objects.all():
            categories = jurisdiction.categories.filter(is_active=True).prefetch_related(
                "questions"
            )
            services = [_service(category) for category in categories]
            (folder / f"{jurisdiction.slug}.json").write_text(json.dumps(services))


def _service(category: Category) -> dict[str, Any]:
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": category.description,
        "group": category.group,
        "keywords": category.keywords,
        "attributes": [
            {
                "code": question.code,
                "datatype": question.datatype,
                # A city's own form is stricter or looser than ours; the simulated one asks the same.
                "required": question.is_required and not question.condition_code,
                "variable": question.is_variable,
                "description": question.text,
                "order": question.position,
                "values": question.choices,
            }
            for question in category.questions.all()
        ],
    }
