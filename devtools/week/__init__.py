"""./dev week: seven simulated days of exchange with every system of the demo, compared item by item.

Lives here: reports without pause (reporting), what goes wrong when (calendar), the door into the platform
for what residents and staff do (inside, door), and the comparison of both sides, which reads the database
and the simulated systems itself (compare). Nothing may be lost, nothing doubled, and what the systems
say at the end must be what we show.
"""

import argparse
import sys

from devtools.faults.platform import Target
from devtools.week.run import run_week

LIFE_SECONDS = 100.0
"""A report's life in the simulated systems at pace 1 (see demo_cities)."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of ./dev week."""
    parser = argparse.ArgumentParser(prog="./dev week")
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=40, help="so long the seven days take")
    parser.add_argument("--life", type=float, default=0, help="seconds from reported to repaired")
    parser.add_argument("--patience", type=float, default=0, help="seconds to drain, at most")
    return parser.parse_args(arguments)


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev week; 0 when both sides agree."""
    del command
    options = parse(arguments)
    # Some lives begin and end inside an outage, most do not.
    life = options.life or min(120.0, max(20.0, options.minutes * 60 / 10))
    patience = options.patience or max(420.0, options.reports * 0.12)
    target = Target(pace=LIFE_SECONDS / life)
    try:
        target.wait_until_ready(300)
        return int(
            not run_week(
                target,
                reports=options.reports,
                seconds=options.minutes * 60,
                life=life,
                patience=patience,
            )
        )
    except TimeoutError as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        target.end()
