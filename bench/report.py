"""What was measured as a table, and its place in docs/measurements.md."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Block, Comparison
from bench.paths import Measured

START, END = "<!-- bench:start -->", "<!-- bench:end -->"

HEADINGS = (
    *("path", "app ms", "database ms", "total ms", "bare ms", "ratio", "wait p50", "wait p95"),
    *("answer KB", "rivals (CPU ms)", "aim", "met"),
)

Result = tuple[Measured, Comparison | str]


def _middle(blocks: Sequence[Block], name: str) -> float:
    return statistics.median(float(getattr(block, name)) for block in blocks)


def _percentile(blocks: Sequence[Block], part: float) -> float:
    """The median over blocks of each block's percentile."""
    return statistics.median(
        sorted(block.waits)[int(part * (len(block.waits) - 1))] for block in blocks
    )


def row(result: Result) -> list[str]:
    """One line of the table; a path that could not be measured says why."""
    path, found = result
    rivals = ", ".join(f"{name} {cost:.0f}" for name, cost in path.rivals)
    if isinstance(found, str):
        return [path.name, f"not measured: {found}", *[""] * 7, rivals, f"{path.aim:.1f}", ""]
    ours, total = found.ours, _middle(found.ours, "total")
    return [
        path.name,
        f"{_middle(ours, 'app'):.2f}",
        f"{_middle(ours, 'database'):.2f}",
        f"{total:.2f}",
        f"{_middle(found.bare, 'total'):.2f}",
        f"{found.ratio:.1f}",
        f"{_percentile(ours, 0.5):.2f}",
        f"{_percentile(ours, 0.95):.2f}",
        f"{_middle(ours, 'size') / 1000:.1f}",
        rivals,
        f"{path.aim:.1f}",
        "yes" if total <= path.aim else "no",
    ]


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, columns aligned for the terminal."""
    rows = [list(HEADINGS), *[row(result) for result in results]]
    wide = [max(len(line[column]) for line in rows) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(wide[place]) for place, cell in enumerate(line)) + " |"
        for line in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in wide) + "|")
    return "\n".join(lines)


def conditions(*, issues: int, requests: int, repeats: int, postgres: str, command: str) -> str:
    """When, on what, how: what a reader needs to believe or repeat the figures."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`: {issues:,} issues over the five "
        f"metros, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {postgres} "
        f"(durable: fsync and synchronous commit on), one granian worker with 8 threads. One client "
        f"with one open connection; {repeats} blocks of {requests} requests for each path, taking "
        f"turns with blocks of the bare reference; medians over the blocks. CPU is user and system "
        f"time of all processes of the application and of the whole PostgreSQL server, per request. "
        f"The wait is what the client saw, in milliseconds."
    )


EXPLAINED = (
    "*Bare* is a WSGI function with psycopg and one or two statements under the same server "
    "(`bench/bare.py`): no validation, no areas, no privacy. *Ratio* is our total over its total, the "
    "median over pairs of blocks. *Rivals* are CPU milliseconds that were measured elsewhere for the "
    "same kind of request, not in this run; *aim* is a twentieth of the "
    "best of them. Background work that a report sets off (routing, delivery, mail) is not in the "
    "figures, its enqueuing is."
)


def write(file: Path, text: str, *, markers: tuple[str, str] = (START, END)) -> None:
    """Put the text between the markers of the file; the rest of the file stays."""
    start, end = markers
    old = file.read_text() if file.exists() else f"# Measurements\n\n{start}\n{end}\n"
    if start not in old:
        old += f"\n{start}\n{end}\n"
    before, _, rest = old.partition(start)
    after = rest.partition(end)[2]
    file.write_text(f"{before}{start}\n{text}\n{end}{after}")
