"""A process that has Django loaded and forks for each command: real processes to kill, without 2 s each.

It never opens a database connection itself, so its children share none. Reads one JSON line
{"command": [...], "settings": {...}} and answers with the child's exit code (-9 when it was killed).
"""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command


def run_in_child(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for name, value in order["settings"].items():
                setattr(settings, name, value)
            sys.stdout = sys.stderr
            call_command(*order["command"])
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(f"{run_in_child(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
