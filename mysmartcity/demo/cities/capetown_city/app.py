"""The simulated city over HTTP: the calls of the contract, its screen, and the tester's `/_control`."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mysmartcity.demo.cities.capetown_city import screen
from mysmartcity.demo.cities.capetown_city.city import City
from mysmartcity.demo.cities.capetown_city.intake import Refusal, read_request
from mysmartcity.demo.cities.control import told_states
from mysmartcity.demo.cities.serving import cut_off
from mysmartcity.demo.cities.switches import BadSwitch, Faults
from mysmartcity.lib import clock

PREFIX = "/coct/api"
_COOKIE = "MYSAPSSO2"

Call = Callable[[City, Request, bytes], Response]


def make_app(city: City) -> Starlette:
    """The whole app."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        city.store.close()

    app = Starlette(
        routes=[
            Route("/", lambda request: screen.show(city)),
            Route("/_control", control, methods=["GET", "POST"]),
            Route("/_control/references", lambda request: JSONResponse(city.store.references())),
            Route("/_control/states", lambda request: told_states(city.states())),
            Route(f"{PREFIX}/zcur-guest/login", login),
            Route(f"{PREFIX}/zsreq/session", session),
            _inside("/zsreq/config/types", types),
            _inside("/zsreq/config/subtypes", subtypes),
            _inside("/zsreq/sr/{reference}", look_up),
            _inside("/zsreq/sr", create, "POST"),
        ],
        middleware=[
            Middleware(Weekend, city=city),
            Middleware(Faults, switches=city.switches, prefix=PREFIX),
        ],
        lifespan=lifespan,
    )
    app.state.city = city
    return app


class Weekend:
    """While the city is away, nothing of its API works."""

    def __init__(self, app: ASGIApp, *, city: City) -> None:
        self._app = app
        self._city = city

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or be away."""
        is_api = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        if not is_api or not self._city.is_away():
            await self._app(scope, receive, send)
            return
        says = self._city.switches.weekend_says
        if says == "refuse":
            cut_off(scope["client"])
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        page = "<html><title>Maintenance</title><p>We are back on Monday.</p></html>"
        await Response(page, int(says), media_type="text/html")(scope, receive, send)


# --- The contract ---------------------------------------------------------------------------------


def _refused(refusal: Refusal) -> Response:
    return JSONResponse({"code": refusal.code, "message": refusal.message}, 500)


def _inside(path: str, call: Call, method: str = "GET") -> Route:
    """A call that needs a session."""

    async def serve(request: Request) -> Response:
        city: City = request.app.state.city
        body = await request.body() if method == "POST" else b""
        refusal = city.gate.complaint(request.cookies.get(_COOKIE, ""), request.headers)
        return _refused(refusal) if refusal else call(city, request, body)

    return Route(PREFIX + path, serve, methods=[method], name=call.__name__)


async def login(request: Request) -> Response:
    """The cookie for a private key."""
    city: City = request.app.state.city
    cookie = city.gate.login(request.query_params.get("cookie", ""))
    if cookie is None:
        return _refused(Refusal("ZCUR/001", "The guest user is not authorised."))
    reply = Response(status_code=200)
    reply.set_cookie(_COOKIE, cookie, path="/", httponly=True)
    return reply


async def session(request: Request) -> Response:
    """A new session."""
    city: City = request.app.state.city
    opened = city.gate.open(request.cookies.get(_COOKIE, ""), request.headers.get("x-service", ""))
    return _refused(opened) if isinstance(opened, Refusal) else JSONResponse({"session_id": opened})


def types(city: City, request: Request, body: bytes) -> Response:
    """The groupings of services."""
    return JSONResponse(
        [{"type": code, "name": name} for code, name in city.catalogue.types.items()]
    )


def subtypes(city: City, request: Request, body: bytes) -> Response:
    """The services."""
    return JSONResponse(
        [
            {"type": codes[0], "subtype": codes[1], "name": name}
            for codes, name in city.catalogue.subtypes.items()
        ]
    )


def look_up(city: City, request: Request, body: bytes) -> Response:
    """How one request stands."""
    row = city.store.get(request.path_params["reference"])
    if row is None:
        return _refused(Refusal("ZSREQ/020", "The service request does not exist."))
    return JSONResponse(city.record(row))


def create(city: City, request: Request, body: bytes) -> Response:
    """Take a request; the same one twice makes two."""
    reading = city.switches.signature
    if not city.gate.is_signed(body, request.headers.get("x-signature", ""), reading=reading):
        return _refused(Refusal("ZSREQ/003", "The signature does not fit the message."))
    wanted = read_request(body, catalogue=city.catalogue)
    if isinstance(wanted, Refusal):
        return _refused(wanted)
    reference = city.store.add(wanted, now=clock.now().timestamp())
    category = city.catalogue.name_of(wanted.type_code, wanted.subtype_code)
    return JSONResponse(
        {"reference_number": reference, "category": category, "message": wanted.message}
    )


# --- For testers ----------------------------------------------------------------------------------


async def control(request: Request) -> Response:
    """The switches and counts; POST with JSON sets switches, all or none."""
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
        if "weekend" in wanted:
            city.begin_weekend()
    return JSONResponse(
        {
            "name": city.name,
            "pace": city.pace,
            "switches": asdict(city.switches),
            "requests": city.store.count(),
            "logins": city.gate.logins,
        }
    )
