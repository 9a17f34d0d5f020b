"""A browser without JavaScript for tests: follows the forms of a page as a person would."""

import re
from typing import Any

from django.test import Client

from mysmartcity.lib.geo import Point
from tests import build

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def token(client: Client, path: str) -> str:
    """The CSRF token in the forms of a page."""
    found = _TOKEN.search(client.get(path).content.decode())
    assert found, f"no form on {path}"
    return found.group(1)


def post(client: Client, path: str, data: dict[str, Any] | None = None, *, on: str = "") -> Any:
    """Send a form that stands on the page `on` (or at `path` itself)."""
    body = {"csrfmiddlewaretoken": token(client, on or path), **(data or {})}
    return client.post(path, body)


def start(client: Client, **photos: Any) -> str:
    """Begin a report; gives the path of its draft, like /report/abc."""
    reply = post(client, "/report", dict(photos))
    assert reply.status_code == 303, reply.content
    return str(reply["Location"]).removesuffix("/place")


def at_check(client: Client, *, kind: str = "pothole", point: Point = build.CITY_POINT) -> str:
    """A draft with a place and a kind; gives its path."""
    draft = start(client)
    post(client, f"{draft}/place", {"pick": f"{point.lat},{point.lng}"})
    post(client, f"{draft}/kind", {"category": kind, "q": ""})
    return draft


def send(client: Client, draft: str, **its: Any) -> Any:
    """Send the report."""
    return post(client, f"{draft}/check", {"description": "A deep hole", "address": "", **its})
