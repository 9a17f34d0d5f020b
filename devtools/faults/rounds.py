"""kill -9 of web, worker, exchange and PostgreSQL in turn while clients report."""

import time

from devtools.faults.clients import reporting
from devtools.faults.experiments import BAD
from devtools.faults.platform import Target

VICTIMS = ("web", "worker", "exchange", "postgres")


def run_rounds(target: Target, rounds: int, clients: int) -> bool:
    """Print a line for each round and the counts at the end; whether nothing was lost or doubled."""
    with reporting(target.demo, clients=clients, pause=0.1) as ledger:
        for number in range(rounds):
            time.sleep(1.5 + (number % 3) * 0.4)
            victim = VICTIMS[number % len(VICTIMS)]
            began = time.monotonic()
            target.kill(victim)
            time.sleep(0.3)
            target.wait_until_ready(90)
            back = time.monotonic() - began
            count = len(ledger.acknowledged)
            print(
                f"round {number + 1:2} {victim:8} back after {back:4.1f} s, {count} acknowledged",
                flush=True,
            )
        time.sleep(2)
    target.drain(240)
    found = target.count(ledger)
    for name, number in found.items():
        print(f"{name:20} {number}")
    print(f"{'waiting for a human':20} {_before_humans(target)}")
    return not any(found[name] for name in BAD)


def _before_humans(target: Target) -> int:
    return int(
        target.query(
            "SELECT count(*) FROM dispatch_queueentry q JOIN issues_issue i ON i.id = q.issue_id "
            "WHERE i.description LIKE 'Made by a fault run:%' AND q.settled_at IS NULL"
        )[0][0]
    )
