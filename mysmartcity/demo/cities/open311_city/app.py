"""The simulated city's HTTP face: GeoReport v2, its own screen at `/`, and the tester's `/_control`."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.control import told_states
from mysmartcity.demo.cities.open311_city import screen, wire
from mysmartcity.demo.cities.open311_city.city import City, period
from mysmartcity.demo.cities.open311_city.intake import Refusal, Sent, read_request
from mysmartcity.demo.cities.open311_city.pictures import fetch_pictures
from mysmartcity.demo.cities.switches import BadSwitch, Faults
from mysmartcity.lib import clock

PREFIX = "/open311/v2"
_REOPENING = ("REOPEN", "REOPENED", "NOTFIXED", "OPEN")

Call = Callable[[City, Sent, Request], Response]


def make_app(city: City) -> Starlette:
    """The whole app of one city."""
    routes = [
        _route("/discovery.{suffix}", discovery),
        _route("/services.{suffix}", services),
        _route("/services/{code:path}.{suffix}", definition),
        _route("/requests.{suffix}", requests),
        _route("/requests/{id:path}.{suffix}", one_request),
        _route("/tokens/{token}.{suffix}", token),
        _route("/servicerequestupdates.{suffix}", updates),
        _route("/requests.{suffix}", create, "POST"),
        _route("/servicerequestupdates.{suffix}", post_update, "POST"),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        fetching = asyncio.create_task(fetch_pictures(city))
        yield
        fetching.cancel()
        city.store.close()

    app = Starlette(
        routes=[
            Route("/", lambda request: screen.show(city)),
            Route("/_control", control, methods=["GET", "POST"]),
            Route("/_control/references", lambda request: JSONResponse(city.store.references())),
            Route("/_control/states", lambda request: told_states(city.states())),
            *routes,
        ],
        middleware=[Middleware(Faults, switches=city.switches, prefix=PREFIX)],
        lifespan=lifespan,
    )
    app.state.city = city
    return app


def _route(path: str, call: Call, method: str = "GET") -> Route:
    async def serve(request: Request) -> Response:
        city: City = request.app.state.city
        suffix = request.path_params["suffix"]
        if suffix not in ("json", "xml"):
            return Response("There is only .json and .xml here.", 404)
        sent = Sent.of(request.url.query, await request.body() if method == "POST" else b"")
        wanted = sent.one("jurisdiction_id")
        if wanted and city.jurisdiction_id and wanted != city.jurisdiction_id:
            return wire.refuse(404, f"jurisdiction_id {wanted} was not found.", suffix=suffix)
        if method == "POST" and not secrets.compare_digest(
            sent.one("api_key").encode(), city.api_key.encode()
        ):
            return wire.refuse(403, "The api_key is missing or wrong.", suffix=suffix)
        return call(city, sent, request)

    endpoint: Callable[[Request], Awaitable[Response]] = serve
    return Route(PREFIX + path, endpoint, methods=[method], name=call.__name__)


def _suffix(request: Request) -> str:
    return str(request.path_params["suffix"])


# --- Reading --------------------------------------------------------------------------------------


def discovery(city: City, sent: Sent, request: Request) -> Response:
    """Where the endpoint is and what it speaks."""
    changed = "2026-11-01T00:00:00Z"
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{str(request.base_url).rstrip('/')}{PREFIX}",
        "changeset": changed,
        "type": "test",
        "formats": ["text/xml", "application/json"],
    }
    record = {
        "changeset": changed,
        "contact": f"{city.name}: this is a simulation.",
        "key_service": "The key is in demo.json.",
        "endpoints": [endpoint],
    }
    return wire.reply(record, suffix=_suffix(request), root="discovery", item="")


def services(city: City, sent: Sent, request: Request) -> Response:
    """What the city takes."""
    records = [one.record() for one in city.services.values()]
    return wire.reply(records, suffix=_suffix(request), root="services", item="service")


def definition(city: City, sent: Sent, request: Request) -> Response:
    """The questions of one service."""
    suffix = _suffix(request)
    offered = city.services.get(request.path_params["code"])
    if offered is None:
        return wire.refuse(404, "service_code was not found.", suffix=suffix)
    attributes = [
        {
            "variable": one.get("variable", True),
            "code": one["code"],
            "datatype": one["datatype"],
            "required": bool(one.get("required")),
            "datatype_description": one.get("datatype_description"),
            "order": place,
            "description": one.get("description") or one["code"],
            "values": list(one.get("values") or []),
        }
        for place, one in enumerate(offered.attributes, 1)
    ]
    record = {"service_code": offered.code, "attributes": attributes}
    return wire.reply(record, suffix=suffix, root="service_definition", item="")


def requests(city: City, sent: Sent, request: Request) -> Response:
    """Requests by id, period, service, status and page."""
    suffix = _suffix(request)
    try:
        rows = city.search(sent)
    except ValueError as error:
        return wire.refuse(400, str(error), suffix=suffix)
    is_extended = sent.one("extensions") == "true"
    records = [city.request_record(row, is_extended=is_extended) for row in rows]
    return _told(_perhaps_twice(city, records), suffix=suffix)


def one_request(city: City, sent: Sent, request: Request) -> Response:
    """One request by its id."""
    suffix = _suffix(request)
    found = city.by_ids([request.path_params["id"]])
    if not found:
        return wire.refuse(404, "service_request_id was not found.", suffix=suffix)
    record = city.request_record(found[0], is_extended=sent.one("extensions") == "true")
    return _told([record], suffix=suffix)


def token(city: City, sent: Sent, request: Request) -> Response:
    """The id that a token has become; empty while it has not."""
    suffix = _suffix(request)
    found = city.store.find("token = ?", [request.path_params["token"]])
    if not found:
        return wire.refuse(404, "token was not found.", suffix=suffix)
    is_ready = found[0].shown_at <= clock.now().timestamp()
    record = {
        "service_request_id": found[0].request_id if is_ready else None,
        "token": found[0].token,
    }
    return _told([record], suffix=suffix)


def updates(city: City, sent: Sent, request: Request) -> Response:
    """What happened in a period."""
    suffix = _suffix(request)
    try:
        start, end = period(sent)
    except ValueError as error:
        return wire.refuse(400, str(error), suffix=suffix)
    records = city.update_records(start, end)
    return _told_updates(_perhaps_twice(city, records), suffix=suffix)


def _told(records: list[dict[str, Any]], *, suffix: str, status: int = 200) -> Response:
    root, item = "service_requests", "request"
    return wire.reply(records, suffix=suffix, root=root, item=item, status=status)


def _told_updates(records: list[dict[str, Any]], *, suffix: str) -> Response:
    root, item = "service_request_updates", "request_update"
    return wire.reply(records, suffix=suffix, root=root, item=item)


def _perhaps_twice(city: City, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return records * 2 if city.switches.duplicates else records


# --- Writing --------------------------------------------------------------------------------------


def create(city: City, sent: Sent, request: Request) -> Response:
    """Take a request."""
    suffix = _suffix(request)
    wanted = read_request(sent, services=city.services)
    if isinstance(wanted, Refusal):
        return wire.refuse(wanted.status, *wanted.reasons, suffix=suffix)
    now = clock.now().timestamp()
    wait = city.switches.token_seconds if city.switches.token_mode else 0.0
    row = city.store.add(wanted, token=secrets.token_hex(8), now=now, shown_at=now + wait)
    record: dict[str, Any] = {"service_request_id": row.request_id}
    if city.switches.token_mode:
        record = {"token": row.token}
    record |= {"service_notice": f"{city.name} has your request.", "account_id": None}
    return _told([record], suffix=suffix, status=201)


def post_update(city: City, sent: Sent, request: Request) -> Response:
    """Take a comment; one that says "not fixed" about a closed request opens it again."""
    suffix = _suffix(request)
    rows = city.store.find("id = ?", [sent.one("service_request_id")])
    if not rows:
        return wire.refuse(404, "service_request_id was not found.", suffix=suffix)
    if not sent.one("update_id"):
        return wire.refuse(400, "update_id was not provided.", suffix=suffix)
    happened = city.events_of(rows[0])
    wanted = "".join(letter for letter in sent.one("status").upper() if letter.isalpha())
    number = city.store.comment(
        rows[0].request_id,
        update_id=sent.one("update_id"),
        status=sent.one("status"),
        words=sent.one("description"),
        at=clock.now().timestamp(),
        reopens=wanted in _REOPENING and bool(happened) and happened[-1].is_closed,
    )
    return _told_updates([{"update_id": str(number)}], suffix=suffix)


# --- For testers ----------------------------------------------------------------------------------


async def control(request: Request) -> Response:
    """The switches and counts; POST with JSON sets switches."""
    city: City = request.app.state.city
    if request.method == "POST":
        # A page in a visitor's browser can't send this type across origins without asking first.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "Send application/json."}, 415)
        try:
            wanted = json.loads(await request.body())
            city.switches.change(wanted if isinstance(wanted, dict) else {str(wanted): None})
        except (BadSwitch, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
    return JSONResponse(
        {
            "name": city.name,
            "pace": city.pace,
            "switches": asdict(city.switches),
            **city.store.counts(),
        }
    )
