"""In a language whose words are two fifths longer nothing runs over and no button's words are cut."""

import pytest
from playwright.sync_api import Browser, Page

from devtools import pseudo
from tests.journeys.conftest import PHONE, Running
from tests.journeys.pages import issues_by_status

CUT = """() => [...document.querySelectorAll("a, button, summary, label, legend, .badge, h1, h2, h3, dd")]
  .filter(e => e.checkVisibility() && !e.closest(".hidden-text, .leaflet-container, svg"))
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
  .map(e => e.outerHTML.slice(0, 140))"""
OVER = "document.documentElement.scrollWidth - innerWidth"


def at_check(page: Page, url: str) -> list[str]:
    """Make a report up to the last screen, in English; the addresses of its screens."""
    page.goto(f"{url}/report")
    page.get_by_role("button", name="Go on without a photo").click()
    page.wait_for_url("**/place")
    draft = page.url.rsplit("/", 1)[0]
    page.goto(f"{draft}/place?q=Woodstock")
    page.locator("#hits button[name=pick]").first.click()
    page.wait_for_url("**/kind")
    page.locator("#q").fill("pothole")
    page.get_by_role("button", name="Search").click()
    page.locator("#kinds button[value=pothole]").click()
    page.wait_for_url("**/check")
    return [f"{draft}/{screen}" for screen in ("photos", "place?q=Wood", "kind", "check")]


@pytest.mark.slow
def test_longer_words_fit(browser: Browser, running: Running) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-ZA")
    page = context.new_page()
    found = issues_by_status(running)
    paths = ["/", "/?q=Woodstok", "/report", "/issues?city=capetown", "/issues?q=zzqqxx", "/map"]
    paths += ["/mine", "/about", "/privacy", "/look/", "/accounts/sign-in/", "/accounts/staff/"]
    paths += ["/no/such/page", *(f"/i/{reference}" for reference in found.values())]
    addresses = [running.url + path for path in paths] + at_check(page, running.url)
    context.add_cookies([{"name": "django_language", "value": pseudo.CODE, "url": running.url}])
    faults = []
    for address in addresses:
        page.goto(address)
        assert "[" in page.title(), f"{address} is not in the pseudo-language: set PSEUDO_LOCALE"
        for width in (360, 320):
            page.set_viewport_size({"width": width, "height": PHONE["height"]})
            if over := page.evaluate(OVER):
                faults.append(f"{address} runs over by {over} px at {width}")
            faults += [f"{address} cuts at {width}: {html}" for html in page.evaluate(CUT)]
    context.close()
    assert not faults, "\n".join(faults)
