"""The simulated system's HTTP face: the OData service, its own screen at `/`, and `/_control`."""

import base64
import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.control import State, control_routes
from mysmartcity.demo.cities.sap_city import odata
from mysmartcity.demo.cities.sap_city.life import PHASES, stand
from mysmartcity.demo.cities.sap_city.store import Row, Store
from mysmartcity.demo.cities.serving import page
from mysmartcity.demo.cities.switches import Faults, Switches
from mysmartcity.lib import clock

PREFIX = "/sap/opu/odata/sap/API_MAINTNOTIFICATION"
_SESSION = "SAP_SESSIONID_S4H_100"
_LENGTHS = {
    "NotificationText": 40,
    "MaintNotifLongTextForEdit": 1333,
    "MaintNotifExtReferenceNumber": 20,
    "NotificationType": 2,
    "MaintPriority": 1,
    "MaintenancePlanningPlant": 4,
    "MaintNotificationCodeGroup": 8,
    "MaintNotificationCode": 4,
    "LocationDescription": 50,
}
"""What may be written, and how long it may be (the service's metadata)."""


@dataclass
class City:
    """One system. `pace` is the whole life of a notification in seconds."""

    name: str
    store: Store
    user: str
    password: str
    pace: float
    page: int = odata.PAGE
    switches: Switches = field(default_factory=Switches)
    sessions: dict[str, str] = field(default_factory=dict)

    def record(self, row: Row) -> dict[str, Any]:
        """A notification as the wire tells it."""
        now = stand(
            row.fields.get("MaintNotifLongTextForEdit", ""),
            made_at=row.made_at,
            now=clock.now().timestamp(),
            pace=self.pace,
            is_backwards=self.switches.backwards,
        )
        return {
            **dict.fromkeys(_LENGTHS, ""),
            **row.fields,
            "MaintenanceNotification": row.key,
            "MaintNotifInternalID": f"QM0000{row.key}",
            "NotifProcessingPhase": now.phase,
            "NotifProcessingPhaseDesc": PHASES[now.phase],
            "CreationDate": odata.date(row.made_at),
            "LastChangeDateTime": odata.date(now.since + self.switches.clock_skew),
            "ReporterFullName": "Demo Clerk",
        }

    def states(self) -> Iterator[State]:
        """How every notification stands, with our reference."""
        for row in self.store.rows():
            if ours := row.fields.get("MaintNotifExtReferenceNumber", ""):
                yield ours, row.key, self.record(row)["NotifProcessingPhase"]


def make_app(city: City) -> Starlette:
    """The whole app of one system."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        city.store.close()

    async def serve(request: Request) -> Response:
        return _answer(city, request, await request.body())

    app = Starlette(
        routes=[
            Route("/", lambda request: _screen(city)),
            *control_routes(
                name=city.name,
                switches=city.switches,
                counts=lambda: {"notifications": len(city.store.rows())},
                references=city.store.references,
                states=city.states,
            ),
            Route(PREFIX + "{rest:path}", serve, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(Faults, switches=city.switches, prefix=PREFIX)],
        lifespan=lifespan,
    )
    app.state.city = city
    return app


def _answer(city: City, request: Request, body: bytes) -> Response:
    given = request.headers.get("authorization", "").removeprefix("Basic ")
    wanted = base64.b64encode(f"{city.user}:{city.password}".encode()).decode()
    if not secrets.compare_digest(given.encode(), wanted.encode()):
        return odata.error(401, "LOGON", "Logon failed", WWW_Authenticate="Basic")
    rest = request.url.path.removeprefix(PREFIX)
    if request.method == "POST":
        return _write(city, request, rest, body)
    if rest in ("", "/"):
        return _service(city, request)
    if rest == "/MaintenanceNotification":
        return _list(city, request)
    if found := re.fullmatch(r"/MaintenanceNotification\('([^']*)'\)", rest):
        rows = [row for row in city.store.rows() if row.key == found[1]]
        if rows:
            return JSONResponse({"d": city.record(rows[0])})
    return odata.error(404, "SY/530", "Resource not found for the segment")


def _service(city: City, request: Request) -> Response:
    """The list of what there is; gives a token and its session to whoever asks."""
    answer = JSONResponse({"d": {"EntitySets": ["MaintenanceNotification"]}})
    if request.headers.get("x-csrf-token", "").lower() == "fetch":
        session, token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        city.sessions[session] = token
        answer.headers["x-csrf-token"] = token
        answer.set_cookie("sap-usercontext", "sap-client=100", path="/")
        answer.set_cookie(_SESSION, session, path="/", max_age=1800, httponly=True)
    return answer


def _write(city: City, request: Request, rest: str, body: bytes) -> Response:
    token, session = (
        request.headers.get("x-csrf-token", ""),
        request.cookies.get(_SESSION, ""),
    )
    if city.switches.takes_expired():
        city.sessions.pop(session, None)
    if not token or token != city.sessions.get(session):
        sentence = "CSRF token validation failed"
        return Response(
            sentence, 403, headers={"x-csrf-token": "Required"}, media_type="text/plain"
        )
    if rest != "/MaintenanceNotification":
        return odata.error(405, "SY/530", "Method not allowed")
    try:
        sent: Any = json.loads(body)
    except ValueError:
        return odata.error(400, "CX_SXML_PARSE_ERROR", "Error while parsing the body")
    if wrong := _complaint(sent):
        return odata.error(400, "IWBEP/CM_MGW_RT/021", wrong)
    row = city.store.add(
        {name: str(value) for name, value in sent.items()}, now=clock.now().timestamp()
    )
    return JSONResponse({"d": city.record(row)}, 201)


def _complaint(sent: Any) -> str:
    if not isinstance(sent, dict):
        return "An object is wanted"
    for name, value in sent.items():
        if name not in _LENGTHS:
            return f"Property {name} is invalid"
        if not isinstance(value, str) or len(value) > _LENGTHS[name]:
            return f"Property {name} has an invalid value"
    return (
        ""
        if sent.get("NotificationText") and sent.get("NotificationType")
        else "Enter a short text"
    )


def _list(city: City, request: Request) -> Response:
    query: Mapping[str, str] = request.query_params
    try:
        records = [city.record(row) for row in city.store.rows()]
        found = [one for one in records if odata.fits(one, query.get("$filter", ""))]
        start = int(query.get("$skiptoken", "0"))
    except ValueError as error:
        return odata.error(400, "SY/530", str(error))
    if by := query.get("$orderby"):
        found.sort(key=lambda one: (odata.seconds(str(one.get(by, ""))), str(one.get(by, ""))))
    if city.switches.duplicates:
        found = [one for one in found for _ in range(2)]
    kept = "&".join(f"{name}={quote(query[name])}" for name in query if name != "$skiptoken")
    link = f"{str(request.base_url).rstrip('/')}{PREFIX}/MaintenanceNotification?{kept}"
    overlap = 3 if city.switches.overlap else 0
    listed, following = odata.page_of(
        found, start=start, overlap=overlap, link=link, length=city.page
    )
    answer: dict[str, Any] = {"results": listed}
    if following:
        answer["__next"] = following
    return JSONResponse({"d": answer})


def _screen(city: City) -> HTMLResponse:
    """The newest notifications, as a planner would see them."""
    records = [city.record(row) for row in city.store.rows()[-100:][::-1]]
    rows = "".join(
        f"<tr><td>{escape(one['MaintenanceNotification'])}</td>"
        f"<td>{escape(one['NotifProcessingPhaseDesc'])}</td><td>{escape(one['NotificationText'])}"
        f"<pre>{escape(one['MaintNotifLongTextForEdit'])}</pre></td>"
        f"<td>{escape(one['MaintNotifExtReferenceNumber'])}</td></tr>"
        for one in records
    )
    head = "<tr><th>Notification</th><th>Phase</th><th>Text</th><th>External reference</th></tr>"
    intro = "<p>This is a simulation of a city's own system, as its planners would see it.</p>"
    return page(city.name, f"{intro}<table>{head}{rows}</table>", refresh_seconds=10)
