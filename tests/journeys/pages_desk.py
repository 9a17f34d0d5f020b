"""The desk's pages, signed in as an operator with the second factor. Part of `pages.walk`.

The demo's exchange is given a believable state first: outages, dead letters, calls, words without meaning.
"""

import base64
import hashlib
import hmac
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from devtools.environment import ROOT
from tests.journeys.conftest import Running


def totp(secret: str) -> str:
    """The six figures that an authenticator shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def walk(page: Page, running: Running) -> Iterator[str]:
    """Every page of the desk and its states, then out again."""
    _seed(running)
    _sign_in(page, running)
    url = running.url
    yield from _plain(page, url)
    yield from _one_connection(page, url)
    yield from _codes(page, url)
    yield from _letters(page, url)
    yield from _route(page, url)
    yield from _calls(page, url)
    page.goto(f"{url}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/")


def _seed(running: Running) -> None:
    folder = running.folder
    if not (folder / "environment.json").exists():
        folder /= "data"
    command = [sys.executable, "-m", "devtools", "manage", "--data", str(folder), "seed_exchange"]
    subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)


def _sign_in(page: Page, running: Running) -> None:
    login = next(one for one in running.demo["logins"] if one["role"] == "operator")
    page.goto(f"{running.url}/accounts/logout/")
    page.context.clear_cookies()
    page.goto(f"{running.url}/desk/")
    page.locator("input[name=login]").fill(login["email"])
    page.locator("input[name=password]").fill(login["password"])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.locator("input[name=code]").fill(totp(login["second_factor_secret"]))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/desk/")


def _plain(page: Page, url: str) -> Iterator[str]:
    for name, path in {
        "desk": "/desk/",
        "desk-connections": "/desk/connections",
        "desk-mapping": "/desk/mapping",
        "desk-dead-letters": "/desk/dead-letters",
        "desk-dead-letters-none": "/desk/dead-letters?q=nothing-like-that",
        "desk-dead-letters-quiet": "/desk/dead-letters?quiet=1",
        "desk-dead-letters-again": "/desk/dead-letters/again",
        "desk-uncertain": "/desk/uncertain",
        "desk-reconciliation": "/desk/reconciliation?show=all",
        "desk-calls": "/desk/calls",
    }.items():
        page.goto(url + path)
        yield name


def _one_connection(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/desk/connections")
    page.locator("tbody a").first.click()
    page.wait_for_url(re.compile("/desk/connections/[^/]+$"))
    yield "desk-connection"
    here = page.url
    page.locator(".chart-table summary").first.click()
    page.get_by_text("Pause it").click()
    yield "desk-connection-open"
    for name, path in {
        "week": "?period=week",
        "messages": "/messages",
        "use": "/use",
        "categories": "/categories?ask=1",
    }.items():
        page.goto(here + path)
        yield f"desk-connection-{name}"
    page.goto(f"{here}/use")
    page.locator("select[name=category]").first.select_option("")
    page.locator("input[name=place]").first.fill("first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "desk-connection-use-error"


def _codes(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/desk/mapping")
    page.locator("tbody td a").first.click()
    page.wait_for_url("**/codes")
    yield "desk-codes"
    page.locator("select[name=meaning]").nth(4).select_option("on_hold")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    yield "desk-codes-preview"
    page.locator("input[name=seen_version]").evaluate("field => { field.value = '1' }")
    page.get_by_role("button", name="See again what would change").click()
    expect(page.get_by_text("A colleague saved other codes meanwhile")).to_be_visible()
    yield "desk-codes-conflict"


def _letters(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/desk/dead-letters")
    page.get_by_role("button", name="Take it on").first.click()
    expect(page.locator(".notice")).to_be_visible()
    page.get_by_text("In hand").first.click()
    yield "desk-dead-letters-in-hand"
    page.goto(f"{url}/desk/mapping")
    page.get_by_role("button", name="Give it").first.click()
    expect(page.locator(".notice-error")).to_be_visible()
    yield "desk-mapping-error"


def _route(page: Page, url: str) -> Iterator[str]:
    yield from _route_states(page, url)
    page.locator("[data-tap] svg").click(position={"x": 40, "y": 40})
    page.wait_for_url(re.compile("lat=-3[34]"))
    yield "desk-route-tapped"


def _route_states(page: Page, url: str) -> Iterator[str]:
    for name, query in {
        "empty": "",
        "places": "?q=Woodstock",
        "error": "?lat=x&lng=y",
        "nowhere": "?lat=0&lng=0&category=capetown/pothole",
        "answer": "?lat=-33.9375&lng=18.4720&category=capetown/pothole",
    }.items():
        page.goto(f"{url}/desk/route{query}")
        yield f"desk-route-{name}"


def _calls(page: Page, url: str) -> Iterator[str]:
    page.goto(f"{url}/desk/calls")
    page.get_by_role("link", name="Make the call").first.click()
    page.wait_for_url("**/desk/calls/*")
    yield "desk-call"
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "desk-call-error"
    page.goto(f"{url}/desk/no/such/page")
    yield "desk-not-found"
