"""Starts a simulated city system as a process of its own, and asks it things over HTTP."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mysmartcity.lib import http


@dataclass
class Running:
    """A process that has said "ready"."""

    url: str
    process: subprocess.Popen[str]

    @property
    def place(self) -> str:
        return self.url.removeprefix("http://")

    def get(self, path: str) -> http.Reply:
        return http.request("GET", self.url + path, allowed_hosts=[self.place])

    def json(self, path: str) -> Any:
        return json.loads(self.get(path).body)

    def control(self, **wanted: Any) -> Any:
        reply = http.request(
            "POST",
            self.url + "/_control",
            data=json.dumps(wanted).encode(),
            headers={"Content-Type": "application/json"},
            allowed_hosts=[self.place],
        )
        return reply.status, json.loads(reply.body)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Running]:
    """`python -m mysmartcity.demo.cities.<module>` on a free port, ended afterwards."""
    command = [sys.executable, "-m", f"mysmartcity.demo.cities.{module}", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("ready http://"), f"said {line!r}"
        yield Running(line.split()[1], process)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def wait_for(what: Callable[[], Any], *, seconds: float = 10) -> Any:
    """The first true answer; fails when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.03)
    raise AssertionError("it did not happen in time")
