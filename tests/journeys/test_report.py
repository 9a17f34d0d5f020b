"""A resident reports a pothole and follows it until it is fixed; with and without JavaScript."""

import re
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Phone, Running, until
from tests.lib.photos.corpus import gps_jpeg

OBSERVATORY = (-33.9375, 18.4720)
REFERENCE = re.compile(r"[A-Z]{3}-[2-9A-HJKMNP-TV-Z]{6}")


def report(page: Page, running: Running, picture: Path, words: str) -> str:
    """Four screens: photo, place of the photo, kind, check. Gives the reference."""
    screens: list[str] = []
    page.goto(running.url)
    page.on("framenavigated", lambda frame: screens.append(urlsplit(frame.url).path.split("/")[-1]))
    page.get_by_role("link", name="Report a problem").first.click()
    page.locator("input[name=photos]").set_input_files(picture)
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_text("Use the place where the photo was taken?")).to_be_visible()
    page.locator("section.offer button[name=pick]").click()
    page.get_by_label("Say it in your own words").fill("pothole")
    page.get_by_role("button", name="Search").click()
    page.locator("#kinds button[value=pothole]").click()
    page.get_by_label("What should the crew know?").fill(words)
    expect(page.get_by_text("Roads & Stormwater").first).to_be_visible()
    page.get_by_label("Street and number").fill("12 Lower Main Road, Observatory")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="We have your report")).to_be_visible()
    # A search without JavaScript shows its screen once more.
    assert list(dict.fromkeys(screens)) == ["report", "place", "kind", "check", "done"]
    found = REFERENCE.search(page.locator("main").inner_text())
    assert found is not None
    return found.group()


def picture(folder: Path) -> Path:
    file = folder / "pothole.jpg"
    file.write_bytes(gps_jpeg(*OBSERVATORY))
    return file


def follow_to_the_end(page: Page, running: Running, reference: str) -> None:
    """The city's own reference arrives, it says fixed, and the reporter confirms it."""
    until(
        lambda: "City of Cape Town" in str(running.issue(reference)["agency_responsible"]),
        seconds=30,
        words="somebody to be responsible",
    )

    def says_fixed() -> bool:
        page.goto(f"{running.url}/i/{reference}")
        return page.get_by_role("button", name=re.compile("fixed", re.I)).count() > 0

    until(says_fixed, seconds=90, words="the city to say that it is fixed")
    assert re.search(r"9\d{9}", page.locator("main").inner_text()), "the city's own reference"
    page.get_by_role("button", name=re.compile("^(yes|it is fixed)", re.I)).first.click()
    expect(page.get_by_text("A resident saw that it is fixed.")).to_be_visible()
    assert running.issue(reference)["status"] == "closed"


def test_a_phone(phone: Phone, running: Running, tmp_path: Path) -> None:
    reference = report(phone.page, running, picture(tmp_path), "Deep hole at the bus stop")
    shown = running.issue(reference)
    assert abs(shown["lat"] - OBSERVATORY[0]) < 1e-4
    assert abs(shown["long"] - OBSERVATORY[1]) < 1e-4
    with urllib.request.urlopen(shown["media_url"], timeout=10) as reply:
        photo = reply.read()
    assert reply.headers["Content-Type"] == "image/webp"
    assert b"Exif" not in photo
    drawn = str(running.get("/map/data?box=18.46,-33.95,18.49,-33.92&zoom=17"))
    assert reference in drawn
    phone.page.goto(f"{running.url}/map?q={reference}")
    follow_to_the_end(phone.page, running, reference)


def test_an_old_phone_without_javascript(
    old_phone: Phone, running: Running, tmp_path: Path
) -> None:
    page = old_phone.page
    reference = report(page, running, picture(tmp_path), "Another hole, further down")
    follow_to_the_end(page, running, reference)


def test_an_office_that_works_by_mail(phone: Phone, running: Running) -> None:
    page = phone.page
    page.goto(f"{running.url}/report")
    page.get_by_role("button", name="Go on without a photo").click()
    page.get_by_label("Type an address, a suburb or a landmark").fill("Melville")
    page.get_by_role("button", name="Search").click()
    page.locator("#hits button[name=pick]").filter(has_text="Johannesburg").first.click()
    page.get_by_label("Say it in your own words").fill("street light")
    page.get_by_role("button", name="Search").click()
    page.locator("#kinds button[value=street-light-out]").click()
    page.locator("#contact_email").fill("resident@example.org")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="We have your report")).to_be_visible()
    found = REFERENCE.search(page.locator("main").inner_text())
    assert found is not None
    reference = found.group()
    assert reference.startswith("JHB-")
    until(
        lambda: "55123" in str(running.issue(reference)["status_notes"]),
        seconds=120,
        words="the office's reply with its reference",
    )
    page.goto(f"{running.url}/i/{reference}")
    expect(page.get_by_text("55123").first).to_be_visible()
    office = running.city("mail")

    def told() -> bool:
        with urllib.request.urlopen(f"{office}/inbox.json?to=resident@example.org") as reply:
            return reply.read().count(reference.encode()) >= 2

    until(told, seconds=60, words="mail to the reporter")
