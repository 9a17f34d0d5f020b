"""Our own icons, drawn once in `icons/*.svg` and put into pages as inline SVG.

A drawing is rebuilt from the shapes we know, never pasted, so a file can carry nothing but shapes.
"""

from functools import cache, lru_cache
from html.parser import HTMLParser
from pathlib import Path

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

FOLDER = Path(__file__).parent / "icons"
GROUP_ICONS: dict[str, str] = {
    "power": "bolt",
    "water": "drop",
    "roads": "road",
    "traffic": "robot",
    "lights": "lamp",
    "refuse": "bin",
    "parks": "tree",
    "safety": "shield",
}
"""The shape of each category group; the keys are the groups in the reference data."""

_SHAPES = {
    "path": {"d"},
    "circle": {"cx", "cy", "r"},
    "rect": {"x", "y", "width", "height", "rx"},
}


_SILENT = SafeString('aria-hidden="true"')


class _Shapes(HTMLParser):
    """Collects the shapes of one drawing; raises ValueError at anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a known shape with known attributes."""
        if tag == "svg":
            return
        if tag not in _SHAPES or any(name not in _SHAPES[tag] for name, _ in attrs):
            raise ValueError(f"an icon may not hold <{tag}> with {attrs}")
        self.found.append((tag, [(name, value or "") for name, value in attrs]))


@cache
def names() -> frozenset[str]:
    """The names of every icon."""
    return frozenset(path.stem for path in FOLDER.glob("*.svg"))


@cache
def shapes(name: str) -> SafeString:
    """The inside of an icon's <svg>. Raises KeyError for a name that is not drawn."""
    if name not in names():
        raise KeyError(f"no icon is called {name}")
    parser = _Shapes()
    parser.feed((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
    drawn = [
        (tag, format_html_join("", ' {}="{}"', attributes)) for tag, attributes in parser.found
    ]
    return format_html_join("", "<{}{}/>", drawn)


@lru_cache(maxsize=1024)
def _svg(name: str, label: str, extra: str) -> SafeString:
    role = format_html('role="img" aria-label="{}"', label) if label else _SILENT
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" width="24" height="24" {}>{}</svg>',
        f" {extra}" if extra else "",
        role,
        shapes(name),
    )


def icon(name: str, label: object = None, *, extra: str = "") -> SafeString:
    """An inline icon. With a `label` it is read aloud; without, it is decoration beside a word."""
    return _svg(name, str(label) if label else "", extra)


def group_icon(group: str, label: object = None, *, extra: str = "") -> SafeString:
    """The icon of a category group; a flag for a group that we do not know yet."""
    return icon(GROUP_ICONS.get(group, "flag"), label, extra=extra)
