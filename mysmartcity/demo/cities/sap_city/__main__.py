"""Runs one simulated SAP system: python -m mysmartcity.demo.cities.sap_city --help"""

import argparse
import asyncio
import sys
from pathlib import Path

from mysmartcity.demo.cities.sap_city.app import City, make_app
from mysmartcity.demo.cities.sap_city.odata import PAGE
from mysmartcity.demo.cities.sap_city.store import Store
from mysmartcity.demo.cities.serving import serve


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="sap_city", description="A simulated SAP system.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="its SQLite file")
    parser.add_argument("--name", default="Simulated SAP system")
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="demo-city-password")
    parser.add_argument("--pace", type=float, default=240.0, help="seconds from filed to completed")
    parser.add_argument("--page", type=int, default=PAGE, help="entries on a page")
    options = parser.parse_args()
    city = City(
        name=options.name,
        store=Store(options.data),
        user=options.user,
        password=options.password,
        pace=options.pace,
        page=options.page,
    )
    asyncio.run(serve(make_app(city), host=options.host, port=options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
