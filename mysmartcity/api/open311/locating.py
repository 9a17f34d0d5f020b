"""Where a report lies: by lat and long, or found from an address alone, as GeoReport allows.

An address that can't be found is no reason to refuse: the office reads it as it was written. The point
is then the middle of the municipality, and the reply says so.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from mysmartcity.api.open311.parse import Arguments, read_place
from mysmartcity.issues.models import Jurisdiction
from mysmartcity.lib.geo import Point
from mysmartcity.places.geocode import geocode
from mysmartcity.places.locate import locate
from mysmartcity.places.models import Area
from mysmartcity.places.search import search


@dataclass(frozen=True)
class Placed:
    """The point of a report, and what the sender must know about it (may be empty)."""

    point: Point
    notice: str = ""


def place_of(arguments: Arguments, jurisdiction: Jurisdiction) -> tuple[Placed | None, list[str]]:
    """The place, or None and what is wrong."""
    point, wrong = read_place(arguments)
    if point is not None or wrong:
        return (Placed(point) if point is not None else None), wrong
    address, address_id = arguments.text("address_string"), arguments.text("address_id")
    if not address and not address_id:
        return None, ["lat, long: needed, or address_string, or address_id."]
    return _found(address, address_id, jurisdiction), []


def _found(address: str, address_id: str, jurisdiction: Jurisdiction) -> Placed:
    code = jurisdiction.area.municipality_code
    if address_id:
        # Our own ids of addresses are the slugs of areas; others are kept for the office.
        area = Area.objects.filter(slug=address_id, municipality_code=code).first()
        if area is not None:
            return Placed(Point(area.lat, area.lng), _near(area.name))
    middle = Point(jurisdiction.lat, jurisdiction.lng)
    if address:
        for hit in geocode(address, near=middle)[:1]:
            point = Point(hit.lat, hit.lng)
            if jurisdiction.area_id in {area.id for area in locate(point)}:
                return Placed(point, _near(hit.name))
        for hit in search(address, municipality_code=code, near=middle, limit=1):
            return Placed(Point(hit.lat, hit.lng), _near(hit.name))
    return Placed(
        middle,
        _(
            "We could not find this address on our map, so the point shows the middle of %(city)s. "
            "The office gets the address as you wrote it."
        )
        % {"city": jurisdiction.name},
    )


def _near(name: str) -> str:
    return _("We placed this at %(place)s. The office gets the address as you wrote it.") % {
        "place": name
    }
