"""Settings come from the environment; what is missing or wrong stops the start, by its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each starts a process of its own
ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "x" * 60,
    "PUBLIC_URL": "https://mysmart.city",
    "DATABASE_URL": "postgresql://somebody@localhost/city",
    "PHOTO_DIR": "photos",
    "SMTP_URL": "smtp://localhost:25",
}


def start(folder: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process with just this environment; None takes one away."""
    found = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    code = "import mysmartcity.config.settings as s; print(s.PUBLIC_URL, len(s.SECRET_KEY))"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **found},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works_and_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 55 + "\n")
    done = start(tmp_path, SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert done.stdout.split() == ["https://mysmart.city", "55"], done.stderr


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(tmp_path: Path, name: str) -> None:
    done = start(tmp_path, **{name: None})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: Set {name} (or {name}_FILE)" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "mysmart.city"),
        ("DATABASE_URL", "mysql://somebody@localhost/city"),
        ("SMTP_URL", "localhost:25"),
        ("DEBUG", "perhaps"),
        ("REPORTS_PER_HOUR", "many"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    assert name in done.stderr.splitlines()[-1]
