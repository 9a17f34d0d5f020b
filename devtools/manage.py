"""./dev seed, shell, manage, docs: Django commands inside a platform that ./dev run started."""

import json
import os
import subprocess
import sys

from devtools.checks import DOCS_DATABASE, quiet_environment
from devtools.environment import ROOT


def environment(folder: str) -> dict[str, str] | None:
    """The settings of the platform whose data lie in `folder`; None when it never ran."""
    file = ROOT / folder / "environment.json"
    if not file.exists():
        return None
    settings = json.loads(file.read_text())
    extra = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "mysmartcity.config.settings"}
    return {**os.environ, **settings, **extra}


def main(command: str, arguments: list[str]) -> int:
    """Entry point; `--data DIR` as with ./dev run."""
    folder = ".data"
    if arguments[:1] == ["--data"]:
        folder, arguments = arguments[1], arguments[2:]
    if command == "docs":
        settings: dict[str, str] | None = quiet_environment(DOCS_DATABASE)
        arguments = ["reference_docs", *arguments]
    else:
        settings = environment(folder)
        arguments = {"shell": ["shell"], "seed": ["load_reference"]}.get(command, []) + arguments
    if settings is None:
        print("Start ./dev run first; it makes the database that this command speaks to.")
        return 1
    python = [sys.executable, "-W", "ignore", "manage.py", *arguments]
    return subprocess.run(python, env=settings, cwd=ROOT, check=False).returncode
