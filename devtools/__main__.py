"""./dev COMMAND: finds the command and runs it. `./dev help` lists them."""

import importlib
import sys

COMMANDS = {
    "run": ("devtools.run", "start everything; --port N, --data DIR, --no-demo"),
    "test": (
        "devtools.checks",
        "all checks, tests and browser journeys; `test fast` for the inner loop",
    ),
    "check": ("devtools.checks", "lint, types, contracts"),
    "fix": ("devtools.checks", "format, and mend what the linter can"),
    "pytest": ("devtools.checks", "pytest with a throw-away PostgreSQL; arguments are passed on"),
    "bench": ("bench", "measure the hot paths at 100,000 issues against bare references"),
    "faults": (
        "devtools.faults",
        "kill -9 web, worker and PostgreSQL under load, count what is lost",
    ),
    "week": (
        "devtools.week",
        "seven days of exchange in fast time, compared item by item; --reports N --minutes M",
    ),
    "seed": (
        "devtools.manage",
        "load the reference data (bodies, categories, rules) again",
    ),
    "shell": ("devtools.manage", "a Python shell inside the running platform"),
    "manage": ("devtools.manage", "any Django command inside the running platform"),
    "docs": ("devtools.manage", "write docs/reference again from the code"),
    "languages": (
        "devtools.languages",
        "refresh the translations from the code; `languages CODE` begins one",
    ),
    "screenshots": ("devtools.screenshots", "every page, both themes, two widths, into a folder"),
    "lock": ("devtools.lock", "renew requirements/*.txt from requirements/*.in"),
}


def main() -> int:
    """Run the command named on the command line and give its exit code."""
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    if name not in COMMANDS:
        for command, (_, meaning) in COMMANDS.items():
            print(f"  ./dev {command:12} {meaning}")
        return 0 if name == "help" else 2
    return int(importlib.import_module(COMMANDS[name][0]).main(name, sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
