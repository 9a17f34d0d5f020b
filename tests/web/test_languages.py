"""Every string goes through gettext, and pages stand up to words two fifths longer."""

import os
import re
import shutil
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import translation
from playwright.sync_api import Route, sync_playwright

from devtools import pseudo
from mysmartcity.issues.models import Category
from tests import build
from tests.web import browse

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def strange(settings, tmp_path: Path) -> Iterator[None]:
    """The pages in the pseudo-language; Django forgets its catalogues when these settings change."""
    assert pseudo.write(tmp_path) > 300
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), (pseudo.CODE, "Pseudo")]
    settings.LANGUAGE_CODE = pseudo.CODE
    translation.activate(pseudo.CODE)
    yield
    translation.deactivate()


def pages(resident: Client) -> dict[str, str]:
    """Every kind of page with something on it, by its path."""
    issue = build.issue(of=Category.objects.get(code="pothole"), description="12")
    draft = browse.at_check(resident)
    stop = browse.at_check(resident, kind="live-wires")
    paths = ["/", "/report", "/issues", "/issues?q=zz", "/map", "/mine", "/about", "/privacy"]
    paths += [f"/i/{issue.reference}", "/nope", f"{stop}/emergency"]
    paths += [f"{draft}/{screen}" for screen in ("photos", "place", "kind", "check")]
    found = {path: resident.get(path).content.decode() for path in paths}
    done = browse.send(resident, draft)["Location"]
    return {**found, done: resident.get(done).content.decode()}


DATA = {
    "English", "Pseudo", "Afrikaans", "isiXhosa", "isiZulu",
    "12", "Pothole", "Cape Town", "pothole", "Exposed live wires", "power",
    "No water at my home", "Roads and Stormwater", "The city does this itself.", "A deep hole",
    "How big is it?", "Keep everybody away and call.",
}  # fmt: skip


def test_nothing_was_forgotten(city, resident: Client, strange):
    """Text between tags is in brackets, a number, a time or data of the test."""
    plain = set()
    for path, page in pages(resident).items():
        assert "[Skíp tó" in page, path
        body = re.sub(r"<(script|style|time|title|option)\b.*?</\1>", "", page, flags=re.S)
        for text in re.findall(r">([^<>]+)<", body):
            words = " ".join(text.split())
            if re.search(
                r"[A-Za-z]{3}", re.sub(r"\[[^\]]*\]|[A-Z]{3}-\w{6}|https?:\S+", "", words)
            ):
                plain.add((path.split("/")[1], words))
    left = {entry for entry in plain if entry[1].strip(" .,·") not in DATA}
    assert not {words for _path, words in left if not any(d in words for d in DATA)}


@pytest.mark.journey
def test_longer_words_run_over_nothing(city, resident: Client, strange):
    found = pages(resident)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://city.test")
        if path in found:
            route.fulfill(body=found[path], content_type="text/html; charset=utf-8")
        elif path.startswith("/static/"):
            name = str(finders.find(path.removeprefix("/static/")))
            route.fulfill(path=name, content_type=guess_type(name)[0] or "text/plain")
        else:
            route.fulfill(status=404)

    too_wide = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless=new", "--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 320, "height": 700})
        page.route("**/*", answer)
        for path in found:
            page.goto(f"http://city.test{path}")
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                too_wide[path] = over
        browser.close()
    assert not too_wide
