"""Style sheets and templates as files: contrast, the two dark blocks, sizes, no inline style or script."""

import gzip
import re
from pathlib import Path

import pytest

from mysmartcity.issues.status import Status
from mysmartcity.look.statuses import PRESENTATIONS, status_key

LOOK = Path(__file__).parents[2] / "mysmartcity" / "look"
SHEETS = sorted((LOOK / "static/look").glob("*.css"))
TEMPLATES = sorted(path for path in (LOOK / "jinja2").rglob("*") if path.is_file())
TOKENS = (LOOK / "static/look/tokens.css").read_text()
STATUS_COLOURS = ("wait", "move", "hold", "claim", "fixed", "problem")


def block(start: str) -> dict[str, str]:
    """The custom properties of the block that opens with `start`."""
    inside = TOKENS.split(start, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", inside))


LIGHT = block(":root {")
DARK = block('\n[data-theme="dark"] {')


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs() -> list[tuple[str, str, float]]:
    grounds = ("paper", "surface", "sunken")
    found = [(text, ground, 4.5) for text in ("ink", "ink-soft", "civic") for ground in grounds]
    found += [("edge", ground, 3.0) for ground in grounds]
    found += [("on-civic", "civic", 4.5), ("on-civic", "civic-strong", 4.5), ("on-bar", "bar", 4.5)]
    found += [
        ("civic", "civic-soft", 4.5),
        ("ink-soft", "civic-soft", 4.5),
        ("alarm", "on-alarm", 4.5),
    ]
    for name in STATUS_COLOURS:
        tone = f"status-{name}"
        found += [(tone, ground, 4.5) for ground in (*grounds, f"{tone}-soft", "on-status")]
        found.append(("ink", f"{tone}-soft", 4.5))
    return found


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(theme: dict[str, str]):
    weak = {
        f"{text} on {ground}": round(contrast(theme[text], theme[ground]), 2)
        for text, ground, least in pairs()
        if contrast(theme[text], theme[ground]) < least
    }
    assert weak == {}


def test_dark_by_choice_is_dark_by_system():
    assert block(':root:not([data-theme="light"]) {') == DARK
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert set(DARK) == colours


def test_every_token_that_is_used_is_defined():
    defined = set(LIGHT) | {"tone", "tone-soft"}
    used = {name for sheet in SHEETS for name in re.findall(r"var\(--([\w-]+)", sheet.read_text())}
    assert used - defined == set()
    assert {look.colour for look in PRESENTATIONS.values()} <= set(STATUS_COLOURS)


def test_the_sheets_of_a_page_stay_light():
    sizes = {sheet.stem: len(gzip.compress(sheet.read_bytes())) for sheet in SHEETS}
    for_staff = sum(sizes.pop(name) for name in ("desk", "charts"))
    del sizes["catalogue"]
    assert sum(sizes.values()) < 11_000
    assert for_staff < 5_000


@pytest.mark.parametrize("path", [*TEMPLATES, *SHEETS], ids=lambda path: path.name)
def test_no_file_grows_too_long(path: Path):
    limit = 200 if path.suffix == ".css" else 120
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_style_script_or_blind_trust(path: Path):
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape false|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]* src=)", text)
    if not path.name.startswith("mail"):
        assert not re.search(r"\sstyle=|<style", text)


def test_every_status_of_the_ladder_has_a_look():
    keys = {
        status_key(status.value, fixed_by=by) for status in Status for by in ("resident", "silence")
    }
    assert keys == set(PRESENTATIONS)
