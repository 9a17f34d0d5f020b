"""Every page and state of the residents' face, one after the other in one browser page.

`walk` brings the page into a state and yields its name; who walks looks at it there (axe, screenshots,
overflow), may change the width and the colours, and goes on. What it reports is sent for real.
"""

import itertools
import re
import subprocess
import sys
import urllib.request
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from devtools.environment import ROOT
from tests.journeys import pages_behind, pages_broken, pages_desk
from tests.journeys.conftest import Running, until
from tests.lib.photos.corpus import gps_jpeg

CITY_HALL = (-33.9375, 18.4720)
OUTSIDE = "-33.9321,18.8602"
"""Stellenbosch: a municipality that we know and do not serve."""

NONSENSE = "qqwxzzkj"
EMAIL = "walker@example.org"


def walk(page: Page, running: Running, folder: Path) -> Iterator[str]:
    """Every state by name; `folder` is for the pictures that are uploaded."""
    yield from _first_pages(page, running.url)
    yield from _photos_and_place(page, running.url, folder)
    yield from _kinds(page)
    yield from _check_and_send(page, running)
    yield from _issues(page, running)
    yield from _lists(page, running.url)
    yield from pages_behind.walk(page, running)
    yield from pages_desk.walk(page, running)
    yield from pages_broken.walk(page, running)


def _first_pages(page: Page, url: str) -> Iterator[str]:
    for name, path in {
        "home": "/",
        "home-hits": "/?q=Woodstok",
        "home-no-hits": f"/?q={NONSENSE}",
        "mine-empty": "/mine",
        "about": "/about",
        "privacy": "/privacy",
        "look": "/look/",
        "nowhere": "/here?lat=0&lng=0",
    }.items():
        page.goto(url + path)
        yield name


def _photos_and_place(page: Page, url: str, folder: Path) -> Iterator[str]:
    page.goto(f"{url}/report")
    yield "report-photos"
    good, bad = folder / "pothole.jpg", folder / "notes.jpg"
    good.write_bytes(gps_jpeg(*CITY_HALL))
    bad.write_bytes(b"not a picture")
    page.locator("input[name=photos]").set_input_files([good, bad])
    yield "report-photos-chosen"
    page.get_by_role("button", name="Go on", exact=True).click()
    page.wait_for_url("**/place")
    yield "report-place-of-photo"
    page.get_by_role("link", name="Back").click()
    expect(page.locator(".thumbs img").first).to_be_visible()
    yield "report-photos-refused"
    page.goto(f"{url}/report")
    page.get_by_role("button", name="Go on without a photo").click()
    page.wait_for_url("**/place")
    yield "report-place"
    here = page.url
    page.goto(f"{here}?q={NONSENSE}")
    yield "report-place-no-hits"
    page.goto(f"{here}?q=Hatfield")
    yield "report-place-hits"
    _pick(page, OUTSIDE)
    yield "report-place-outside"
    page.goto(f"{here}?q=Hatfield")
    _pick(page, "")
    yield "report-place-error"
    page.get_by_role("button", name="Open the map").click()
    expect(page.locator("[data-map-pick] .leaflet-pane").first).to_be_attached()
    yield "report-place-map"
    page.goto(f"{here}?q=Observatory")
    _pick(page, f"{CITY_HALL[0]},{CITY_HALL[1]}")
    page.wait_for_url("**/kind")


def _pick(page: Page, value: str) -> None:
    """Choose a hit whose place is `value`."""
    hit = page.locator("#hits button[name=pick]").first
    hit.evaluate("(button, value) => { button.value = value }", value)
    hit.click()
    page.wait_for_load_state()


def _search_kind(page: Page, words: str) -> None:
    page.locator("#q").fill(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_load_state()


def _kinds(page: Page) -> Iterator[str]:
    yield "report-kind"
    page.locator("#kind-form").evaluate("form => form.submit()")
    expect(page.locator("#errors")).to_be_visible()
    yield "report-kind-error"
    page.locator(".groups summary").first.click()
    yield "report-kind-group"
    _search_kind(page, NONSENSE)
    yield "report-kind-no-hits"
    _search_kind(page, "live wires hanging")
    yield "report-kind-hits"
    page.locator("#kinds button[name=category]").first.click()
    page.wait_for_url("**/emergency")
    yield "report-emergency"
    page.locator("main form button").click()
    page.wait_for_url("**/check")
    yield "report-check-after-emergency"


def _check_and_send(page: Page, running: Running) -> Iterator[str]:
    draft = page.url.rsplit("/", 1)[0]
    twin = _open_pothole(running)
    page.goto(f"{draft}/place?q=Observatory")
    _pick(page, f"{twin['lat']},{twin['long']}")
    page.goto(f"{draft}/kind")
    _search_kind(page, "pothole")
    page.locator("#kinds button[value=pothole]").click()
    page.wait_for_url("**/check")
    expect(page.locator(".twins")).to_be_visible()
    yield "report-check-twins"
    for details in page.locator("main details").all():
        details.locator("summary").click()
    page.locator("#contact_email").fill("no address")
    page.locator("#contact_phone").fill("abc")
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "report-check-errors"
    page.locator("#contact_email").fill(EMAIL)
    page.locator("#contact_phone").fill("")
    page.locator("#no_number").check()
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_url("**/done")
    yield "report-done"
    page.locator("[data-own-link]").click()
    page.wait_for_url("**/i/*")
    yield "issue-own"
    page.goto(f"{running.url}/mine")
    yield "mine"
    yield from _news(page, running)
    _report_again(page, running.url)
    page.get_by_text("Take the report back").click()
    page.get_by_role("button", name="Take it back").click()
    page.wait_for_load_state()
    yield "issue-withdrawn"


def _report_again(page: Page, url: str) -> None:
    """A fresh report, and its page: the city may have mended the other one while we looked around."""
    page.goto(f"{url}/report")
    page.get_by_role("button", name="Go on without a photo").click()
    page.wait_for_url("**/place")
    page.goto(f"{page.url}?q=Hatfield")
    page.locator("#hits button[name=pick]").first.click()
    page.wait_for_url("**/kind")
    page.get_by_label("Say it in your own words").fill("slaggat")
    page.get_by_role("button", name="Search").click()
    page.locator("#kinds button[value=pothole]").click()
    page.wait_for_url("**/check")
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_url("**/done")
    page.locator("[data-own-link]").click()
    page.wait_for_url("**/i/*")


def _open_pothole(running: Running) -> dict[str, Any]:
    """A pothole in Cape Town that still has to be mended."""
    address = f"{running.url}/issues?city=capetown&kind=pothole&state=open"
    with urllib.request.urlopen(address, timeout=10) as reply:
        found = re.search(r'data-issue="([\w-]+)"', reply.read().decode())
    assert found is not None, "the demo city has no open pothole in Cape Town"
    return running.issue(found.group(1))


def _news(page: Page, running: Running) -> Iterator[str]:
    """The link in every letter that stops the letters."""
    office = running.city("mail")

    def link() -> str:
        with urllib.request.urlopen(f"{office}/inbox.json?to={EMAIL}", timeout=5) as reply:
            found = re.search(rb"https?://[^\s\"\\]+/stop/[\w-]+", reply.read())
        return found.group().decode() if found else ""

    page.goto(until(link, seconds=60, words="the letter to the reporter"))
    yield "stop"
    page.get_by_role("button", name="Stop the news").click()
    page.wait_for_load_state()
    yield "stop-done"


def issues_by_status(running: Running, *, but: Collection[str] = ()) -> dict[str, str]:
    """One reference for each word that a badge of the lists says; none of `but`, the walker's own."""
    found: dict[str, str] = {}
    for state, number in itertools.product(("waiting", "declined", "fixed", "open"), range(1, 6)):
        address = f"{running.url}/issues?state={state}&page={number}"
        with urllib.request.urlopen(address, timeout=10) as reply:
            cards = reply.read().decode().split('data-issue="')[1:]
        for card in cards:
            words = re.search(r'class="badge [^>]*>.*?<span>([^<]+)</span>', card, re.S)
            if words and card[:10] not in but:
                found.setdefault(_slug(words.group(1)), card[:10])
        if not cards:
            continue
    return found


def _merge(running: Running) -> str:
    """Merge two issues as a dispatcher would; the reference of the one that follows the other now."""
    folder = running.folder
    if not (folder / "environment.json").exists():
        folder /= "data"
    command = [sys.executable, "-m", "devtools", "manage", "--data", str(folder), "shell", "-c"]
    done = subprocess.run([*command, MERGE], capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.split()[-1]


MERGE = """
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status

one, other = Issue.objects.filter(status="acknowledged").order_by("-pk")[:2]
move = Move(Status.MERGED, Actor.DISPATCHER, public_words="The same hole.", merged_into=other)
change_status(issue=one, move=move)
print(one.reference)
"""


def _slug(words: str) -> str:
    """ "City Power says fixed" as "says-fixed": without the name of the office."""
    plain = re.sub(r"^.* (?=says)", "", words)
    return re.sub(r"\W+", "-", plain.casefold()).strip("-")


def _issues(page: Page, running: Running) -> Iterator[str]:
    page.goto(f"{running.url}/mine")
    own = {card.get_attribute("data-issue") or "" for card in page.locator(".card").all()}
    found = issues_by_status(running, but=own)
    assert len(found) >= 9, f"the demo city has only {sorted(found)}"
    for words, reference in found.items():
        page.goto(f"{running.url}/i/{reference}")
        yield f"issue-{words}"
    page.goto(f"{running.url}/i/{_merge(running)}")
    yield "issue-merged"
    page.goto(f"{running.url}/i/{found['says-fixed']}")
    page.get_by_role("button", name="Mine too").click()
    expect(page.get_by_role("heading", name="Is it fixed?")).to_be_visible()
    page.get_by_text("No, it is not fixed").click()
    yield "issue-asked"
    page.get_by_text("Follow by e-mail").click()
    page.locator("#email").fill("no address")
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.locator("#errors")).to_be_visible()
    yield "issue-follow-error"
    page.get_by_role("button", name="Move the map").click()
    expect(page.locator("#issue-map .leaflet-pane").first).to_be_attached()
    yield "issue-map"


def _lists(page: Page, url: str) -> Iterator[str]:
    for name, path in {
        "issues": "/issues",
        "issues-filtered": "/issues?city=capetown&state=fixed&group=roads&q=a",
        "issues-more": "/issues?page=2",
        "issues-empty": f"/issues?q={NONSENSE}",
        "map": "/map",
        "map-city": "/map?city=johannesburg",
        "map-empty": f"/map?q={NONSENSE}",
    }.items():
        page.goto(url + path)
        if path.startswith("/map"):
            expect(page.locator("#map .leaflet-pane").first).to_be_attached()
        yield name
    for name, words in {"area-suburb": "Woodstock", "area-city": "City of Cape Town"}.items():
        page.goto(f"{url}/?q={words}")
        page.locator(".hits a").first.click()
        page.wait_for_url("**/a/*")
        yield name
