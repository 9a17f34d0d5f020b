"""The mail office's HTTP face: its own screen, the residents' inbox, and the tester's `/_control`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.control import told_states
from mysmartcity.demo.cities.mail_office import screen
from mysmartcity.demo.cities.mail_office.office import BadSwitch, Office, listen


def make_app(office: Office, *, host: str, smtp_port: int) -> Starlette:
    """The app; the SMTP server and the clerk start and end with it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        server = await listen(office, host=host, port=smtp_port)
        app.state.smtp_port = server.sockets[0].getsockname()[1]
        working = asyncio.create_task(office.work())
        yield
        working.cancel()
        server.close()
        office.store.close()

    app = Starlette(
        routes=[
            Route("/", screen.show_office),
            Route("/inbox", screen.show_inbox),
            Route("/inbox.json", inbox_json),
            Route("/mail/{mail_id:int}", screen.show_mail),
            Route("/_control", control, methods=["GET", "POST"]),
            Route("/_control/references", lambda request: JSONResponse(office.store.references())),
            Route("/_control/states", lambda request: told_states(office.store.states())),
            Route("/_control/arrivals", lambda request: JSONResponse(office.store.arrivals())),
        ],
        lifespan=lifespan,
    )
    app.state.office = office
    return app


def inbox_json(request: Request) -> Response:
    """The newest mails to residents, for browser journeys: ?to=address narrows them."""
    office: Office = request.app.state.office
    found = office.store.mails(box="inbox", recipient=request.query_params.get("to", ""))
    records = [
        {
            "id": mail.mail_id,
            "to": mail.recipient,
            "from": mail.sender,
            "subject": mail.subject,
            "text": mail.text,
            "received_at": mail.received_at,
        }
        for mail in found
    ]
    return JSONResponse(records)


async def control(request: Request) -> Response:
    """The switches and counts; POST with JSON sets switches."""
    office: Office = request.app.state.office
    if request.method == "POST":
        # A page in a visitor's browser can't send this type across origins without asking first.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "Send application/json."}, 415)
        try:
            wanted = json.loads(await request.body())
            office.switches.change(wanted if isinstance(wanted, dict) else {str(wanted): None})
        except (BadSwitch, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
    return JSONResponse(
        {
            "smtp_port": request.app.state.smtp_port,
            "pace": office.pace,
            "switches": asdict(office.switches),
            **office.store.counts(),
        }
    )
