"""Lint, types, contracts and tests. Every run has a PostgreSQL of its own, so that runs don't meet."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from devtools.environment import ROOT, free_port, settings_for
from devtools.postgres import Cluster, PostgresFailed

BIN = Path(sys.executable).parent
DOCS_DATABASE = "postgresql://none@/none"
"""Nobody connects to it."""

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "contracts": ["lint-imports"],
}
HEAVY = ("demo", "lib/photos", "lib/test_http.py", "connectors/systems", "data", "devtools")
"""Left out of `./dev test fast`: other processes, decoded pictures, and networks take their time."""

FIXES = {"lint": ["ruff", "check", "--fix", "."], "format": ["ruff", "format", "."]}


def run_tools(tools: dict[str, list[str]]) -> list[str]:
    """Run each tool, print what the failing ones say, and give the names of those that failed."""
    failed = []
    environment = quiet_environment(DOCS_DATABASE)
    for name, (tool, *arguments) in tools.items():
        done = subprocess.run(
            [BIN / tool, *arguments], capture_output=True, text=True, env=environment, check=False
        )
        print(f"{name:10} {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    return failed


def quiet_environment(database_url: str) -> dict[str, str]:
    """Settings for tools that load the code but touch no database."""
    return _environment(ROOT / ".dev" / "tools", database_url)


def _environment(folder: Path, database_url: str) -> dict[str, str]:
    # WhiteNoise warns about a missing folder of static files, and a warning fails a test.
    (folder / "static").mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
    environment = settings_for(
        folder,
        database_url=database_url,
        public_url="http://127.0.0.1:8000",
        smtp_port=free_port(),
    )
    return {**environment, "REPORTS_PER_HOUR": "0", "POSTS_PER_MINUTE": "0"}


def run_pytest(arguments: list[str]) -> int:
    """pytest with a new PostgreSQL in a temporary folder, which is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="msc-test-"))
    cluster = Cluster(folder / "postgres", durable=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cluster.start()
        cluster.create_database("msc")
        environment = _environment(folder, cluster.url("msc"))
        return subprocess.run([BIN / "pytest", *arguments], env=environment, check=False).returncode
    except PostgresFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_tests(arguments: list[str]) -> int:
    """`./dev test`: everything. `./dev test fast`: without types, the heavy and the browser."""
    if arguments[:1] == ["fast"]:
        failed = run_tools({name: CHECKS[name] for name in ("lint", "contracts")})
        left_out = [f"--ignore=tests/{folder}" for folder in HEAVY]
        options = ["-q", "-n", "2", "-m", "not journey and not slow", *left_out]
        code = run_pytest([*options, *arguments[1:]])
    else:
        failed = run_tools(CHECKS)
        code = run_pytest(["-q", "-n", "2", "--dist", "loadgroup", *arguments])
    if failed:
        print(f"checks failed: {', '.join(failed)}")
    return code or len(failed)


def main(command: str, arguments: list[str]) -> int:
    """Entry point of ./dev test, check, fix and pytest."""
    if command == "test":
        return run_tests(arguments)
    if command == "pytest":
        return run_pytest(arguments)
    failed = run_tools(FIXES if command == "fix" else CHECKS)
    print(f"{len(failed)} of {len(FIXES if command == 'fix' else CHECKS)} checks failed")
    return len(failed)
