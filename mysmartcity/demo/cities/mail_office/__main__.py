"""Runs the simulated mail office: python -m mysmartcity.demo.cities.mail_office --help"""

import argparse
import asyncio
import sys
from pathlib import Path

from mysmartcity.demo.cities.mail_office.app import make_app
from mysmartcity.demo.cities.mail_office.office import Office
from mysmartcity.demo.cities.mail_office.store import Store
from mysmartcity.demo.cities.serving import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mail_office", description="A simulated mail office.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="SMTP; 0 takes any free port")
    parser.add_argument("--http-port", type=int, required=True, help="pages; 0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="the office's SQLite file")
    parser.add_argument(
        "--reply-maildir", type=Path, required=True, help="where the office's answers are delivered"
    )
    parser.add_argument("--pace", type=float, default=240.0, help="seconds from mail to repaired")
    parser.add_argument("--office-domain", default="office.demo.invalid")
    return parser.parse_args()


def main() -> int:
    """Serve until SIGTERM."""
    options = _arguments()
    office = Office(
        store=Store(options.data),
        reply_maildir=options.reply_maildir,
        pace=options.pace,
        office_domain=options.office_domain.lower(),
    )
    app = make_app(office, host=options.host, smtp_port=options.port)
    asyncio.run(serve(app, host=options.host, port=options.http_port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
