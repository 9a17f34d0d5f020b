"""What the first screens weigh on a cold phone, and that nothing comes from anybody else."""

import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import PHONE, Running
from tests.journeys.pages import issues_by_status

KB = 1024
MOST = {"report": 100 * KB, "home": 200 * KB, "issue": 200 * KB}
"""The report's first screen is held to what the demand says; the others so that they do not grow."""


@dataclass
class Weighed:
    """What came over the wire for one page: bytes by address."""

    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Everything, headers too."""
        return sum(self.bytes.values())

    def __str__(self) -> str:
        largest = sorted(self.bytes.items(), key=lambda pair: -pair[1])
        parts = [f"{size / KB:.1f} {urlsplit(address).path}" for address, size in largest]
        return f"{self.total / KB:.1f} KB: {', '.join(parts)}"


def weigh(browser: Browser, address: str) -> Weighed:
    """Open a page with an empty cache and count what arrives."""
    context = browser.new_context(viewport=PHONE, locale="en-ZA")
    page = context.new_page()
    session = context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    weighed = Weighed()

    def sent(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def arrived(event: dict[str, Any]) -> None:
        key = addresses[event["requestId"]]
        weighed.bytes[key] = weighed.bytes.get(key, 0) + int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", arrived)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address, wait_until="networkidle")
    context.close()
    own = urlsplit(address).netloc
    strangers = [one for one in addresses.values() if urlsplit(one).netloc not in (own, "")]
    assert strangers == []
    return weighed


@pytest.mark.slow
def test_first_screens_are_light(browser: Browser, running: Running) -> None:
    issue = issues_by_status(running)["logged"]
    paths = {"report": "/report", "home": "/", "issue": f"/i/{issue}"}
    found = {name: weigh(browser, running.url + path) for name, path in paths.items()}
    sys.stdout.write("\n".join(f"{name} {weighed}" for name, weighed in found.items()) + "\n")
    assert {name: str(one) for name, one in found.items() if one.total > MOST[name]} == {}
