"""`connectors new NAME`: what it writes lints, types, and keeps the contract as it stands."""

import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SYSTEM = "mysmartcity/connectors/systems/kwagga_works"
CITY = "mysmartcity/demo/cities/kwagga_works_city"
TESTS = "tests/connectors/systems/kwagga_works"


def new(name: str, root: Path) -> str:
    said = StringIO()
    call_command("connectors", "new", name, "--into", str(root), stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with one new system in it, registered as the command says."""
    root = tmp_path_factory.mktemp("kit")
    ignore = shutil.ignore_patterns("__pycache__", "*.geojson", "static", "jinja2", "locale")
    shutil.copytree(ROOT / "mysmartcity", root / "mysmartcity", ignore=ignore)
    shutil.copytree(ROOT / "tests", root / "tests", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", root)
    import_line, entry = [
        line for line in new("kwagga_works", root).splitlines() if "KwaggaWorksConnector" in line
    ]
    registry = root / "mysmartcity/connectors/registry.py"
    text = registry.read_text(encoding="utf-8")
    marks = (
        "from mysmartcity.connectors.systems.mail import",
        "SYSTEMS: Final[dict[str, type[Connector]]] = {",
    )
    text = text.replace(marks[0], f"{import_line}\n{marks[0]}", 1)
    registry.write_text(text.replace(marks[1], f"{marks[1]}\n{entry}", 1), encoding="utf-8")
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_written_is_clean(copy: Path) -> None:
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = run(copy, "ruff", *command, SYSTEM, CITY, TESTS)
        assert done.returncode == 0, done.stdout
    names = [one.read_text().lower() for one in (copy / SYSTEM).iterdir() if one.is_file()]
    assert not [text for text in names if "@name@" in text]


@pytest.mark.parametrize("name", ["z", "z" * 20])
def test_the_length_of_a_name_is_mended_by_fix(name: str, tmp_path: Path) -> None:
    """Imports are sorted and lines broken by the name; `./dev fix` does both."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    new(name, tmp_path)
    for command in (["check", "--fix"], ["format"], ["check"], ["format", "--check"]):
        done = run(tmp_path, "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0 or "--fix" in command, done.stdout


@pytest.mark.slow
def test_what_is_written_types(copy: Path) -> None:
    packages = [one.replace("/", ".") for one in (SYSTEM, CITY)]
    done = run(
        copy, "mypy", "--cache-dir", str(copy / ".mypy"), "-p", packages[0], "-p", packages[1]
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_is_written_keeps_the_contract(copy: Path) -> None:
    done = run(copy, "pytest", "-q", "-n", "0", TESTS)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


@pytest.mark.slow
def test_a_generated_connector_that_doubles_is_found(copy: Path) -> None:
    """The contract can fail for it: a look-up that finds nothing makes a second job."""
    file = copy / SYSTEM / "connector.py"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("client().find(message.reference)", "client().find('')"))
    try:
        done = run(copy, "pytest", "-q", "-n", "0", TESTS, "-k", "no_fault and lost")
    finally:
        file.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout[-2000:]


@pytest.mark.parametrize(
    "name",
    ["mail", "open311", "Kwagga", "kwagga-x", "2wagga", "kwagga__x", "_x", "", "class", "k" * 21, "../x"],
)  # fmt: skip
def test_a_bad_or_taken_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        new(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    said = new("kwagga", tmp_path)
    assert '    "kwagga": KwaggaConnector,' in said.splitlines()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(CommandError):
        new("kwagga", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
