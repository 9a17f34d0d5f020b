"""A made-up language: every sentence in [brackets], with accents and two fifths longer.

What stays plain on a page was forgotten by gettext; what runs over is too tight for real languages.
The platform offers it when PSEUDO_LOCALE=yes.
"""

import os
import re
from pathlib import Path

from babel.messages.mofile import write_mo

from devtools import languages
from devtools.environment import ROOT

CODE = "en-xa"
FOLDER = ROOT / ".dev" / "locale"
"""Where settings.py looks for it."""

LONGER = 0.4
_ACCENTS = str.maketrans("aeiouyAEIOUYcnsz", "áéíóúýÁÉÍÓÚÝçñšž")
_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|\{\w+\})")


def pseudo(text: str) -> str:
    """`Send` as `[Šéñd éé]`; placeholders and the space around stay as they are."""
    inside = text.strip()
    if not inside:
        return text
    parts = _KEPT.split(inside)
    changed = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in parts]
    extra = max(2, round(LONGER * sum(len(p) for p in parts if not _KEPT.fullmatch(p))))
    # In words of a usual length, so that lines can break where they do in real languages.
    tail = " ".join("é" * min(7, extra - done) for done in range(0, extra, 7))
    return text.replace(inside, f"[{''.join(changed)} {tail}]", 1)


def write(folder: Path) -> int:
    """The compiled language under `folder`; gives how many sentences it has."""
    catalogue = languages.extract()
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, str):
            message.string = pseudo(message.id)
        else:
            message.string = tuple(pseudo(form) for form in message.id)
    target = folder / "en_XA" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        write_mo(stream, catalogue)
    return len(catalogue)


if __name__ == "__main__":
    languages.compile_all()
    if os.environ.get("PSEUDO_LOCALE", "no") == "yes":
        write(FOLDER)
