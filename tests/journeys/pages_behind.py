"""The pages behind a sign-in: a resident's code, staff's password and second step. Part of `pages.walk`."""

import json
import re
import urllib.request
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running, until

RESIDENT = "resident.walks@example.org"
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.M)


def walk(page: Page, running: Running) -> Iterator[str]:
    """Sign in as a resident and out again, then as staff."""
    yield from _resident(page, running)
    yield from _staff(page, running)


def _resident(page: Page, running: Running) -> Iterator[str]:
    url = running.url
    page.goto(f"{url}/accounts/sign-in/")
    yield "sign-in"
    page.locator("input[type=email]").fill("no address")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.locator(".error").first).to_be_visible()
    yield "sign-in-error"
    page.locator("input[type=email]").fill(RESIDENT)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    yield "sign-in-code"
    page.locator("input[name=code]").fill("WRONG1")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".error").first).to_be_visible()
    yield "sign-in-code-wrong"
    page.locator("input[name=code]").fill(_code(running))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/mine")
    yield "mine-signed-in"
    page.goto(f"{url}/accounts/second/set-up/")
    yield "second-step-set-up"
    page.goto(f"{url}/accounts/logout/")
    yield "sign-out"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/")


def _code(running: Running) -> str:
    """The code of the newest letter to the resident."""
    inbox = f"{running.city('mail')}/inbox.json?to={RESIDENT}"

    def found() -> str:
        with urllib.request.urlopen(inbox, timeout=5) as reply:
            letters = json.load(reply)
        newest = max(letters, key=lambda letter: letter["id"], default={"text": ""})
        match = CODE.search(newest["text"])
        return match.group(1) if match else ""

    return str(until(found, seconds=60, words="the letter with the code"))


def _staff(page: Page, running: Running) -> Iterator[str]:
    url = running.url
    login = next(one for one in running.demo["logins"] if one["role"] == "dispatcher")
    page.goto(f"{url}/accounts/staff/")
    yield "staff"
    page.locator("input[name=login]").fill(login["email"])
    page.locator("input[name=password]").fill("not the password")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#errors")).to_be_visible()
    yield "staff-wrong"
    page.locator("input[name=login]").fill(login["email"])
    page.locator("input[name=password]").fill(login["password"])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    yield "second-step"
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".error").first).to_be_visible()
    yield "second-step-wrong"
    page.goto(f"{url}/accounts/password/reset/")
    yield "password-forgotten"
