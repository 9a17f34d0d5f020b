"""`manage.py places import | import-all | locate`: the operator's door to areas."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mysmartcity.lib.geo import BadPoint, Point, read_point
from mysmartcity.places.actions import ImportRefused, ImportResult, import_layer
from mysmartcity.places.describe import describe
from mysmartcity.places.layers import BadLayerList, LayerSpec, ListedLayer, read_layers
from mysmartcity.places.locate import locate
from mysmartcity.places.models import AreaKind


class Command(BaseCommand):
    """Imports files of areas and says which areas hold a point."""

    help = "Import areas from GeoJSON or GeoPackage, or ask which areas hold a point."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs, each with words of its own."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        one = verbs.add_parser("import", help="one file")
        one.add_argument("file", type=Path)
        one.add_argument("--layer", required=True, help="its name, like wards-cpt")
        one.add_argument("--kind", required=True, choices=AreaKind.values)
        one.add_argument("--municipality", default="", help="code that all its areas lie in")
        one.add_argument("--code-field", default="code")
        one.add_argument("--name-field", default="name")
        one.add_argument("--name-format", default="{}", help="for example 'Ward {}'")
        one.add_argument("--other-names-field", action="append", default=[])
        one.add_argument("--skip-code", action="append", default=[])
        one.add_argument("--approximate", action="store_true")
        for word in ("source", "licence", "credit"):
            one.add_argument(f"--{word}", default="")
        every = verbs.add_parser("import-all", help="every layer of a layers.yaml")
        every.add_argument("listing", type=Path)
        where = verbs.add_parser("locate", help="the areas of a point, large to small")
        # Negative numbers look like options to argparse; as text of one word each they pass.
        where.add_argument("lat")
        where.add_argument("lng")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what the verb says. Raises CommandError with the reason in words."""
        try:
            if options["verb"] == "locate":
                self._locate(read_point(options["lat"], options["lng"]))
            elif options["verb"] == "import":
                self._import([_one_layer(options)])
            else:
                self._import(read_layers(options["listing"]))
        except (BadPoint, BadLayerList, ImportRefused) as error:
            raise CommandError(str(error)) from error

    def _import(self, layers: list[ListedLayer]) -> None:
        for one in layers:
            began = time.perf_counter()
            result = import_layer(file=one.file, layer=one.layer)
            self.stdout.write(_sentence(result, time.perf_counter() - began))

    def _locate(self, point: Point) -> None:
        for area in locate(point):
            about = " (approximate)" if area.is_approximate else ""
            self.stdout.write(f"{area.kind:12} {area.code:12} {area.name}{about}  /{area.slug}")
        self.stdout.write(describe(point) or "No known area.")


def _one_layer(options: dict[str, Any]) -> ListedLayer:
    layer = LayerSpec(
        name=options["layer"],
        kind=AreaKind(options["kind"]),
        municipality=options["municipality"],
        code_field=options["code_field"],
        name_field=options["name_field"],
        name_format=options["name_format"],
        alt_name_fields=tuple(options["other_names_field"]),
        skip_codes=tuple(options["skip_code"]),
        approximate=options["approximate"],
        source=options["source"],
        licence=options["licence"],
        credit=options["credit"],
    )
    return ListedLayer(options["file"], layer)


def _sentence(result: ImportResult, seconds: float) -> str:
    if not result.is_new:
        return f"{result.layer}: unchanged, version {result.version} with {result.areas} areas"
    mended = f", {result.mended} outlines mended" if result.mended else ""
    return (
        f"{result.layer}: version {result.version}, {result.areas} areas "
        f"({result.added} new, {result.retired} retired{mended}), {seconds:.1f} s"
    )
