"""./dev faults: break the platform in every way it may be broken while clients report, and count.

Lives here: clients that report without pause (clients), a platform of its own and its cities (platform), a
proxy that breaks the way to the database (proxy), rounds of kill -9 (rounds), the experiments
(experiments), and two figures of outages (outage). Every acknowledged report must stand exactly once
here and exactly once at its city; a client without an answer sends the same again with the same key.
"""

import argparse
import sys
from collections.abc import Callable

from devtools.faults.experiments import EXPERIMENTS, run_one
from devtools.faults.outage import after_an_outage, one_dead_city
from devtools.faults.platform import Target
from devtools.faults.rounds import run_rounds

FIGURES = {"drain": after_an_outage, "dead": one_dead_city}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of ./dev faults."""
    numbers = ", ".join([*(one.number for one in EXPERIMENTS), *FIGURES])
    parser = argparse.ArgumentParser(prog="./dev faults")
    parser.add_argument("--rounds", type=int, default=8, help="kill -9 in turn, so many times")
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument(
        "--only", default="", help=f"some of {numbers}; `rounds` for the rounds alone"
    )
    return parser.parse_args(arguments)


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev faults; 0 when nothing was lost or doubled and everything held."""
    del command
    options = parse(arguments)
    wanted = options.only.split(",") if options.only else []
    acts: list[Callable[[Target], bool]] = []
    if options.rounds and (not wanted or "rounds" in wanted):
        acts.append(lambda target: run_rounds(target, options.rounds, options.clients))
    chosen = [one for one in EXPERIMENTS if not wanted or one.number in wanted]
    acts += [lambda target, one=one: run_one(target, one) for one in chosen if not one.needs_proxy]  # type: ignore[misc]
    acts += [act for name, act in FIGURES.items() if not wanted or name in wanted]
    behind = [one for one in chosen if one.needs_proxy]
    results = _on_a_platform(acts, with_proxy=False)
    results += _on_a_platform(
        [lambda target, one=one: run_one(target, one) for one in behind],  # type: ignore[misc]
        with_proxy=True,
    )
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return int(not all(results))


def _on_a_platform(acts: list[Callable[[Target], bool]], *, with_proxy: bool) -> list[bool]:
    """Run these on one platform; one that breaks down fails what is left."""
    if not acts:
        return []
    target = Target(with_proxy=with_proxy)
    results: list[bool] = []
    try:
        target.wait_until_ready(300)
        for act in acts:
            results.append(act(target))
    except TimeoutError as failure:
        print(failure, file=sys.stderr)
        results += [False] * (len(acts) - len(results))
    finally:
        target.end()
    return results
