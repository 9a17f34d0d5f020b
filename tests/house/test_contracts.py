"""The contracts bite: a planted violation of each is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

IMPORTS = [
    ("issues/rules.py", "import mysmartcity.web.apps", "Floors"),
    ("web/apps.py", "import mysmartcity.api.apps", "Floors"),
    ("people/models.py", "import mysmartcity.places.models", "Floors"),
    ("issues/models/category.py", "import mysmartcity.issues.rules", "Rooms"),
    ("dispatch/status.py", "import mysmartcity.dispatch.actions", "Rooms"),
    (
        "connectors/systems/mail/mapping.py",
        "import mysmartcity.connectors.systems.open311.mapping",
        "Each municipal system",
    ),
    ("connectors/contract.py", "import mysmartcity.connectors.systems.mail.client", "named only"),
    ("web/apps.py", "import mysmartcity.issues.tasks", "Faces speak"),
    ("issues/links.py", "import httpx", "Only lib.http"),
    ("connectors/codes.py", "import asyncssh", "Only lib.sftp"),
    ("lib/clock.py", "import mysmartcity.lib.geo\nimport mysmartcity.lib.circle", "circles"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code to spoil."""
    folder = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("__pycache__", "static", "jinja2", "templates", "*.geojson")
    shutil.copytree(ROOT / "mysmartcity", folder / "mysmartcity", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": str(BIN)},
    )


@pytest.mark.slow
@pytest.mark.parametrize(("file", "line", "contract"), IMPORTS)
def test_a_forbidden_import_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    target = copy / "mysmartcity" / file
    circle = copy / "mysmartcity" / "lib" / "circle.py"
    before = target.read_text(encoding="utf-8")
    circle.write_text('"""Half of a circle."""\n\nimport mysmartcity.lib.clock\n')
    target.write_text(before + f"\n{line}\n", encoding="utf-8")
    try:
        done = lint_imports(copy)
    finally:
        target.write_text(before, encoding="utf-8")
        circle.unlink()
    broken = [text for text in done.stdout.splitlines() if "BROKEN" in text]
    assert done.returncode == 1
    assert any(contract.lower() in text.lower() for text in broken), done.stdout


@pytest.mark.slow
def test_an_app_that_stands_on_no_floor_is_found(copy: Path) -> None:
    stray = copy / "mysmartcity" / "stray"
    stray.mkdir()
    (stray / "__init__.py").write_text('"""On no floor."""\n')
    try:
        done = lint_imports(copy)
    finally:
        shutil.rmtree(stray)
    assert done.returncode == 1
    assert "stray" in done.stdout


CODE = [
    ("TID251", "from django.http import HttpResponse\n\nprint(HttpResponse)\n"),
    ("TID251", "from django.dispatch import receiver\n\nprint(receiver)\n"),
    ("TID251", "import datetime as d\n\nNOW = d.datetime.now(d.UTC)\n"),
    ("TID251", "import os\n\nHOME = os.environ['HOME']\n"),
    ("PLC0415", "def late() -> None:\n    import json\n\n    json.dumps(1)\n"),
    (
        "BLE001",
        "def quiet() -> None:\n    try:\n        int('x')\n    except Exception:\n        pass\n",
    ),
    ("S308", "from django.utils.safestring import mark_safe\n\nX = mark_safe('<b>' + str(1))\n"),
    ("PGH003", "X: int = 'x'  # type: ignore\n"),
    ("ANN201", "def untyped():\n    return 1\n"),
    ("T201", "print('x')\n"),
    ("DTZ003", "from datetime import datetime\n\nX = datetime.utcnow()\n"),
]


@pytest.mark.parametrize(("rule", "source"), CODE)
def test_forbidden_code_is_found(rule: str, source: str) -> None:
    done = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--stdin-filename", "mysmartcity/issues/x.py", "-"],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert rule in done.stdout or _by_name(rule) in done.stdout, done.stdout


def _by_name(rule: str) -> str:
    """The linter prints names beside or instead of codes, by version."""
    names = {
        "TID251": "banned-api",
        "PLC0415": "import-outside-top-level",
        "BLE001": "blind-except",
        "S308": "suspicious-mark-safe-usage",
        "PGH003": "blanket-type-ignore",
        "ANN201": "missing-return-type-public-function",
        "T201": "print",
        "DTZ003": "call-datetime-utcnow",
    }
    return names[rule]
