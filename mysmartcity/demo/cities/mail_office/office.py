"""The simulated office at work: takes mail from the SMTP server, and sends its answers when due.

What it says is in `clerk.py`, how a mail looks in `letters.py`, what it remembers in `store.py`.
"""

import asyncio
import mailbox
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from mysmartcity.demo.cities.mail_office import clerk, letters
from mysmartcity.demo.cities.mail_office.store import Due, Store
from mysmartcity.lib import clock

_LOOK_EVERY_SECONDS = 0.1
_MAX_BYTES = 35_000_000


class BadSwitch(ValueError):
    """A switch or a value that does not exist; the text names it."""


@dataclass
class Switches:
    """All off at the start. `latency` in seconds before a mail is taken; `refuse` answers 451 or
    550 instead; `drop_after_accept` keeps the mail and cuts the line without an answer;
    `lose_answers` never sends them; `double_answers` sends each twice; `auto_reply` sends a notice
    of a machine first; `plain_address` answers to our mailbox without the secret part; `bounce` takes a
    mail and sends it back.
    """

    latency: float = 0.0
    refuse: int | None = None
    drop_after_accept: bool = False
    lose_answers: bool = False
    double_answers: bool = False
    auto_reply: bool = False
    plain_address: bool = False
    bounce: bool = False

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named switches, all or none. Raises BadSwitch."""
        names = {one.name for one in fields(self)}
        for name, value in wanted.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if name == "latency":
                is_fine = is_number and 0 <= value < 600
            elif name == "refuse":
                is_fine = value in (451, 550, None)
            else:
                is_fine = name in names and isinstance(value, bool)
            if not is_fine:
                raise BadSwitch(f"{name} can't be {value!r}.")
        for name, value in wanted.items():
            setattr(self, name, value)


@dataclass
class Office:
    """All offices under one mail domain. `pace` is seconds from a mail to "repaired"."""

    store: Store
    reply_maildir: Path
    pace: float
    office_domain: str
    switches: Switches = field(default_factory=Switches)

    def is_office(self, address: str) -> bool:
        """Whether an address belongs to an office; every other one is somebody's inbox."""
        domain = address.rpartition("@")[2].lower()
        return domain == self.office_domain or domain.endswith(f".{self.office_domain}")

    def take(self, raw: bytes, recipients: list[str]) -> None:
        """Keep a mail in each recipient's box; an office plans its answers in the same step."""
        letter = letters.read(raw)
        now = clock.now().timestamp()
        with self.store.writing():
            for address in dict.fromkeys(one.lower() for one in recipients):
                box = "office" if self.is_office(address) else "inbox"
                mail_id = self.store.add(letter, box=box, recipient=address, raw=raw, now=now)
                if mail_id is None or box != "office" or not letter.reply_to:
                    continue
                if self.switches.bounce:
                    returned = letters.returned(letter, office=address, number=mail_id)
                    mailbox.Maildir(self.reply_maildir, create=True).add(returned)
                else:
                    self._plan(letter, mail_id=mail_id, office=address, now=now)

    def _plan(self, letter: letters.Letter, *, mail_id: int, office: str, now: float) -> None:
        reference = letter.reference or letter.message_id
        number = self.store.job_number(office, reference)
        kind = clerk.kind_of(letter.subject, is_follow_up=letter.is_follow_up)
        if kind in (clerk.Kind.NOT_FIXED, clerk.Kind.WITHDRAWN):
            self.store.forget_plans(reference)
        planned = clerk.answers(
            kind,
            number=str(number),
            text=letter.text,
            pace=self.pace,
            has_auto_reply=self.switches.auto_reply,
        )
        self.store.plan(mail_id, reference, planned, now=now)

    async def work(self) -> None:
        """Run until cancelled: send what is due."""
        while True:
            for due in self.store.due(clock.now().timestamp()):
                await asyncio.to_thread(self._send, due)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def _send(self, due: Due) -> None:
        """Into the Maildir first, then marked: a kill in between sends the same Message-ID twice."""
        if self.switches.lose_answers:
            self.store.finish(due.answer_id, outcome="lost")
            return
        asked = self.store.mails(mail_id=due.mail_id)[0]
        try:
            letter = letters.read(asked.raw)
            if self.switches.plain_address:
                letter = replace(letter, reply_to=re.sub(r"\+[^@]*@", "@", letter.reply_to))
            raw = letters.answer(
                letter,
                office=asked.recipient,
                words=due.words,
                number=due.answer_id,
                at=clock.now(),
                is_automatic=due.is_automatic,
            )
        except (ValueError, LookupError, TypeError) as error:
            # A forged mail must not stop the answers to all others.
            self.store.finish(due.answer_id, outcome=f"can't be written: {type(error).__name__}")
            return
        box = mailbox.Maildir(self.reply_maildir, create=True)
        for _ in range(2 if self.switches.double_answers else 1):
            box.add(raw)
        self.store.finish(due.answer_id, outcome="sent")


class Reception:
    """What the SMTP server does with a mail. The method's name is aiosmtpd's."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail before saying so."""
        switches = self._office.switches
        if switches.latency:
            await asyncio.sleep(switches.latency)
        if switches.refuse:
            word = "Try again later" if switches.refuse == 451 else "No such mailbox"
            return f"{switches.refuse} {word}"
        content = envelope.original_content or b""
        self._office.take(content, list(envelope.rcpt_tos))
        if switches.drop_after_accept and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 Kept"


async def listen(office: Office, *, host: str, port: int) -> asyncio.Server:
    """The SMTP server, listening; with port 0 on any free one."""
    reception = Reception(office)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(
            reception,
            data_size_limit=_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname="mail.demo.invalid",
            ident="simulated mail office",
            loop=loop,
        ),
        host,
        port,
    )
