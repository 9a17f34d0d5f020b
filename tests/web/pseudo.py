"""A pseudo-language: every translatable string in brackets, with accents and two fifths longer.

What stays plain on a page was forgotten by gettext; what runs over is too tight for real languages.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

from mysmartcity.config.settings import ROOT

CODE = "en-xa"
_METHODS = [
    ("**/tests/**", "ignore"),
    ("**/jinja2/**.html", "jinja2.ext:babel_extract"),
    ("**/jinja2/**.txt", "jinja2.ext:babel_extract"),
    ("**.py", "python"),
]
_OPTIONS = {"**/jinja2/**.html": {"trimmed": "false"}}
_KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "_l": None,
    "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip
_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
_KEPT = re.compile(r"(%\(\w+\)s|%%|%s|\{\w+\})")


def pseudo(text: str) -> str:
    """`Send` as `[Séndéé]`; placeholders stay as they are."""
    parts = _KEPT.split(text)
    changed = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in parts]
    words = len(text.split())
    return f"[{''.join(changed)}{' éé' * max(1, round(words * 0.8))}]"


def messages() -> Catalog:
    """Every string of the pages, as the translators get them."""
    catalogue = Catalog(locale="en")
    found = extract_from_dir(str(ROOT / "mysmartcity"), _METHODS, _OPTIONS, keywords=_KEYWORDS)
    for _file, _line, message, _comments, context in found:
        catalogue.add(message, context=context)
    return catalogue


def write(folder: Path) -> int:
    """The compiled pseudo-language under `folder`; gives how many strings it has."""
    catalogue = messages()
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            message.string = tuple(pseudo(form) for form in message.id)
        else:
            message.string = pseudo(message.id)
    target = folder / "en_XA" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    return len(catalogue)
