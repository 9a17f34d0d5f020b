"""Reads an office's reply: whose it is, the office's own reference, the words, and what they mean.

Everything in a mail is hostile: sizes are capped, charsets may be wrong, HTML is only ever turned into
text. Whose issue it is says the secret in the reply address alone, never the reference: that one is
public. Mailboxes are in boxes.py; what follows from a reply is decided in connectors/actions.
"""

import email
import email.policy
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, Final

from mysmartcity.connectors.systems.mail.automatic import (
    Bounce,
    bounce_of,
    is_automatic,
    message_ids,
)
from mysmartcity.connectors.systems.mail.words import without_quotes, words_of
from mysmartcity.lib import clock, ids
from mysmartcity.lib.text import one_line, readable

MAX_PARTS = 60
"""Real mails have a handful; deep nesting is an attack on the parser."""

MAX_WORDS = 20_000

MOST_PICTURES: Final = 3
SMALLEST_PICTURE: Final = 15_000
"""Smaller ones are logos under signatures."""

ANYBODYS: Final = frozenset(
    {
        "absamail.co.za",
        "gmail.com",
        "googlemail.com",
        "hotmail.com",
        "iafrica.com",
        "icloud.com",
        "live.com",
        "mweb.co.za",
        "outlook.com",
        "telkomsa.net",
        "vodamail.co.za",
        "webmail.co.za",
        "yahoo.co.za",
        "yahoo.com",
    }
)
"""Domains in which anybody can have an address: some small offices do."""

DEFAULT_PHRASES: Final = (
    (
        "declined:not_ours",
        "not our|not ours|belongs to|not responsible|outside our area|not under our",
    ),
    ("declined:duplicate", "already reported|duplicate of|logged before"),
    (
        "reported_fixed",
        "repaired|fixed|completed|resolved|attended to and closed|job closed|restored|replaced|removed",
    ),
    ("on_hold", "on hold|awaiting|waiting for|no stock|out of stock|no material"),
    ("in_progress", "busy with|working on|on site|in progress|started|are attending"),
    ("scheduled", "scheduled|assigned|allocated|planned|team|crew|technician|dispatched"),
)
"""What an office's words mean where the connection has no `phrases` of its own; the first row wins.

Plain words with `|` between them, not regular expressions: the table is edited by people.
"""

_TOKEN = re.compile(r"\+([A-Z]{3}-[0-9A-Z]{6})\.([0-9a-f]{16,64})@", re.IGNORECASE)
_ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "Resent-To")
_NUMBER = r"([A-Z]{0,5}[-/]?\d{4,12}(?:[-/]\d{1,6})?)(?![\w@])"
_SPACED = re.compile(r"(?<![\w/])([A-Z]?) ?(\d{6}) ?/ ?(\d{1,5})(?![\w/])")
_NAMED_NUMBER = re.compile(
    r"\b(?:our\s+|your\s+)?(?:ref(?:erence)?|verw(?:ysing)?(?:s?nommer)?|inombolo(?:\s+yereferensi)?|case|ticket|job\s?card|notification|sr|fault|"
    r"(?:job|call|log|complaint|incident|order)(?=\s*(?:no|num|nr|ref|#)))"
    r"\W{0,2}(?:(?:number|num|nr|no|id)\b)?\W{0,3}(?:(?:is|was)\b)?\W{0,3}" + _NUMBER,
    re.IGNORECASE,
)
_LONE_NUMBER = re.compile(r"^\W*" + _NUMBER + r"\W*$", re.IGNORECASE)
_DATED_NUMBER = re.compile(r"(?<![\w/])([A-Z]?\d{6}/\d{1,5})(?![\w/])")
_LONG_NUMBER = re.compile(r"(?<![\w+/-])(9\d{9})(?![\w@/-])")
"""Cape Town's notifications, which no phone number looks like."""

_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]+@[^\s<>()\[\]\",;:@]+")
_PHONE = re.compile(r"^0\d{9}$")
_NOT_YET = re.compile(
    r"(\bnot|n['’]t|\bnever|\bno|\bcannot|\bwill|\bshall|\bto be|\bwhen|\bonce|\buntil|\bbefore|\bif|"
    r"\bunless|\bstill)(\s+\w+){0,4}\s*$",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """A mail that can't be taken apart; it is put aside for a human."""


@dataclass(frozen=True)
class InboundMail:
    """What one mail says. `reply_token` is "" when it was not sent to a reply address of ours."""

    message_id: str
    reply_token: str
    sender: str
    subject: str
    words: str
    body_reference: str
    happened_at: datetime
    is_automatic: bool
    bounce: Bounce | None = None
    answers: tuple[str, ...] = ()
    """The Message-IDs that it answers, by In-Reply-To and References."""
    our_references: tuple[str, ...] = ()
    """Our public references in its subject and text, quoted text too. They prove nothing."""
    pictures: tuple[bytes, ...] = ()
    senders: tuple[str, ...] = ()
    """Everything in the sender's line that looks like an address, as it was written."""

    @property
    def is_bounce(self) -> bool:
        """Whether it speaks of a mail of ours that came back."""
        return self.bounce is not None


def parse(raw: bytes) -> InboundMail:
    """Take a raw mail apart. Raises Unreadable."""
    if raw.lower().count(b"boundary=") > MAX_PARTS:
        raise Unreadable("The mail has too many parts.")
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        words = words_of(mail)
        bounce = bounce_of(mail, words)
        is_bounce = bounce is not None
        fresh = words if is_bounce else without_quotes(words)
        subject = _header(mail, "Subject")[:200]
        return InboundMail(
            message_id=_message_id(mail, raw),
            reply_token=_token(mail, raw, is_bounce=is_bounce),
            sender=_header(mail, "From")[:200],
            subject=subject,
            words=fresh[:MAX_WORDS],
            body_reference="" if is_bounce else find_reference(fresh),
            happened_at=_date(mail),
            is_automatic=is_bounce or is_automatic(mail),
            bounce=bounce,
            answers=message_ids(mail, "In-Reply-To", "References"),
            our_references=tuple(_our_references(f"{subject}\n{words[:MAX_WORDS]}")),
            pictures=() if is_bounce else tuple(_pictures(mail)),
            senders=tuple(_senders(mail)),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The standard library's parser meets forged headers with all of these.
        raise Unreadable(f"The mail can't be read: {type(error).__name__}.") from error


def is_from_office(mail: InboundMail, settings: Mapping[str, Any]) -> bool:
    """Whether the sender's address lies in the domain of the office's own (settings `to` and `cc`).

    Where that domain is one that anybody can have an address in, the whole address must be the same.
    A sender of several addresses (“calls@office.example <x@evil.example>”) is the office's when all are.
    """
    offices = [str(settings.get("to") or ""), *map(str, settings.get("cc") or ())]
    addresses = {parseaddr(one)[1].lower() for one in offices} - {""}
    domains = {one.rpartition("@")[2] for one in addresses} - ANYBODYS
    return bool(mail.senders) and all(
        one in addresses or one.rpartition("@")[2] in domains for one in mail.senders
    )


def status_of(words: str, settings: Mapping[str, Any]) -> str:
    """The status that plain words speak of, or "" when they speak of none.

    “Will be repaired” and “not yet repaired” do not count as repaired.
    """
    table: Iterable[Any] = settings.get("phrases") or DEFAULT_PHRASES
    text = " ".join(words.split())
    for status, phrases in table:
        if any(_is_said(phrase.strip(), text) for phrase in str(phrases).split("|")):
            return str(status)
    return ""


def _is_said(phrase: str, text: str) -> bool:
    if not phrase:
        return False
    pattern = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
    for found in pattern.finditer(text):
        sentence = re.split(r"[.!?;\n]", text[max(0, found.start() - 80) : found.start()])[-1]
        # “Not ours” says no by itself; only what stands before the phrase can turn it round.
        if not _NOT_YET.search(sentence):
            return True
    return False


def find_reference(words: str) -> str:
    """The office's own reference number in its words; "" when there is none."""
    # eThekwini: “F 231004 / 107” and “F231004/107” are one number.
    words = _SPACED.sub(lambda found: f"{found[1]}{found[2]}/{found[3]}", words)
    first_line = words.strip().split("\n", 1)[0]
    candidates = [found[1] for found in _NAMED_NUMBER.finditer(words)]
    candidates += [found[1] for found in [_LONE_NUMBER.match(first_line)] if found]
    candidates += [found[1] for found in _DATED_NUMBER.finditer(words)]
    candidates += [found[1] for found in _LONG_NUMBER.finditer(words)]
    for candidate in candidates:
        is_ours = ids.read_reference(candidate) is not None
        if not is_ours and not _PHONE.match(candidate):
            return candidate.strip("-/")
    return ""


# --- Parts of a mail ------------------------------------------------------------------------------


def _message_id(mail: EmailMessage, raw: bytes) -> str:
    given = _header(mail, "Message-ID")
    return given if 3 < len(given) <= 190 else hashlib.sha256(raw).hexdigest()


def _token(mail: EmailMessage, raw: bytes, *, is_bounce: bool) -> str:
    """The secret of the reply address; a bounce carries it in the mail it returns."""
    addressed = [str(value) for name in _ADDRESSED for value in mail.get_all(name, [])]
    if is_bounce:
        addressed.append(raw.decode("ascii", "replace"))
    found = _TOKEN.search("\n".join(addressed))
    return found[2].lower() if found else ""


def _date(mail: EmailMessage) -> datetime:
    """When it was written; now, if the header is missing, broken or ahead of us."""
    now = clock.now()
    try:
        written = parsedate_to_datetime(str(mail["Date"] or ""))
    except (ValueError, TypeError, IndexError):
        return now
    aware = written if written.tzinfo is not None else written.replace(tzinfo=UTC)
    return min(aware.astimezone(UTC), now)


def _header(mail: EmailMessage, name: str) -> str:
    """A header as one line that the database takes: forged ones hold lone surrogates."""
    return one_line(readable(str(mail[name] or "")))


def _senders(mail: EmailMessage) -> Iterable[str]:
    """Out of the raw line: the parser keeps one address of several, and not always the real one."""
    lines = [str(value) for name, value in mail.raw_items() if name.lower() == "from"]
    return [found.lower() for found in _ADDRESS.findall("\n".join(lines)[:2000])]


def _our_references(text: str) -> Iterable[str]:
    return list(dict.fromkeys(ids.find_references(text.upper())))[:5]


def _pictures(mail: EmailMessage) -> Iterable[bytes]:
    """The attached photos, not the logos. What they are says the photo pipeline alone."""
    found = []
    for part in mail.walk():
        payload = part.get_payload(decode=True) if part.get_content_maintype() == "image" else None
        if isinstance(payload, bytes) and len(payload) >= SMALLEST_PICTURE:
            found.append(payload)
    return found[:MOST_PICTURES]
