"""The views that read: discovery, services, requests, tokens, updates. Each returns a body."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings

from mysmartcity.api.open311 import catalogue, render
from mysmartcity.api.open311.door import Ask
from mysmartcity.api.open311.parse import Asked, read_asked, read_window
from mysmartcity.api.open311.problems import absent
from mysmartcity.api.open311.requests_sql import requests_json
from mysmartcity.api.open311.updates_sql import updates_json
from mysmartcity.issues.models import Category
from mysmartcity.lib import clock, ids

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
"""Clients compare this with the very same text, so it is never an https address."""

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""Changeset of an endpoint that offers nothing yet."""


def discovery(ask: Ask) -> bytes:
    """Where the endpoint is and which formats it speaks; needs neither key nor jurisdiction."""
    changeset = render.instant(ask.catalogue.changed_at or _BEGINNING)
    row = {
        "changeset": changeset,
        "contact": f"{settings.PUBLIC_URL}/about",
        "key_service": f"{settings.PUBLIC_URL}/about#keys",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{settings.PUBLIC_URL}/open311/v2",
                "changeset": changeset,
                "type": "test" if settings.DEMO else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return render.object_of(ask.suffix, "discovery", row)


def services(ask: Ask) -> bytes:
    """The categories that are offered; made once for each state of the catalogue."""
    key = ("services", ask.jurisdiction.pk, ask.suffix)
    if key not in ask.catalogue.made:
        rows = catalogue.service_rows(ask.catalogue, ask.jurisdiction)
        ask.catalogue.made[key] = render.list_of(ask.suffix, "services", "service", rows)
    return ask.catalogue.made[key]


def service(ask: Ask, code: str) -> bytes:
    """The questions of one category. Raises Problem 404."""
    row = catalogue.definition_row(offered(ask, code))
    return render.object_of(ask.suffix, "service_definition", row)


def offered(ask: Ask, code: str) -> Category:
    """The category with this code that may be reported now. Raises Problem 404."""
    found = ask.catalogue.offered.get(ask.jurisdiction.pk, {}).get(code)
    if found is None:
        raise absent(f"service_code: “{code:.60}” is not offered here.")
    return found


def requests(ask: Ask) -> bytes:
    """Public issues by the filters of GeoReport and its usual extensions."""
    jurisdiction = ask.jurisdiction
    asked = read_asked(ask.arguments, now=clock.now())
    category_ids = None
    if asked.service_codes:
        category_ids = ask.catalogue.category_ids(jurisdiction, asked.service_codes)
    if category_ids == []:
        return _requests_in(ask.suffix, b"[]")
    rows = requests_json(jurisdiction_id=jurisdiction.pk, category_ids=category_ids, asked=asked)
    return _requests_in(ask.suffix, rows)


def request(ask: Ask, reference: str) -> bytes:
    """One public issue. Raises Problem 404, for a hidden one as for an unknown one."""
    rows = _one(ask, reference)
    if rows == b"[]":
        raise absent(f"service_request_id: “{reference:.60}” is not known here.")
    return _requests_in(ask.suffix, rows)


def _one(ask: Ask, reference: str) -> bytes:
    jurisdiction = ask.jurisdiction
    known = ids.read_reference(reference)
    if known is None:
        return b"[]"
    is_extended = ask.arguments.text("extensions").lower() == "true"
    asked = Asked([known], (), (), None, None, None, None, 1, 0, is_extended)
    return requests_json(jurisdiction_id=jurisdiction.pk, category_ids=None, asked=asked)


def _requests_in(suffix: str, rows: bytes) -> bytes:
    """JSON goes out as the database wrote it; XML is made from the very same rows."""
    if suffix == "json":
        return rows
    return render.xml_list("service_requests", "request", _decoded(rows))


def _decoded(rows: bytes) -> list[dict[str, Any]]:
    return msgspec.json.decode(rows, type=list[dict[str, Any]])


def token(ask: Ask, token: str) -> bytes:
    """The id behind a token. We answer reports with the id itself, so a token is that same id."""
    rows = _decoded(_one(ask, token))
    if not rows:
        raise absent(f"token: “{token:.60}” is not known here.")
    known = rows[0]["service_request_id"]
    answer = [{"service_request_id": known, "token": known}]
    return render.list_of(ask.suffix, "service_requests", "request", answer)


def updates(ask: Ask) -> bytes:
    """What happened, oldest first, at most 1,000; the window is that of requests."""
    jurisdiction = ask.jurisdiction
    start, end = read_window(ask.arguments, now=clock.now())
    rows = updates_json(jurisdiction_id=jurisdiction.pk, start=start or _BEGINNING, end=end)
    if ask.suffix == "json":
        return rows
    return render.xml_list("service_request_updates", "request_update", _decoded(rows))
