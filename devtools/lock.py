"""./dev lock: renews requirements/*.txt from requirements/*.in, with hashes and without addresses."""

import subprocess
import sys
from pathlib import Path

from devtools.environment import ROOT


def main(command: str, arguments: list[str]) -> int:
    """Entry point; arguments go to the resolver (`--upgrade`)."""
    del command
    folder = ROOT / "requirements"
    for name in ("run", "dev"):
        target = folder / f"{name}.txt"
        options = ["--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url"]
        options += ["--quiet", "--python-version", "3.11", f"{name}.in", "-o", target.name]
        uv = Path(sys.executable).parent / "uv"
        done = subprocess.run([uv, "pip", "compile", *options, *arguments], cwd=folder, check=False)
        if done.returncode:
            return done.returncode
        header = f"# Locked from {name}.in with hashes. Renew with: ./dev lock\n"
        target.write_text(header + target.read_text())
    return 0
