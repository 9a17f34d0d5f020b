"""The pages for what went wrong. Part of `pages.walk`.

What would shut out the browser for a while (too many requests) or can't be done by clicking (a broken
request) is asked for beside it, from another loopback address, and shown to the browser as it came.
"""

import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from tests.journeys.conftest import Running

ELSEWHERE = "127.0.0.2"
MOST_SEARCHES = 130


@dataclass(frozen=True)
class Answer:
    """What the platform said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    running: Running, method: str, path: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request from another address than the browser's."""
    host = urlsplit(running.url).netloc
    connection = http.client.HTTPConnection(host, timeout=10, source_address=(ELSEWHERE, 0))
    try:
        connection.request(method, path, headers=dict(headers or {}))
        reply = connection.getresponse()
        return Answer(reply.status, dict(reply.getheaders()), reply.read())
    finally:
        connection.close()


def _show(page: Page, running: Running, answer: Answer) -> None:
    """The browser sees this answer as a page of the platform."""
    address = f"{running.url}/shown"

    def fulfil(route: Route) -> None:
        route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)

    page.route(address, fulfil)
    page.goto(address)
    page.unroute(address)


def walk(page: Page, running: Running) -> Iterator[str]:
    """404, 403, 400, 429, and links that lead nowhere any more."""
    for name, path in {
        "not-found": "/there/is/no/such/page",
        "issue-unknown": "/i/CPT-222222",
        "link-unknown": "/t/not-a-secret",
        "report-gone": "/report/gone/place",
    }.items():
        page.goto(running.url + path)
        yield name
    _show(page, running, ask(running, "POST", "/language"))
    yield "form-expired"
    _show(page, running, ask(running, "GET", "/", {"Host": "elsewhere.example"}))
    yield "broken"
    answers = (ask(running, "GET", f"/places?q=a{number}") for number in range(MOST_SEARCHES))
    _show(page, running, next(answer for answer in answers if answer.status == 429))
    yield "too-often"


def is_own_failure(text: str, address: str, page: Page) -> bool:
    """Whether a complaint of the console only says that the page itself is, say, a 404."""
    return bool(re.match("Failed to load resource", text)) and address == page.url
