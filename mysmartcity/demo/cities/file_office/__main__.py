"""Runs the simulated file office: python -m mysmartcity.demo.cities.file_office --help"""

import argparse
import asyncio
import sys
from pathlib import Path

from mysmartcity.demo.cities.file_office.app import make_app
from mysmartcity.demo.cities.file_office.office import Office
from mysmartcity.demo.cities.file_office.store import Store
from mysmartcity.demo.cities.serving import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="file_office", description="A simulated file office.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="pages; 0 takes any free port")
    parser.add_argument("--sftp-port", type=int, help="SFTP; 0 takes any free port; left out: none")
    parser.add_argument("--password", default="demo-file-office", help="of the SFTP user “city”")
    parser.add_argument("--data", type=Path, required=True, help="the office's SQLite file")
    parser.add_argument("--folder", type=Path, required=True, help="holds out, taken and in")
    parser.add_argument("--format", choices=("csv", "xml"), default="csv")
    parser.add_argument("--pace", type=float, default=240.0, help="seconds from file to completed")
    return parser.parse_args()


def main() -> int:
    """Serve until SIGTERM."""
    options = _arguments()
    office = Office(
        store=Store(options.data),
        folder=options.folder,
        pace=options.pace,
        format=options.format,
    )
    app = make_app(
        office, host=options.host, sftp_port=options.sftp_port, password=options.password
    )
    asyncio.run(serve(app, host=options.host, port=options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
