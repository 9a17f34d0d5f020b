"""Writes the folders of a new connector: a small system that works, to be changed into the real one.

The files lie in `files/` as text; `@name@` and `@Name@` in them become the system's name.
"""

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

_FILES: Final = Path(__file__).parent / "files"
_GOES_TO: Final = {
    "__init__.py": "mysmartcity/connectors/systems/@name@/__init__.py",
    "client.py": "mysmartcity/connectors/systems/@name@/client.py",
    "mapping.py": "mysmartcity/connectors/systems/@name@/mapping.py",
    "connector.py": "mysmartcity/connectors/systems/@name@/connector.py",
    "README.md": "mysmartcity/connectors/systems/@name@/README.md",
    "city__init__.py": "mysmartcity/demo/cities/@name@_city/__init__.py",
    "city__main__.py": "mysmartcity/demo/cities/@name@_city/__main__.py",
    "app.py": "mysmartcity/demo/cities/@name@_city/app.py",
    "works.py": "mysmartcity/demo/cities/@name@_city/works.py",
    "test_contract.py": "tests/connectors/systems/@name@/test_contract.py",
    "test_mapping.py": "tests/connectors/systems/@name@/test_mapping.py",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME: Final = 20


class BadName(ValueError):
    """A name that no system can have; the sentence says why."""


@dataclass(frozen=True)
class Written:
    """What was written, and what must be added to the registry by hand."""

    files: tuple[Path, ...]
    import_line: str
    registry_line: str


def check_name(name: str, *, taken: Collection[str]) -> None:
    """Raises BadName for a name that is badly formed or taken."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or keyword.iskeyword(name):
        raise BadName(
            _("A name has small letters, digits and single underscores, like “kwaggafontein”.")
        )
    if name in taken:
        raise BadName(_("There is a system called “%(name)s” already.") % {"name": name})


def write(name: str, *, root: Path, taken: Collection[str]) -> Written:
    """Write every file of a new connector under `root`. Raises BadName; nothing is written over."""
    check_name(name, taken=taken)
    targets = {source: root / _named(place, name) for source, place in _GOES_TO.items()}
    folders = {target.parent for target in targets.values()}
    if any(folder.exists() for folder in folders):
        raise BadName(_("There are files for “%(name)s” already.") % {"name": name})
    for folder in folders:
        folder.mkdir(parents=True)
    for source, target in targets.items():
        text = (_FILES / f"{source}.txt").read_text(encoding="utf-8")
        target.write_text(_named(text, name), encoding="utf-8")
    package = root / f"tests/connectors/systems/{name}/__init__.py"
    package.touch()
    module = f"mysmartcity.connectors.systems.{name}.connector"
    return Written(
        files=(*targets.values(), package),
        import_line=f"from {module} import {class_name(name)}Connector",
        registry_line=f'    "{name}": {class_name(name)}Connector,',
    )


def class_name(name: str) -> str:
    """`kwagga_works` as `KwaggaWorks`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _named(text: str, name: str) -> str:
    return text.replace("@name@", name).replace("@Name@", class_name(name))
