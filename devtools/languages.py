"""Compiles the translations (.po) to what gettext reads (.mo), with Babel: no gettext tools needed."""

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from devtools.environment import ROOT


def compile_all() -> int:
    """Compile every catalogue that is newer than its compiled form; gives how many there are."""
    total = 0
    for source in sorted((ROOT / "mysmartcity" / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        total += 1
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3].replace("-", "_"))
        partial = target.with_suffix(".new")
        with partial.open("wb") as stream:
            write_mo(stream, catalogue)
        partial.rename(target)
    return total


if __name__ == "__main__":
    compile_all()
