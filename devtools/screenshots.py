"""./dev screenshots [--data DIR] OUT: every page and state, both themes, two widths, as PNGs.

Uses a platform that ./dev run started in DIR (a demo; what the walk reports is sent to its simulated
cities). Needs Chromium.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, sync_playwright

from devtools.environment import ROOT
from tests.journeys.conftest import CHROMIUM, FLAGS, Running
from tests.journeys.pages import walk

WIDTHS = {360: 740, 1280: 800}
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LONGEST = 6000
"""Pixels; the catalogue is longer than anybody looks at in one picture."""


def shoot(page: Page, out: Path, name: str) -> None:
    """The state of the page in every theme and width, as `name-width-theme.png`."""
    page.evaluate("document.querySelectorAll('img').forEach(one => { one.loading = 'eager' })")
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_load_state("networkidle")
            long = page.evaluate("document.documentElement.scrollHeight")
            page.screenshot(
                path=out / f"{name}-{width}-{theme}.png",
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": min(long, LONGEST)},
            )
    page.set_viewport_size({"width": 360, "height": WIDTHS[360]})
    page.emulate_media(color_scheme="light")


def main(command: str, arguments: list[str]) -> int:
    """Entry point; gives 1 when there is no platform or no browser."""
    parser = argparse.ArgumentParser(prog=f"./dev {command}")
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="folder of ./dev run")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    options = parser.parse_args(arguments)
    plan = options.data / "demo.json"
    if CHROMIUM is None or not plan.exists():
        print("This needs Chromium, and a demo that runs: ./dev run --data DIR")
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    demo = json.loads(plan.read_text())
    running = Running(demo["base_url"], options.data.resolve(), demo)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(locale="en-ZA", reduced_motion="reduce", viewport=None)
        page.set_default_timeout(15_000)
        page.set_viewport_size({"width": 360, "height": WIDTHS[360]})
        for number, name in enumerate(walk(page, running, Path(folder)), start=1):
            shoot(page, options.out, name)
            print(f"{number:3} {name}", flush=True)
        browser.close()
    return 0
