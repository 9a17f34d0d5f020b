"""./dev bench: what the hot paths cost at 100,000 issues, beside a bare reference in the same run.

Lives here: the throw-away platform (stage), its issues (fill, fill_sql), the requests (paths), the counting
(measure), the reference (bare) and the table (report). Nothing in here is imported by the platform.
"""

import argparse
import sys

from bench import exchange, report
from bench.measure import Client, Comparison, WrongAnswer, compare
from bench.paths import Measured, paths, read_facts
from bench.stage import BARE, PLATFORM, Stage, StageFailed
from devtools.environment import ROOT
from devtools.postgres import PostgresFailed

MEASUREMENTS = ROOT / "docs" / "measurements.md"


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of ./dev bench."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--issues", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=400, help="in each block of each path")
    parser.add_argument("--repeats", type=int, default=5, help="blocks of each path")
    parser.add_argument("--only", default="", help="paths whose name contains this")
    parser.add_argument("--exchange", action="store_true", help="the exchange with city systems")
    parser.add_argument("--messages", type=int, default=400, help="of each block of --exchange")
    parser.add_argument("--past", type=int, default=1_000_000, help="messages sent long ago")
    parser.add_argument("--write", action="store_true", help=f"into docs/{MEASUREMENTS.name}")
    return parser.parse_args(arguments)


def measure(stage: Stage, options: argparse.Namespace) -> list[report.Result]:
    """Every path against its reference; a path that fails has its reason for a result."""
    facts = read_facts(stage.facts)
    platform = stage.serve("web", PLATFORM, "/open311/v2/discovery.json")
    reference = stage.serve("bare", BARE, f"/list?jurisdiction={facts['city_id']}")
    results: list[report.Result] = []
    for path in paths(facts):
        if options.only not in path.name:
            continue
        ours = Client(platform, database_pid=stage.database_pid)
        bare = Client(reference, database_pid=stage.database_pid)
        found: Comparison | str
        try:
            found = compare(
                (ours, path.ours),
                (bare, path.bare),
                requests=options.requests,
                repeats=options.repeats,
            )
        except WrongAnswer as wrong:
            found = str(wrong)[:60]
        results.append((path, found))
        _say(path, found)
    return results


def _say(path: Measured, found: Comparison | str) -> None:
    print("  " + "  ".join(cell for cell in report.row((path, found)) if cell), flush=True)


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev bench. 1 when a path could not be measured."""
    options = parse(arguments)
    if options.exchange:
        return exchange.main(options, " ".join(["./dev", command, *arguments]))
    try:
        with Stage() as stage:
            stage.prepare(options.issues)
            results = measure(stage, options)
            conditions = report.conditions(
                issues=options.issues,
                requests=options.requests,
                repeats=options.repeats,
                postgres=stage.postgres_version(),
                command=" ".join(["./dev", command, *arguments]),
            )
    except (StageFailed, PostgresFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    text = f"{conditions}\n\n{report.table(results)}\n\n{report.EXPLAINED}"
    print(text)
    if options.write:
        report.write(MEASUREMENTS, text)
    return int(any(isinstance(found, str) for _path, found in results))
