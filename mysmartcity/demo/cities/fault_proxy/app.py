"""The proxy's page for testers: `/_control` as in the simulated systems, on a port of its own."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.fault_proxy.proxy import Proxy
from mysmartcity.demo.cities.switches import BadSwitch


def make_app(proxy: Proxy) -> Starlette:
    """The app; the proxy listens as long as it runs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await proxy.listen()
        yield
        proxy.close()

    app = Starlette(
        routes=[
            Route("/_control", control, methods=["GET", "POST"]),
            Route("/_control/seen", seen),
        ],
        lifespan=lifespan,
    )
    app.state.proxy = proxy
    return app


async def control(request: Request) -> Response:
    """The switches and counts; POST with JSON sets switches, `{"reset": true}` all of them to off."""
    proxy: Proxy = request.app.state.proxy
    if request.method == "POST":
        # A page in a visitor's browser can't send this type across origins without asking first.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "Send application/json."}, 415)
        try:
            wanted = json.loads(await request.body())
            named = wanted if isinstance(wanted, dict) else {str(wanted): None}
            if named.pop("reset", False):
                proxy.switches.reset()
            proxy.switches.change(named)
        except (BadSwitch, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        await proxy.obey()
    return JSONResponse(
        {
            "address": f"{proxy.host}:{proxy.port}",
            "switches": asdict(proxy.switches),
            "exchanges": proxy.exchange_count,
            "spoilt": proxy.spoilt_count,
            "under_way": proxy.under_way,
        }
    )


def seen(request: Request) -> Response:
    """The newest requests as they came, oldest first; what is not text is shown as Latin-1."""
    proxy: Proxy = request.app.state.proxy
    return JSONResponse([raw.decode("latin-1") for raw in proxy.seen])
