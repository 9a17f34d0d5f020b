"""The file office's HTTP face (a screen and the tester's `/_control`) and its SFTP server."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from html import escape
from pathlib import Path

import asyncssh
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mysmartcity.demo.cities.control import told_states
from mysmartcity.demo.cities.file_office.office import BadSwitch, Office
from mysmartcity.demo.cities.serving import page

USER = "city"


def make_app(office: Office, *, host: str, sftp_port: int | None, password: str) -> Starlette:
    """The app; the clerk, and the SFTP server where a port is given, start and end with it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        key = _host_key(office.folder.parent / "file-office-host-key")
        app.state.host_key = key.export_public_key().decode().strip()
        app.state.sftp_port = None
        server = None
        if sftp_port is not None:
            server = await _listen(office.folder, host, sftp_port, key=key, password=password)
            app.state.sftp_port = server.sockets[0].getsockname()[1]
        working = asyncio.create_task(office.work())
        yield
        working.cancel()
        if server is not None:
            server.close()
        office.store.close()

    app = Starlette(
        routes=[
            Route("/", show),
            Route("/_control", control, methods=["GET", "POST"]),
            Route("/_control/references", lambda request: JSONResponse(office.store.references())),
            Route("/_control/states", lambda request: told_states(office.store.states())),
        ],
        lifespan=lifespan,
    )
    app.state.office = office
    return app


def _host_key(path: Path) -> asyncssh.SSHKey:
    """The server's key, the same after every start: whoever wrote it down still trusts it."""
    if not path.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(path)
        path.chmod(0o600)
    return asyncssh.read_private_key(path)


async def _listen(
    folder: Path, host: str, port: int, *, key: asyncssh.SSHKey, password: str
) -> asyncssh.SSHAcceptor:
    class Door(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password_given: str) -> bool:
            return (username, password_given) == (USER, password)

    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(chan, chroot=os.fsencode(folder))

    return await asyncssh.listen(
        host, port, server_factory=Door, server_host_keys=[key], sftp_factory=Files, config=None
    )


def show(request: Request) -> Response:
    """What lies where, and the newest messages."""
    office: Office = request.app.state.office
    rows = "".join(
        f"<tr><td>{escape(reference)}<td>{escape(kind)}<td>{escape(job)}"
        for reference, kind, job in office.store.newest()
    )
    counts = ", ".join(
        f"{name}: {len(list((office.folder / name).iterdir()))}" for name in ("out", "taken", "in")
    )
    table = f"<table><tr><th>Reference<th>Kind<th>Job</tr>{rows}</table>"
    return page("File office (simulated)", f"<p>Files {escape(counts)}</p>{table}")


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
            "sftp_port": request.app.state.sftp_port,
            "host_key": request.app.state.host_key,
            "pace": office.pace,
            "switches": asdict(office.switches),
            **office.store.counts(),
        }
    )
