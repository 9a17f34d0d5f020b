"""Pages for visitors of the demo: the office's mail with its answers, and the residents' inbox."""

import re
from datetime import datetime
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from mysmartcity.demo.cities.mail_office.office import Office
from mysmartcity.demo.cities.mail_office.store import StoredMail
from mysmartcity.demo.cities.serving import page
from mysmartcity.lib.clock import CITY_ZONE

_MENU = '<p><a href="/">Office mail</a> · <a href="/inbox">Mail to residents</a></p>'


def show_office(request: Request) -> HTMLResponse:
    """Mail to offices, newest first, with what was answered."""
    office: Office = request.app.state.office
    rows = "".join(_office_row(office, mail) for mail in office.store.mails(box="office"))
    table = (
        "<table><thead><tr><th>Received</th><th>Mail</th><th>Answers</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    intro = (
        "<p>This is a simulation. Mail to offices arrives here, and answers are written as a "
        "person would. The page loads again every 10 seconds.</p>"
    )
    body = _MENU + intro + (table if rows else "<p>No mail yet.</p>")
    return page("Simulated mail office", body, refresh_seconds=10)


def show_inbox(request: Request) -> HTMLResponse:
    """Mail to everybody else: sign-in codes and notices of the demo's residents."""
    office: Office = request.app.state.office
    mails = office.store.mails(box="inbox", recipient=request.query_params.get("to", ""))
    rows = "".join(
        f"<tr><td>{_time(mail.received_at)}</td><td><b>{escape(mail.recipient)}</b><br>"
        f'<a href="/mail/{mail.mail_id}">{escape(mail.subject or "no subject")}</a>'
        f"<pre>{_with_links(mail.text)}</pre></td></tr>"
        for mail in mails
    )
    intro = (
        "<p>Every mail that the demo sends to residents and staff. Nothing leaves this machine.</p>"
    )
    body = (
        _MENU + intro + (f"<table><tbody>{rows}</tbody></table>" if rows else "<p>No mail yet.</p>")
    )
    return page("Mail to residents", body, refresh_seconds=10)


def show_mail(request: Request) -> Response:
    """One mail: its text, and its source as it came."""
    office: Office = request.app.state.office
    found = office.store.mails(mail_id=request.path_params["mail_id"])
    if not found:
        return PlainTextResponse("There is no such mail.", 404)
    mail = found[0]
    source = mail.raw[:200_000].decode("utf-8", "replace")
    body = (
        f"{_MENU}<p>From {escape(mail.sender)} to {escape(mail.recipient)}, "
        f"{_time(mail.received_at)}</p><pre>{_with_links(mail.text)}</pre>"
        f"<details><summary>Source</summary><pre>{escape(source)}</pre></details>"
    )
    return page(mail.subject or "no subject", body)


def _office_row(office: Office, mail: StoredMail) -> str:
    answers = "".join(
        f"<li>{_time(one.due_at)} ({escape(one.done or 'to come')})<pre>{escape(one.words)}</pre></li>"
        for one in office.store.answers_to(mail.mail_id)
    )
    return (
        f"<tr><td>{_time(mail.received_at)}</td><td>{escape(mail.recipient)}<br>"
        f'<a href="/mail/{mail.mail_id}">{escape(mail.subject or "no subject")}</a></td>'
        f"<td><ul>{answers}</ul></td></tr>"
    )


def _with_links(text: str) -> str:
    """Escaped text in which web addresses can be followed."""
    return re.sub(
        r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]",
        lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>',
        escape(text, quote=False),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, CITY_ZONE).strftime("%d %b %H:%M:%S")
