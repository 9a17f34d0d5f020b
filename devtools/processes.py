"""Keeps the processes of ./dev run alive, and ends them all when it ends."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.postgres import die_with_parent

GRACE = 12
"""Seconds that a process gets to end by itself before it is killed."""


@dataclass
class Process:
    """One process that must be running."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    running: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Start it; what it prints goes to its log."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.starts += 1


@dataclass
class Supervisor:
    """Starts processes, starts them again when they die, and writes their pids to a file."""

    pid_file: Path
    processes: list[Process] = field(default_factory=list)
    is_ending: threading.Event = field(default_factory=threading.Event)

    def add(self, process: Process) -> None:
        """Start a process and keep it."""
        process.start()
        self.processes.append(process)
        self.write_pids({})

    def write_pids(self, others: Mapping[str, int]) -> None:
        """The pid of everything, for fault runs and for people who look."""
        pids = {p.name: p.running.pid for p in self.processes if p.running is not None}
        partial = self.pid_file.with_suffix(".new")
        partial.write_text(json.dumps({**pids, **others}))
        partial.rename(self.pid_file)

    def watch(self, also: Callable[[], dict[str, int]]) -> None:
        """Until `is_ending` is set: start again what died. `also` looks after PostgreSQL."""
        while not self.is_ending.wait(0.2):
            extra = also()
            for process in self.processes:
                if process.running is not None and process.running.poll() is not None:
                    print(f"{process.name} ended; starting it again", file=sys.stderr, flush=True)
                    # One that dies at once must not eat the processor.
                    time.sleep(min(process.starts * 0.2, 3))
                    process.start()
            self.write_pids(extra)

    def end(self) -> None:
        """Ask all to end, then kill what is left."""
        for process in reversed(self.processes):
            if process.running is not None and process.running.poll() is None:
                process.running.terminate()
        deadline = time.monotonic() + GRACE
        for process in self.processes:
            if process.running is None:
                continue
            try:
                process.running.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.running.kill()
                process.running.wait()
        self.pid_file.unlink(missing_ok=True)
