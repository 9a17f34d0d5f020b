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
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any, Final

from mysmartcity.lib import clock, ids
from mysmartcity.lib.text import one_line, readable

MAX_PARTS = 60
"""Real mails have a handful; deep nesting is an attack on the parser."""

MAX_WORDS = 20_000

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
_NAMED_NUMBER = re.compile(
    r"\b(?:our\s+|your\s+)?(?:ref(?:erence)?|case|ticket|job\s?card|notification|sr|fault|"
    r"(?:job|call|log|complaint|incident|order)(?=\s*(?:no|num|nr|ref|#)))"
    r"\W{0,2}(?:(?:number|num|nr|no|id)\b)?\W{0,3}(?:(?:is|was)\b)?\W{0,3}" + _NUMBER,
    re.IGNORECASE,
)
_LONE_NUMBER = re.compile(r"^\W*" + _NUMBER + r"\W*$", re.IGNORECASE)
_DATED_NUMBER = re.compile(r"(?<![\w/])([A-Z]?\d{6}/\d{1,5})(?![\w/])")
_PHONE = re.compile(r"^0\d{9}$")
_NOT_YET = re.compile(
    r"(\bnot|n['’]t|\bnever|\bno|\bcannot|\bwill|\bshall|\bto be|\bwhen|\bonce|\buntil|\bbefore|\bif|"
    r"\bunless|\bstill)(\s+\w+){0,4}\s*$",
    re.IGNORECASE,
)
_QUOTE_HEAD = re.compile(
    r"^\s*(>|-{2,}\s*(original message|oorspronklike boodskap|forwarded message)|_{20,}|"
    r"(on|op)\b.{0,300}\b(wrote|geskryf)\s*:\s*$|(from|van)\s*:.{0,200}$)",
    re.IGNORECASE,
)
_SPLIT_HEAD = re.compile(r"^\s*(on|op)\b.{5,200}$", re.IGNORECASE)


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
    is_bounce: bool


def parse(raw: bytes) -> InboundMail:
    """Take a raw mail apart. Raises Unreadable."""
    if raw.lower().count(b"boundary=") > MAX_PARTS:
        raise Unreadable("The mail has too many parts.")
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        is_bounce = _is_bounce(mail)
        words = _words(mail)
        fresh = words if is_bounce else without_quotes(words)
        return InboundMail(
            message_id=_message_id(mail, raw),
            reply_token=_token(mail, raw, is_bounce=is_bounce),
            sender=one_line(str(mail["From"] or ""))[:200],
            subject=one_line(str(mail["Subject"] or ""))[:200],
            words=fresh[:MAX_WORDS],
            body_reference="" if is_bounce else find_reference(fresh),
            happened_at=_date(mail),
            is_automatic=is_bounce or _is_automatic(mail),
            is_bounce=is_bounce,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The standard library's parser meets forged headers with all of these.
        raise Unreadable(f"The mail can't be read: {type(error).__name__}.") from error


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
    first_line = words.strip().split("\n", 1)[0]
    candidates = [found[1] for found in _NAMED_NUMBER.finditer(words)]
    candidates += [found[1] for found in [_LONE_NUMBER.match(first_line)] if found]
    candidates += [found[1] for found in _DATED_NUMBER.finditer(words)]
    for candidate in candidates:
        is_ours = ids.read_reference(candidate) is not None
        if not is_ours and not _PHONE.match(candidate):
            return candidate.strip("-/")
    return ""


def without_quotes(words: str) -> str:
    """What the sender wrote, without the mail they answered."""
    lines = words.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        is_split = _SPLIT_HEAD.match(line) and re.search(r"\b(wrote|geskryf)\s*:\s*$", following)
        if is_split or (_QUOTE_HEAD.match(line) and any(text.strip() for text in kept)):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


# --- Parts of a mail ------------------------------------------------------------------------------


def _message_id(mail: EmailMessage, raw: bytes) -> str:
    given = one_line(str(mail["Message-ID"] or ""))
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


def _is_bounce(mail: EmailMessage) -> bool:
    sender = str(mail["From"] or "").lower()
    is_report = mail.get_content_type() == "multipart/report"
    return is_report or "mailer-daemon@" in sender or str(mail["Return-Path"] or "") == "<>"


def _is_automatic(mail: EmailMessage) -> bool:
    """Out-of-office and other robots (RFC 3834, and what mail programs did before it)."""
    submitted = str(mail["Auto-Submitted"] or "no").strip().lower()
    if not submitted.startswith("no"):
        return True
    if mail["X-Autoreply"] or mail["X-Autorespond"] or mail["X-Auto-Response-Suppress"] == "All":
        return True
    if str(mail["Precedence"] or "").strip().lower() in ("auto_reply", "bulk", "junk", "list"):
        return True
    subject = str(mail["Subject"] or "").lower()
    return bool(re.match(r"\s*(automatic reply|auto:|out of office|outomatiese antwoord)", subject))


def _words(mail: EmailMessage) -> str:
    """The plain text, or the HTML turned into text."""
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    text = _decoded(part)
    return readable(_html_to_text(text) if part.get_content_type() == "text/html" else text)


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("utf-8", "replace")


class _Text(HTMLParser):
    """Keeps what a reader would see, with a line break where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A quote's start stands for the whole quoted mail; the text cutter stops there."""
        if tag in ("script", "style", "head", "title"):
            self._hidden += 1
        elif tag == "blockquote":
            self.pieces.append("\n-- original message --\n")
        elif tag in ("br", "p", "div", "tr", "li", "hr"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Blocks end with a line break."""
        if tag in ("script", "style", "head", "title"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("p", "div", "tr", "li"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Text that is shown."""
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _html_to_text(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
