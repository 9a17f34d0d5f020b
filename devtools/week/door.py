"""The way into a running platform: a shell process of it that does one act after the other."""

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

from devtools.environment import ROOT
from devtools.faults.platform import Target
from devtools.postgres import die_with_parent

_SERVE = "from devtools.week.inside import serve; serve()"


def _settings_of(target: Target, *, seconds: float = 20) -> dict[str, str]:
    """What the platform writes down a moment after its pages answer. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return dict(target.data("environment.json"))
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    raise TimeoutError("the platform did not write down its settings")


class Door:
    """One such process. Several threads may use it; each act is whole."""

    def __init__(self, target: Target) -> None:
        settings = {**os.environ, **_settings_of(target), "PYTHONPATH": str(ROOT)}
        settings["DJANGO_SETTINGS_MODULE"] = "mysmartcity.config.settings"
        self.log = (target.folder / "door.log").open("a")
        self.guard = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", "shell", "--no-imports", "-c", _SERVE],
            cwd=ROOT,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            preexec_fn=die_with_parent,
        )

    def __call__(self, act: str, **values: Any) -> Any:
        """What an act of `inside.Inside` gives. Raises RuntimeError when it broke."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the door has no line")
        with self.guard:
            self.process.stdin.write(json.dumps({"act": act, "with": values}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{act} broke; see {self.log.name}")
        return json.loads(answer)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
