"""The simulated municipality's HTTP face: login, create, read, its own screen at `/`, and `/_control`.

Known from the public client: paths, envelope, field numbers, that a refused login is the text "Auth Failed"
with 200. Assumed: 401 for a bad token, Code 1 for a refusal, and that a read with number 0 lists the
objects whose fields are equal.
"""

import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from mysmartcity.demo.cities.collaborator_city.life import stand
from mysmartcity.demo.cities.collaborator_city.store import Row, Store
from mysmartcity.demo.cities.control import State, control_routes, last_reference
from mysmartcity.demo.cities.serving import page
from mysmartcity.demo.cities.switches import Faults, Switches
from mysmartcity.lib import clock

_LOGIN = "/webapi/api/mobiletoken/gettokenforuser"
_CREATE = "/webapi/api/task/savenewtaskfeedback"
_READ = "/webapi/api/objects/getobject"
_TOKEN_SECONDS = 1800.0
_SHOWN = 100


@dataclass
class City:
    """One municipality. `pace` is the whole life of an object in seconds."""

    name: str
    store: Store
    user: str
    password: str
    pace: float
    template_id: int = 9
    switches: Switches = field(default_factory=Switches)
    tokens: dict[str, float] = field(default_factory=dict)

    def record(self, row: Row) -> dict[str, Any]:
        """An object as the wire tells it."""
        age = clock.now().timestamp() + self.switches.clock_skew - row.made_at
        now = stand(
            row.number,
            row.fields.get("F10", ""),
            age=age,
            pace=self.pace,
            is_backwards=self.switches.backwards,
        )
        return {
            "obj_id": row.number,
            "template_id": self.template_id,
            "F0": "",
            **row.fields,
            "F14": now.own_number,
            "F15": _cased(now.status, self.switches.status_case),
        }

    def states(self) -> Iterator[State]:
        """How every object stands, with our reference."""
        for row in self.store.rows():
            if ours := last_reference(row.fields.get("F10", "")):
                yield ours, str(row.number), self.record(row)["F15"]


def _cased(status: str, style: str) -> str:
    """The plain setting leaves the words as Collaborator writes them."""
    return {"upper": status.upper(), "odd": status.swapcase()}.get(style, status)


def make_app(city: City) -> Starlette:
    """The whole app of one municipality."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        city.store.close()

    async def serve(request: Request) -> Response:
        try:
            asked: Any = json.loads(await request.body() or b"null")
        except ValueError:
            return JSONResponse({"Message": "The request is invalid."}, 400)
        return _answer(city, request, asked if isinstance(asked, dict) else {})

    app = Starlette(
        routes=[
            Route("/", lambda request: _screen(city)),
            *control_routes(
                name=city.name,
                switches=city.switches,
                counts=lambda: {"objects": len(city.store.rows())},
                references=city.store.references,
                states=city.states,
            ),
            Route("/{rest:path}", serve, methods=["POST"]),
        ],
        middleware=[
            Middleware(
                Faults, switches=city.switches, prefix=("/webAPI", "/webapi"), writes=_writes
            )
        ],
        lifespan=lifespan,
    )
    app.state.city = city
    return app


def _writes(scope: Scope) -> bool:
    return str(scope["path"]).lower() == _CREATE


def _answer(city: City, request: Request, asked: Mapping[str, Any]) -> Response:
    path = request.url.path.lower()
    if path == _LOGIN:
        return _login(city, asked)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if city.switches.takes_expired():
        city.tokens.pop(token, None)
    if city.tokens.get(token, 0.0) < time.monotonic():
        return JSONResponse({"Message": "Authorization has been denied for this request."}, 401)
    if path == _CREATE:
        return _create(city, asked)
    if path == _READ:
        return _read(city, asked)
    return JSONResponse({"Message": "No HTTP resource was found."}, 404)


def _login(city: City, asked: Mapping[str, Any]) -> Response:
    if asked.get("username") != city.user or asked.get("password") != city.password:
        return JSONResponse("Auth Failed")
    token = secrets.token_urlsafe(24)
    city.tokens[token] = time.monotonic() + _TOKEN_SECONDS
    return JSONResponse(token)


def _envelope(data: Any, *, code: int = 0, message: str = "Success") -> Response:
    return JSONResponse({"Code": code, "Message": message, "DetailedMessages": None, "Data": data})


def _fields(listed: Any) -> dict[str, str]:
    if not isinstance(listed, list):
        return {}
    return {
        str(one["FieldID"]): str(one["FieldValue"])
        for one in listed
        if isinstance(one, dict) and "FieldID" in one and one.get("FieldValue") is not None
    }


def _create(city: City, asked: Mapping[str, Any]) -> Response:
    fields = _fields(asked.get("FormFields"))
    if asked.get("TemplateId") != city.template_id:
        return _envelope(None, code=1, message="The template is not known.")
    if not fields.get("F1") or not fields.get("F10"):
        return _envelope(None, code=1, message="The fields F1 and F10 are required.")
    row = city.store.add(fields, now=clock.now().timestamp())
    return _envelope({"ObjID": row.number, **city.record(row)})


def _read(city: City, asked: Mapping[str, Any]) -> Response:
    number, wanted = asked.get("obj_id"), _fields(asked.get("Fields"))
    rows = city.store.rows(number) if isinstance(number, int) and number else city.store.rows()
    found = [
        city.record(row)
        for row in rows
        if all(row.fields.get(name) == value for name, value in wanted.items())
    ]
    listed = found * 2 if city.switches.duplicates else found
    return _envelope({"ObjectList": [listed] if listed else []})


def _screen(city: City) -> HTMLResponse:
    """The newest objects, as a clerk would see them."""
    records = [city.record(row) for row in city.store.rows()[-_SHOWN:][::-1]]
    rows = "".join(
        f"<tr><td>{one['obj_id']}<br>{escape(one['F14'])}</td><td>{escape(one.get('F1', ''))}</td>"
        f"<td>{escape(one['F15'])}</td><td><pre>{escape(one.get('F10', ''))}</pre></td></tr>"
        for one in records
    )
    head = "<tr><th>Number</th><th>Kind</th><th>Status</th><th>Words</th></tr>"
    intro = (
        "<p>This is a simulation of a municipality's own system, as its clerks would see it.</p>"
    )
    return page(city.name, f"{intro}<table>{head}{rows}</table>", refresh_seconds=10)
