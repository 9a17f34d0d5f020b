"""The paths that are measured: what is sent to the platform, and what to the bare reference beside it.

Every request is another one (points, references, boxes are drawn), so that no cache answers for us.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.measure import Ask

Facts = dict[str, Any]
Make = Callable[[], Ask]


@dataclass(frozen=True)
class Measured:
    """One path. `rivals`: CPU milliseconds of others for the same thing, as we were given them."""

    name: str
    ours: Make
    bare: Make
    rivals: tuple[tuple[str, float], ...]

    @property
    def aim(self) -> float:
        """A twentieth of the best rival, in milliseconds."""
        return min(cost for _name, cost in self.rivals) / 20


BOXES = (("city", 0.0, 10), ("20 km", 0.09, 12), ("5 km", 0.0225, 14), ("1 km", 0.0045, 16))
"""Name, half its height in degrees (0: the whole city), zoom."""

SIGNALEN, FIXMYSTREET = "Signalen", "FixMyStreet"


def read_facts(file: Path) -> Facts:
    """What bench.fill wrote."""
    facts: Facts = json.loads(file.read_text())
    return facts


def paths(facts: Facts) -> list[Measured]:
    """Every path, in the order of the table."""
    chance = random.Random(2)
    pages = ((FIXMYSTREET, 116.0),)
    return [
        _accept(facts, chance),
        Measured(
            "list of 50",
            lambda: Ask(
                "GET",
                f"/open311/v2/requests.json?jurisdiction_id={facts['city']}&page_size=50",
            ),
            lambda: Ask("GET", f"/list?jurisdiction={facts['city_id']}"),
            ((SIGNALEN, 430.0),),
        ),
        _one(facts, chance),
        Measured(
            "issue page",
            lambda: Ask("GET", f"/i/{chance.choice(facts['references'])}"),
            lambda: Ask("GET", f"/page?jurisdiction={facts['city_id']}"),
            pages,
        ),
        Measured(
            "issues list page",
            lambda: Ask("GET", f"/issues?city={facts['city']}"),
            lambda: Ask("GET", f"/page?jurisdiction={facts['city_id']}"),
            pages,
        ),
        *[_map(facts, chance, *box) for box in BOXES],
    ]


def _accept(facts: Facts, chance: random.Random) -> Measured:
    def form() -> str:
        lat, lng = chance.choice(facts["points"])
        values = {
            "api_key": facts["key"],
            "jurisdiction_id": facts["city"],
            "service_code": facts["code"],
            "lat": lat,
            "long": lng,
            "description": f"A deep hole in the left lane, number {chance.random()}",
        }
        values |= {f"attribute[{code}]": value for code, value in facts["answers"].items()}
        return urlencode(values)

    return Measured(
        "accept a report",
        lambda: Ask("POST", "/open311/v2/requests.json", form(), status=201),
        lambda: Ask("POST", "/accept", form()),
        ((SIGNALEN, 78.0), (FIXMYSTREET, 194.0)),
    )


def _one(facts: Facts, chance: random.Random) -> Measured:
    def ours() -> Ask:
        reference = chance.choice(facts["references"])
        address = f"/open311/v2/requests/{reference}.json?jurisdiction_id={facts['city']}"
        return Ask("GET", address)

    return Measured(
        "one issue",
        ours,
        lambda: Ask("GET", f"/one?reference={chance.choice(facts['references'])}"),
        ((SIGNALEN, 50.0),),
    )


def _map(facts: Facts, chance: random.Random, name: str, half: float, zoom: int) -> Measured:
    def box() -> str:
        south, west, north, east = facts["city_box"]
        if half:
            lat, lng = chance.choice(facts["points"])
            south, west, north, east = lat - half, lng - half * 1.2, lat + half, lng + half * 1.2
        shift = chance.uniform(-0.0005, 0.0005)
        return ",".join(f"{edge + shift:.6f}" for edge in (west, south, east, north))

    return Measured(
        f"map box, {name}",
        lambda: Ask("GET", f"/map/data?box={box()}&zoom={zoom}"),
        lambda: Ask("GET", f"/map?box={box()}"),
        ((SIGNALEN, 26.0),),
    )
