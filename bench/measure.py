"""Counts what requests cost: CPU of the application and of the database, and the wait of the client.

CPU comes from /proc: user and system time of a process and of everything it started, those that have
ended included. Total and split are exact to one tick (10 ms) per process, so blocks are made large.
"""

import http.client
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

TIMEOUT = 60.0


class WrongAnswer(Exception):
    """A request was not answered as it must be, so that its cost would mean nothing."""


@dataclass(frozen=True)
class Ask:
    """One HTTP request and the status that it must get."""

    method: str
    address: str
    body: str = ""
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        """As a client of that kind would send; each time from another address (behind our proxy), so
        that no limit on how often one address may ask is met."""
        form = {"Content-Type": "application/x-www-form-urlencoded"} if self.body else {}
        return {"X-Forwarded-For": str(IPv4Address(random.getrandbits(32))), **form}


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and the pid above its processes."""

    port: int
    pid: int


@dataclass(frozen=True)
class Block:
    """What one block of requests cost. Times in milliseconds; CPU is per request."""

    app: float
    database: float
    waits: Sequence[float]
    size: float

    @property
    def total(self) -> float:
        """CPU of application and database per request."""
        return self.app + self.database


@dataclass(frozen=True)
class Comparison:
    """Blocks of the platform and of the bare reference, one beside the other."""

    ours: Sequence[Block]
    bare: Sequence[Block]

    @property
    def ratio(self) -> float:
        """How many times the bare reference we cost: the median over pairs of blocks."""
        return statistics.median(
            ours.total / max(bare.total, 0.001)
            for ours, bare in zip(self.ours, self.bare, strict=True)
        )


def cpu_seconds(pid: int) -> float:
    """CPU that a process and everything below it has used, ended children included."""
    ticks, parents = _ticks(pid), {pid}
    found = True
    rows = [_row(Path("/proc") / name) for name in os.listdir("/proc") if name.isdigit()]
    while found:
        children = {row[0]: row[2] for row in rows if row and row[1] in parents}
        found = bool(set(children) - parents)
        ticks += sum(used for child, used in children.items() if child not in parents)
        parents |= set(children)
    return ticks / TICKS_PER_SECOND


def _row(folder: Path) -> tuple[int, int, int] | None:
    """pid, parent, ticks; None when the process has just ended."""
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(folder.name), int(fields[1]), sum(int(field) for field in fields[11:15])


def _ticks(pid: int) -> int:
    row = _row(Path("/proc") / str(pid))
    if row is None:
        raise WrongAnswer(f"process {pid} has ended")
    return row[2]


class Client:
    """One client with one connection that stays open, as a phone has it."""

    def __init__(self, server: Server, *, database_pid: int) -> None:
        self.server = server
        self.database_pid = database_pid
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT)

    def get(self, ask: Ask) -> bytes:
        """The body of the answer. Raises WrongAnswer for another status than the one asked for."""
        self.connection.request(ask.method, ask.address, ask.body or None, ask.headers)
        reply = self.connection.getresponse()
        body = reply.read()
        if reply.status != ask.status:
            start = body[:200].decode(errors="replace")
            raise WrongAnswer(f"{ask.method} {ask.address}: {reply.status} {start}")
        return body

    def block(self, asks: Sequence[Ask]) -> Block:
        """Send these requests one after the other and count."""
        app, database = cpu_seconds(self.server.pid), cpu_seconds(self.database_pid)
        waits, size = [], 0
        for ask in asks:
            began = time.perf_counter()
            size += len(self.get(ask))
            waits.append((time.perf_counter() - began) * 1000)
        per = 1000 / len(asks)
        return Block(
            app=(cpu_seconds(self.server.pid) - app) * per,
            database=(cpu_seconds(self.database_pid) - database) * per,
            waits=waits,
            size=size / len(asks),
        )


def compare(
    ours: tuple[Client, Callable[[], Ask]],
    bare: tuple[Client, Callable[[], Ask]],
    *,
    requests: int,
    repeats: int,
) -> Comparison:
    """Warm both up, then take turns: ours, bare, ours, bare, so that noise meets both alike.

    The bare blocks are three times as long, because a tick weighs more in a cheap block.
    """
    sides = [(*ours, requests), (*bare, requests * 3)]
    for client, make, _ in sides:
        for _number in range(max(20, requests // 10)):
            client.get(make())
    blocks: tuple[list[Block], list[Block]] = ([], [])
    for _number in range(repeats):
        for kept, (client, make, count) in zip(blocks, sides, strict=True):
            kept.append(client.block([make() for _ in range(count)]))
    return Comparison(*blocks)
