"""A whole platform as ./dev run starts it, and a phone with a browser.

Where no Chromium is installed the journeys are skipped loudly; with CI set they fail instead.
"""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from devtools.environment import ROOT, free_port

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a journey."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            # One worker has the platform and the browser, the others go on with the rest.
            item.add_marker(pytest.mark.xdist_group("journeys"))


@dataclass
class Running:
    """A platform that was started with ./dev run."""

    url: str
    folder: Path
    demo: dict[str, Any]

    def get(self, path: str) -> Any:
        """JSON of a page of the platform."""
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            return json.load(reply)

    def city(self, kind: str, name: str = "") -> str:
        """Where a simulated city answers."""
        found = [c for c in self.demo["cities"] if c["kind"] == kind and name in c["name"]]
        return str(found[0]["url"])

    def issue(self, reference: str) -> dict[str, Any]:
        """An issue as the public API shows it."""
        city = {"CPT": "capetown", "JHB": "johannesburg"}[reference[:3]]
        path = f"/open311/v2/requests/{reference}.json?jurisdiction_id={city}"
        return dict(self.get(path)[0])


def until(what: Callable[[], Any], *, seconds: float, words: str) -> Any:
    """Wait for something to become true; its value, or a failure that says what was awaited."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if value := what():
                return value
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    pytest.fail(f"waited {seconds:.0f} s for {words}")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """./dev run in a folder of its own, ten times as fast as the demo.

    While writing a journey, JOURNEYS_AT=DIR uses a ./dev run --pace 10 --data DIR that runs already.
    """
    if at := os.environ.get("JOURNEYS_AT"):
        demo = json.loads((Path(at) / "demo.json").read_text())
        yield Running(demo["base_url"], Path(at), demo)
        return
    folder = tmp_path_factory.mktemp("platform")
    log = (folder / "log").open("w")
    command = [str(ROOT / "dev"), "run", "--port", str(free_port()), "--pace", "10"]
    clean = {k: v for k, v in os.environ.items() if k not in OURS}
    clean["PSEUDO_LOCALE"] = "yes"
    process = subprocess.Popen(
        [*command, "--data", str(folder / "data")],
        stdout=log,
        stderr=log,
        env=clean,
        start_new_session=True,
    )

    def ready() -> str:
        if process.poll() is not None:
            pytest.fail(f"./dev run ended:\n{(folder / 'log').read_text()[-3000:]}")
        lines = (folder / "log").read_text().splitlines()
        return next((line.split()[1] for line in lines if line.startswith("ready ")), "")

    try:
        url = until(ready, seconds=300, words="./dev run to be ready")
        yield Running(url, folder, json.loads((folder / "data" / "demo.json").read_text()))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        log.close()


OURS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "PUBLIC_URL",
    "PHOTO_DIR",
    "SMTP_URL",
    "STATIC_BUILT_DIR",
    "REPORTS_PER_HOUR",
    "POSTS_PER_MINUTE",
)
"""Settings of the test run that the started platform must find for itself."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium from the system; never downloaded.

    Ended with each module: Playwright keeps an event loop running in this thread, and Django refuses
    the database to every test that would come after it.
    """
    if CHROMIUM is None:
        words = "no Chromium on this machine: the browser journeys did NOT run"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Phone:
    """A browser context of phone size that notes what goes wrong in the console."""

    context: BrowserContext
    page: Page
    complaints: list[str]


def new_phone(browser: Browser, **options: Any) -> Phone:
    """A phone of 360 px."""
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="en-ZA", **options)
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Phone(context, page, complaints)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """A phone; a script error or a broken Content-Security-Policy fails the test."""
    one = new_phone(browser)
    yield one
    one.context.close()
    assert one.complaints == []


@pytest.fixture
def old_phone(browser: Browser) -> Iterator[Phone]:
    """A phone without JavaScript."""
    one = new_phone(browser, java_script_enabled=False)
    yield one
    one.context.close()
