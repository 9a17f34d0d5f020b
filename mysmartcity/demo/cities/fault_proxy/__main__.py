"""Runs the fault proxy: python -m mysmartcity.demo.cities.fault_proxy --help"""

import argparse
import asyncio
import sys

from mysmartcity.demo.cities.fault_proxy.app import make_app
from mysmartcity.demo.cities.fault_proxy.proxy import Proxy
from mysmartcity.demo.cities.serving import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fault_proxy", description="Spoils exchanges on purpose.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="where clients come; 0 takes any")
    parser.add_argument("--control-port", type=int, default=0, help="where testers come")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the system behind it")
    parser.add_argument("--mode", choices=("http", "tcp"), default="http")
    return parser.parse_args()


def main() -> int:
    """Serve until SIGTERM."""
    options = _arguments()
    to_host, _, to_port = options.to.rpartition(":")
    proxy = Proxy(options.host, options.port, to_host, int(to_port), options.mode)
    asyncio.run(serve(make_app(proxy), host=options.host, port=options.control_port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
