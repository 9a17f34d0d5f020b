"""Runs one simulated Open311 city: python -m mysmartcity.demo.cities.open311_city --help"""

import argparse
import asyncio
import sys
from pathlib import Path

from mysmartcity.demo.cities.open311_city.app import make_app
from mysmartcity.demo.cities.open311_city.catalogue import BadServices, read_services
from mysmartcity.demo.cities.open311_city.city import City
from mysmartcity.demo.cities.open311_city.store import Store
from mysmartcity.demo.cities.serving import serve

_SERVICES = Path(__file__).with_name("catalogue.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="open311_city", description="A simulated Open311 city.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="the city's SQLite file")
    parser.add_argument("--name", default="Simulated city")
    parser.add_argument("--services", type=Path, default=_SERVICES, help="JSON list of services")
    parser.add_argument("--api-key", default="demo-city-key")
    parser.add_argument("--jurisdiction", default="", help="the only jurisdiction_id accepted")
    parser.add_argument("--pace", type=float, default=240.0, help="seconds from filed to fixed")
    parser.add_argument("--reference-style", choices=["nine", "daily", "plain"], default="nine")
    parser.add_argument(
        "--photo-hosts", default="", help="host:port,… on private networks to fetch photos from"
    )
    return parser.parse_args()


def main() -> int:
    """Serve until SIGTERM; 2 when the services can't be read."""
    options = _arguments()
    try:
        services = read_services(options.services)
    except BadServices as error:
        print(error, file=sys.stderr)
        return 2
    city = City(
        name=options.name,
        store=Store(options.data, style=options.reference_style),
        services=services,
        api_key=options.api_key,
        pace=options.pace,
        jurisdiction_id=options.jurisdiction,
        photo_hosts=tuple(host for host in options.photo_hosts.split(",") if host),
    )
    asyncio.run(serve(make_app(city), host=options.host, port=options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
