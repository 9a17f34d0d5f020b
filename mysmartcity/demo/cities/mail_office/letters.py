"""Takes raw mails apart and writes answers as mail programs do. Pure."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from mysmartcity.lib.clock import CITY_ZONE
from mysmartcity.lib.ids import find_references
from mysmartcity.lib.text import one_line, readable

_QUOTED_LINES = 60


@dataclass(frozen=True)
class Letter:
    """What we need of a mail. `reference` is ours (`CPT-7K3M9Q`), "" when it carries none."""

    message_id: str
    sender: str
    reply_to: str
    subject: str
    reference: str
    is_follow_up: bool
    text: str


def read(raw: bytes) -> Letter:
    """A raw mail; odd parts become empty text rather than an error."""
    mail = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
    subject = _header(mail, "Subject")
    reply_to = _header(mail, "Reply-To") or _header(mail, "From")
    references = find_references(f"{subject} {reply_to}".upper())
    return Letter(
        message_id=_header(mail, "Message-ID"),
        sender=_header(mail, "From"),
        reply_to=parseaddr(reply_to)[1],
        subject=subject,
        reference=references[0] if references else "",
        is_follow_up=bool(_header(mail, "In-Reply-To")),
        text=_text(mail),
    )


def answer(
    letter: Letter,
    *,
    office: str,
    words: str,
    number: int,
    at: datetime,
    is_automatic: bool = False,
) -> bytes:
    """An answer to a letter from the office's address, quoting it below in one of three styles."""
    name, domain = office.partition("@")[::2]
    reply = EmailMessage(policy=email.policy.SMTP)
    reply["From"] = str(Address(_office_name(office), name, domain))
    reply["To"] = letter.reply_to
    reply["Subject"] = _re(letter.subject)
    reply["Date"] = format_datetime(at.astimezone(CITY_ZONE))
    reply["Message-ID"] = f"<answer-{number}@{domain}>"
    if letter.message_id:
        reply["In-Reply-To"] = reply["References"] = letter.message_id
    if is_automatic:
        reply["Auto-Submitted"] = "auto-replied"
        reply.set_content(words + "\n")
        return reply.as_bytes()
    quoted = letter.text.splitlines()[:_QUOTED_LINES]
    if number % 3 == 1:
        head = f"-----Original Message-----\nFrom: {letter.sender}\nSubject: {letter.subject}\n"
        reply.set_content(f"{words}\n\n{head}\n" + "\n".join(quoted) + "\n")
        return reply.as_bytes()
    when = at.astimezone(CITY_ZONE).strftime("%a, %d %b %Y at %H:%M")
    intro = f"On {when}, {letter.sender} wrote:"
    reply.set_content(f"{words}\n\n{intro}\n" + "\n".join(f"> {line}" for line in quoted) + "\n")
    if number % 3 == 2:
        shown = escape(words).replace("\n", "<br>")
        inner = "<br>".join(escape(line) for line in quoted)
        reply.add_alternative(
            f"<p>{shown}</p><p>{escape(intro)}</p><blockquote>{inner}</blockquote>", subtype="html"
        )
    return reply.as_bytes()


def returned(letter: Letter, *, office: str, number: int) -> bytes:
    """A mail that comes back as RFC 3464 has it: for people, for machines, and what it was."""
    mark = f"returned-{number}"
    parts = (
        ("text/plain; charset=utf-8", "Your mail could not be delivered."),
        (
            "message/delivery-status",
            f"Reporting-MTA: dns; mail.demo.invalid\n\nFinal-Recipient: rfc822; {office}\n"
            "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such mailbox\n",
        ),
        (
            "text/rfc822-headers",
            f"Message-ID: {letter.message_id}\nReply-To: {letter.reply_to}\n",
        ),
    )
    body = "".join(f"--{mark}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    head = (
        f"From: MAILER-DAEMON@mail.demo.invalid\nTo: {letter.reply_to}\nReturn-Path: <>\n"
        f"Subject: Undelivered mail returned to sender\nMessage-ID: <{mark}@mail.demo.invalid>\n"
        f"Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"\n\n'
    )
    return f"{head}{body}--{mark}--\n".encode()


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _office_name(address: str) -> str:
    """`roads@joburg.office.demo.invalid` as "Roads, Joburg"."""
    local, domain = address.partition("@")[::2]
    first = domain.split(".")[0]
    parts = [local, first] if first != "office" else [local]
    return ", ".join(part.replace("-", " ").replace(".", " ").title() for part in parts)


def _header(mail: EmailMessage, name: str) -> str:
    return one_line(readable(str(mail.get(name) or "")))


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return readable(str(body.get_content()))
    except (LookupError, ValueError, KeyError):
        return ""
