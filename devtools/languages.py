"""Translations: finds every sentence in the code, refreshes the catalogues (.po) and compiles them (.mo).

All with Babel: no gettext tools needed. The catalogues are mysmartcity/locale/CODE/LC_MESSAGES/django.po.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from devtools.environment import ROOT

LOCALE = ROOT / "mysmartcity" / "locale"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
_CALL = re.compile(
    r"(?P<name>_|gettext)\((?P<text>u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"))\s*\)", re.S
)
Found = tuple[int, str, Any, list[str]]


def extract_django(
    file: IO[bytes], keywords: Mapping[str, Any], tags: Any, options: Mapping[str, Any]
) -> Iterator[Found]:
    """Babel's extractor for Django templates: `translate` and `blocktranslate` without plurals."""
    del keywords, tags, options
    code = templatize(file.read().decode())
    for call in _CALL.finditer(code):
        line = code.count("\n", 0, call.start()) + 1
        yield line, call["name"], ast.literal_eval(call["text"]), []


def _places() -> tuple[list[tuple[str, Any]], dict[str, dict[str, Any]]]:
    """Which extractor reads which files, from babel.cfg."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    named = [(path, extract_django if "extract_django" in how else how) for path, how in methods]
    return named, options


def extract() -> Catalog:
    """Every sentence of the platform, with the files that say it."""
    methods, options = _places()
    catalogue = Catalog(project="My Smart City", charset="utf-8", fuzzy=False)
    found = extract_from_dir(str(ROOT), methods, options, keywords=KEYWORDS)
    for name, _line, message, comments, context in found:
        # Without line numbers a catalogue changes only when a sentence does.
        catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogues() -> list[Path]:
    """The .po files there are."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(source: Path) -> Catalog:
    """A catalogue; its locale is the name of its folder."""
    with source.open("rb") as stream:
        return read_po(stream, locale=source.parts[-3].replace("-", "_"))


def update() -> dict[str, int]:
    """Refresh every .po from the code; gives how many sentences wait for a translation, by language."""
    template = extract()
    waiting = {}
    for source in catalogues():
        catalogue = read(source)
        catalogue.update(template, no_fuzzy_matching=True)
        with source.open("wb") as stream:
            write_po(stream, catalogue, sort_output=True, include_lineno=False, width=100)
        empty = [message for message in catalogue if message.id and _is_empty(message.string)]
        waiting[source.parts[-3]] = len(empty)
    return waiting


def _is_empty(string: str | Iterable[str] | None) -> bool:
    """Whether nothing was translated; a plural has several forms."""
    return not (string if isinstance(string, str) else any(string or ()))


def faults() -> list[str]:
    """What is wrong in the catalogues: placeholders that do not match, by Babel's checkers."""
    found = []
    for source in catalogues():
        for message, errors in read(source).check():
            found += [f"{source.parts[-3]}: {message.id!r}: {error}" for error in errors]
    return found


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; gives how many there are."""
    found = catalogues()
    for source in found:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        partial = target.with_suffix(".new")
        with partial.open("wb") as stream:
            write_mo(stream, read(source))
        partial.rename(target)
    return len(found)


def add(code: str) -> Path:
    """Begin a language: an empty catalogue for translators. Its path."""
    target = LOCALE / code / "LC_MESSAGES" / "django.po"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        with target.open("wb") as stream:
            write_po(stream, Catalog(locale=code, project="My Smart City", fuzzy=False))
    return target


def main(command: str, arguments: list[str]) -> int:
    """`./dev languages`: refresh the catalogues; `./dev languages CODE` begins one."""
    del command
    for code in arguments:
        print(add(code).relative_to(ROOT))
    for code, waiting in update().items():
        print(f"{code}: {waiting} sentences wait for a translation")
    wrong = faults()
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    compile_all()
