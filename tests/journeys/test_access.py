"""Every page and state: axe finds nothing, nothing runs over at 320 px, the console is silent.

All that is wrong on all pages is told together, so that one run says everything.
"""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.journeys.conftest import PHONE, Running
from tests.journeys.pages import walk
from tests.journeys.pages_broken import is_own_failure

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIGHT = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
DARK = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""In the dark only colours differ."""

RUNS_OVER = """() => {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over <= 0) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 0.5 && !e.closest(".leaflet-pane");
  });
  return [over + " px", ...wide.slice(0, 4).map(e => e.tagName + "." + e.getAttribute("class"))];
}"""

ESCAPED = re.compile(r"</(?:div|p|ul|li|a|span|svg|section)>")


class Inspector:
    """Looks at one state after the other and keeps what is wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and not is_own_failure(message.text, address, self.page):
            self.said.append(message.text)

    def look(self, name: str) -> None:
        """Everything there is to know about the state `name`."""
        self.page.evaluate(AXE)
        self._run_axe(f"{name} light", LIGHT)
        self.page.emulate_media(color_scheme="dark")
        self._run_axe(f"{name} dark", DARK)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 320, "height": 640})
        if wide := self.page.evaluate(RUNS_OVER):
            self.faults.append(f"{name}: runs over at 320 px by {wide}")
        self.page.set_viewport_size(PHONE)
        if tags := ESCAPED.findall(self.page.locator("body").inner_text()):
            self.faults.append(f"{name}: markup shown as text, like {tags[0]}")
        self.faults += [f"{name}: the console says {words}" for words in self.said]
        self.said.clear()

    def _run_axe(self, name: str, options: dict[str, Any]) -> None:
        found = self.page.evaluate("options => axe.run(options)", options)
        for fault in found["violations"]:
            places = [f"{node['target']} {node['html'][:160]}" for node in fault["nodes"][:4]]
            self.faults.append(f"{name}: {fault['id']}, {fault['help']}: {places}")


@pytest.mark.slow
def test_every_page_and_state(browser: Browser, running: Running, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-ZA", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    inspector = Inspector(context.new_page())
    seen = []
    try:
        for name in walk(inspector.page, running, tmp_path):
            inspector.look(name)
            seen.append(name)
    finally:
        context.close()
        # Also told when a page on the way does not come.
        told = [f"looked at {len(seen)}: {', '.join(seen)}", *inspector.faults]
        sys.stdout.write("\n".join(told) + "\n")
    assert len(seen) >= 95
    assert not inspector.faults, "\n".join(inspector.faults)
