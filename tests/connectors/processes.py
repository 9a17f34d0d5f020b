"""Management commands in processes of their own, against the test database: real processes to kill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database

ROOT = Path(__file__).resolve().parents[2]
Manage = Callable[..., int]


@pytest.fixture(scope="module")
def zygote(django_db_setup: None) -> Iterator["subprocess.Popen[str]"]:
    """A process with Django loaded, on this run's test database, that forks for each command."""
    name = database.settings_dict["NAME"]
    base, _, query = settings.DATABASE_URL.partition("?")
    url = f"{base.rpartition('/')[0]}/{name}?{query}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.connectors.zygote"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with process:
        yield process
        process.terminate()


@pytest.fixture
def manage(zygote: "subprocess.Popen[str]") -> Manage:
    """Runs a management command in a process of its own; -9 when it was killed."""

    def run(*command: str, place: str = "", crash_at: str = "", **its: str) -> int:
        its = {"CRASH_AT": crash_at, **its}
        order = {"command": command, "settings": {"OUTBOUND_ALLOWED_HOSTS": [place], **its}}
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.write(json.dumps(order) + "\n")
        zygote.stdin.flush()
        code = int(zygote.stdout.readline())
        assert code in (0, -signal.SIGKILL)
        return code

    return run
