"""The tester's door of a simulated system, `/_control`: switches, counts, and whose references it has."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.switches import BadSwitch, Switches


def control_routes(
    *,
    name: str,
    switches: Switches,
    counts: Callable[[], Mapping[str, int]],
    references: Callable[[], Mapping[str, int]],
) -> list[Route]:
    """`/_control`, and `/_control/references`: how often each of our references is there."""

    async def control(request: Request) -> Response:
        if request.method == "POST":
            # A page in a visitor's browser can't send this type across origins without asking first.
            if not request.headers.get("content-type", "").startswith("application/json"):
                return JSONResponse({"error": "Send application/json."}, 415)
            try:
                wanted: Any = json.loads(await request.body())
                switches.change(wanted if isinstance(wanted, dict) else {str(wanted): None})
            except (BadSwitch, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"name": name, "switches": asdict(switches), **counts()})

    async def listed(request: Request) -> Response:
        return JSONResponse(dict(references()))

    return [
        Route("/_control", control, methods=["GET", "POST"]),
        Route("/_control/references", listed),
    ]
