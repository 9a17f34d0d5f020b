"""Turns a message into a mail: the facts in the order in which call centres and councillors ask.

Reference, what and when; where; the answers (pole number, meter); the words; photos; how to answer.
No sending here (client.py), no reading of replies (inbound.py).
"""

import hashlib
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Final

import jinja2
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mysmartcity.connectors.contract import Message
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.lib import clock, photos
from mysmartcity.lib.text import one_line

ATTACHED_PHOTOS = 2
"""Two pictures of about 300 kB: many offices' mailboxes refuse more than a few megabytes."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_TEXT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=False,  # noqa: S701  # plain text: nothing reads it as HTML
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_HTML = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_SUBJECTS: Final = {
    DeliveryKind.CREATE: "[{reference}] {category}: {place}",
    DeliveryKind.COMMENT: "Re: [{reference}] {category}: more facts",
    DeliveryKind.PHOTO: "Re: [{reference}] {category}: a photo",
    DeliveryKind.NOT_FIXED: "Re: [{reference}] {category}: NOT FIXED, says the resident",
    DeliveryKind.WITHDRAWN: "Re: [{reference}] {category}: withdrawn",
}


def reply_address(message: Message) -> str:
    """Where the office answers: our mailbox with the reference and the secret of this handover."""
    local, _, domain = settings.REPLY_ADDRESS.rpartition("@")
    return f"{local}+{message.reference}.{message.reply_token}@{domain}"


def message_id(key: str) -> str:
    """The Message-ID of the mail with this key: the same however often it is made."""
    domain = settings.REPLY_ADDRESS.rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def mail_of(message: Message, *, to: str, cc: tuple[str, ...] = ()) -> EmailMultiAlternatives:
    """The whole mail, text and HTML, with headers that no resident's words can break."""
    facts = facts_of(message)
    name = "create" if message.kind == DeliveryKind.CREATE else "follow_up"
    subject = _SUBJECTS[message.kind].format(
        reference=message.reference,
        category=message.category_name,
        place=message.address or message.place_name or f"{message.lat:.5f}, {message.lng:.5f}",
    )
    headers = {
        "Message-ID": message_id(message.key),
        "X-My-Smart-City-Reference": message.reference,
        # The envelope's sender is the reply address, so that a bounce comes to us with its token.
        "From": settings.DEFAULT_FROM_EMAIL,
    }
    if message.kind != DeliveryKind.CREATE:
        headers["In-Reply-To"] = headers["References"] = message_id(message.thread_key)
    mail = EmailMultiAlternatives(
        subject=one_line(subject)[:150],
        body=_TEXT.get_template(f"{name}.txt").render(facts),
        from_email=reply_address(message),
        to=[one_line(to)],
        cc=[one_line(address) for address in cc],
        reply_to=[reply_address(message)],
        headers=headers,
    )
    mail.attach_alternative(_HTML.get_template(f"{name}.html").render(facts), "text/html")
    for number, digest in enumerate(message.photo_digests[:ATTACHED_PHOTOS], start=1):
        # A photo that can't be read must not hold the mail up; its link stands in the text.
        with suppress(OSError, ValueError):
            picture = photos.as_jpeg(digest)
            mail.attach(f"{message.reference}-{number}.jpg", picture, "image/jpeg")
    return mail


def facts_of(message: Message) -> dict[str, object]:
    """What the templates show."""
    return {
        "m": message,
        "when": message.reported_at.astimezone(clock.CITY_ZONE).strftime("%Y-%m-%d %H:%M"),
        "map_url": f"https://www.openstreetmap.org/?mlat={message.lat:.6f}&mlon={message.lng:.6f}"
        f"#map=18/{message.lat:.6f}/{message.lng:.6f}",
        "point": f"{message.lat:.6f}, {message.lng:.6f}",
        "opening": _opening(message),
        "signature": parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or "My Smart City",
        "reply_to": reply_address(message),
    }


def _opening(message: Message) -> str:
    theirs = f" (your reference {message.body_reference})" if message.body_reference else ""
    sentences = {
        DeliveryKind.CREATE: f"A resident reported this to {message.body_name}.",
        DeliveryKind.COMMENT: f"There is more to say about {message.reference}{theirs}.",
        DeliveryKind.PHOTO: f"There is another photo for {message.reference}{theirs}.",
        DeliveryKind.NOT_FIXED: f"You reported {message.reference}{theirs} as fixed. "
        "A resident was there and says that it is not fixed. Please look at it again.",
        DeliveryKind.WITHDRAWN: f"The resident took {message.reference}{theirs} back. "
        "You do not have to do anything more.",
    }
    return sentences[message.kind]
