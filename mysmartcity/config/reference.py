"""Writes docs/reference from the code, so that it can't contradict it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from mysmartcity.config import env
from mysmartcity.config.reactions import REACTIONS
from mysmartcity.config.settings import ROOT
from mysmartcity.connectors import registry
from mysmartcity.issues import status

FOLDER = ROOT / "docs" / "reference"

_MADE = "<!-- Made by ./dev docs from the code. Do not edit. -->\n\n"


def settings_page() -> str:
    """Every setting, its meaning and its default."""
    lines = [
        _MADE + "# Settings",
        "",
        "Read from the environment by `mysmartcity/config/settings.py`.",
    ]
    lines += ["`NAME_FILE` may name a file that holds the value.", ""]
    lines += ["| setting | kind | default | meaning |", "|---|---|---|---|"]
    for setting in sorted(env.DOCUMENTED, key=lambda one: (one.default is not None, one.name)):
        default = "**required**" if setting.default is None else _cell(setting.default)
        lines.append(f"| `{setting.name}` | {setting.kind} | {default} | {setting.meaning} |")
    return "\n".join(lines) + "\n"


def _cell(default: str) -> str:
    """A default as a table cell; places on this disk are shown relative to the project."""
    return f"`{default.replace(str(ROOT), '.')}`" if default else "empty"


def statuses_page() -> str:
    """The ladder of an issue: diagram and table."""
    lines = [_MADE + "# The ladder of an issue", "", "```mermaid", status.diagram(), "```", ""]
    lines += ["| from | to | who | reason |", "|---|---|---|---|"]
    for step in status.STEPS:
        who = ", ".join(sorted(step.actors))
        lines.append(f"| {step.before} | {step.after} | {who} | {step.reason} |")
    return "\n".join(lines) + "\n"


def events_page() -> str:
    """What happens when something happened."""
    lines = [
        _MADE + "# Events and reactions",
        "",
        "| event | carries | reactions |",
        "|---|---|---|",
    ]
    for event, reactions in REACTIONS.items():
        carries = ", ".join(event.__dataclass_fields__)
        names = ", ".join(reaction.__name__ for reaction in reactions) or "none"
        lines.append(f"| {event.__name__} | {carries} | {names} |")
    return "\n".join(lines) + "\n"


def rest_schema() -> str:
    """The JSON Schema of a definition of the declarative system (connectors/systems/rest)."""
    return json.dumps(registry.rest_schema(), ensure_ascii=False, indent=1) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "statuses.md": statuses_page,
    "events.md": events_page,
    "rest-system.schema.json": rest_schema,
}


def write(folder: Path = FOLDER) -> list[str]:
    """Write every page; gives the names of those that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, make in PAGES.items():
        file, text = folder / name, make()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed
