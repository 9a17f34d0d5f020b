"""The tester's door of a simulated system, `/_control`: switches, counts, and whose references it has."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.switches import BadSwitch, Switches

State = tuple[str, str, str]
"""Our reference, theirs, and their word for how it stands."""


def control_routes(
    *,
    name: str,
    switches: Switches,
    counts: Callable[[], Mapping[str, int]],
    references: Callable[[], Mapping[str, int]],
    states: Callable[[], Iterable[State]],
) -> list[Route]:
    """`/_control`, and `/_control/references`: how often each of our references is there.

    `/_control/states` says how what is there stands.
    """

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
        Route("/_control/states", lambda request: told_states(states())),
    ]


def told_states(states: Iterable[State]) -> Response:
    """Our reference → their reference and the word by which it stands there."""
    return JSONResponse({ours: {"theirs": theirs, "state": word} for ours, theirs, word in states})


def last_reference(words: str) -> str:
    """Ours, where the last line of what we sent says `Reference: …`; else ""."""
    last = words.strip().rpartition("\n")[2]
    found = re.fullmatch(r"Reference: (\S+)", last.strip())
    return found[1] if found else ""
