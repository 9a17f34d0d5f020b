"""Runs the simulated service-request system: python -m mysmartcity.demo.cities.capetown_city --help"""

import argparse
import asyncio
import sys
from pathlib import Path

from mysmartcity.demo.cities.capetown_city.app import make_app
from mysmartcity.demo.cities.capetown_city.catalogue import BadCatalogue, read_catalogue
from mysmartcity.demo.cities.capetown_city.city import City, CitySwitches
from mysmartcity.demo.cities.capetown_city.gate import Gate, Keys
from mysmartcity.demo.cities.capetown_city.store import STYLES, Store
from mysmartcity.demo.cities.serving import serve

_CATALOGUE = Path(__file__).with_name("catalogue.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="capetown_city", description="A simulated service-request system of Cape Town."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="the city's SQLite file")
    parser.add_argument("--name", default="City of Cape Town (simulated)")
    parser.add_argument("--catalogue", type=Path, default=_CATALOGUE, help="types and subtypes")
    parser.add_argument("--private-key", default="5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90")
    parser.add_argument("--public-key", default="demo-service")
    parser.add_argument("--pace", type=float, default=240.0, help="seconds from filed to closed")
    parser.add_argument("--session-seconds", type=float, default=900.0)
    parser.add_argument("--reference-style", choices=sorted(STYLES), default="nine")
    return parser.parse_args()


def main() -> int:
    """Serve until SIGTERM; 2 when the catalogue can't be read."""
    options = _arguments()
    try:
        catalogue = read_catalogue(options.catalogue)
    except BadCatalogue as error:
        print(error, file=sys.stderr)
        return 2
    switches = CitySwitches()
    city = City(
        name=options.name,
        store=Store(options.data, style=options.reference_style),
        catalogue=catalogue,
        pace=options.pace,
        switches=switches,
        gate=Gate(
            Keys(options.private_key, options.public_key),
            session_seconds=options.session_seconds,
            switches=switches,
        ),
    )
    asyncio.run(serve(make_app(city), host=options.host, port=options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
