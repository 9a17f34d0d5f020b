"""Tells mails of machines from those of people: out-of-office notes, receipts, and what came back.

A machine's mail moves nothing. One that says for good that our mail did not arrive (RFC 3464, or what
mail servers wrote before it) puts the message before a human; one that says "not yet" does not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Final

from mysmartcity.lib.text import one_line, readable

_ROBOT_HEADERS: Final = ("X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "X-Auto-Reply-From")
_SUPPRESSED: Final = frozenset({"all", "autoreply", "oof"})
_ROBOT_SUBJECT: Final = re.compile(
    r"^\s*((re|fw|fwd|antw)\s*:\s*)*"
    r"(auto(matic|mated)?[\s-]*(reply|response|answer|acknowledge?ment)|auto\s*:|out of (the )?office|"
    r"(i am |i'm )?(away|absent) from (the |my )?(office|desk)|on (annual |sick |maternity )?leave\b|"
    r"out(o|omatiese)[\s-]*(antwoord|reaksie|boodskap)|(ek is )?(buite|uit|weg van) (die )?kantoor|"
    r"nie (in die|op) kantoor|afwesig|(met|op) (siek)?verlof\b)",
    re.IGNORECASE,
)
_RETURN_SUBJECT: Final = re.compile(
    r"undeliver|returned mail|mail delivery|delivery (status )?(notification|failure|incomplete)|"
    r"delivery has failed|"
    r"failure notice|could not be delivered|message delayed|delayed mail|onbestelbaar",
    re.IGNORECASE,
)
_NOT_YET: Final = re.compile(
    r"\bdelayed\b|not yet been delivered|will (continue|keep) (to try|trying)|"
    r"this is a warning message only|do not need to (resend|retry)|vertraag",
    re.IGNORECASE,
)
_SAYS_WHY: Final = re.compile(
    r"^.*\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b.*$|^.*\b5\d\d \S.*$", re.MULTILINE
)
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,180}>")
MOST_IDS: Final = 30


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that came back. `is_final`: it will not arrive; else it is late, or has arrived."""

    is_final: bool
    reason: str
    recipients: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    """Of the mails that it returns."""


def is_automatic(mail: EmailMessage) -> bool:
    """Out-of-office and other robots (RFC 3834, and what mail programs did before it)."""
    submitted = _header(mail, "Auto-Submitted") or "no"
    if not submitted.startswith("no"):
        return True
    suppressed = set(re.split(r"[\s,]+", _header(mail, "X-Auto-Response-Suppress")))
    if suppressed & _SUPPRESSED or any(mail[name] for name in _ROBOT_HEADERS):
        return True
    if _header(mail, "Precedence") in ("auto_reply", "auto-reply", "bulk", "junk", "list"):
        return True
    # A null sender says "answer this to nobody", which people's mails never do.
    is_nobody = _header(mail, "Return-Path") == "<>"
    is_report = mail.get_content_type() == "multipart/report"  # a receipt, when it is no bounce
    return is_nobody or is_report or bool(_ROBOT_SUBJECT.search(str(mail["Subject"] or "")))


def bounce_of(mail: EmailMessage, words: str) -> Bounce | None:
    """What a mail says about one of ours that came back; None when it speaks of none."""
    reports = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    if reports:
        return _by_report(mail, reports, words)
    if not _looks_returned(mail):
        return None
    is_final = not _NOT_YET.search(f"{mail['Subject'] or ''}\n{words[:2000]}")
    failed = _header(mail, "X-Failed-Recipients")
    return Bounce(
        is_final=is_final,
        reason=_reason(words),
        recipients=tuple(filter(None, re.split(r"[\s,]+", failed))),
        message_ids=_returned_ids(mail),
    )


def message_ids(mail: Message, *names: str) -> tuple[str, ...]:
    """The Message-IDs in these headers, the first ones where there are very many."""
    text = " ".join(str(value) for name in names for value in mail.get_all(name, []))
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(text[:20_000])))[:MOST_IDS]


def _looks_returned(mail: EmailMessage) -> bool:
    sender = parseaddr(str(mail["From"] or ""))[1].lower().partition("@")[0]
    if sender == "mailer-daemon" or mail["X-Failed-Recipients"]:
        return True
    is_nobody = _header(mail, "Return-Path") == "<>" or sender == "postmaster"
    return is_nobody and bool(_RETURN_SUBJECT.search(str(mail["Subject"] or "")))


def _by_report(mail: EmailMessage, reports: Sequence[Message], words: str) -> Bounce:
    """By the fields of RFC 3464; where several recipients are told of, those who failed count."""
    blocks = [block for report in reports for block in _blocks(report)]
    told = [block for block in blocks if block["Action"]]
    failed = [block for block in told if _plain(block["Action"]) == "failed"]
    best = next(iter(failed or told), None)
    code = _plain(best["Diagnostic-Code"]).partition(";")[2] if best is not None else ""
    status = _plain(best["Status"]) if best is not None else ""
    reason = " ".join(filter(None, (status, code.strip()))) or _reason(words)
    recipients = [
        _plain(block["Final-Recipient"] or block["Original-Recipient"]).partition(";")[2].strip()
        for block in failed
    ]
    return Bounce(
        is_final=bool(failed),
        reason=one_line(readable(reason))[:300],
        recipients=tuple(filter(None, recipients)),
        message_ids=_returned_ids(mail),
    )


def _blocks(report: Message) -> Iterator[Message]:
    payload = report.get_payload()
    return (
        (one for one in payload if isinstance(one, Message))
        if isinstance(payload, list)
        else iter(())
    )


def _plain(value: object) -> str:
    return one_line(str(value or "")).lower()


def _reason(words: str) -> str:
    """The line with the server's code, else the beginning."""
    found = _SAYS_WHY.search(words[:5000])
    return one_line(readable(found[0] if found else words))[:300]


def _returned_ids(mail: EmailMessage) -> tuple[str, ...]:
    """From the returned mail, or its headers, or its text where an old server pasted it."""
    found: list[str] = []
    for part in mail.walk():
        if part is mail:
            continue
        if part.get_content_type() == "text/rfc822-headers" or not part.is_multipart():
            payload = part.get_payload(decode=True)
            text = payload[:50_000].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            found += re.findall(
                r"^Message-ID:\s*(<[^<>\s]{3,180}>)", text, re.IGNORECASE | re.MULTILINE
            )
        found += message_ids(part, "Message-ID")
    if not mail.is_multipart():
        payload = mail.get_payload(decode=True)
        text = payload[:50_000].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        found += re.findall(
            r"^[> ]*Message-ID:\s*(<[^<>\s]{3,180}>)", text, re.IGNORECASE | re.MULTILINE
        )
    return tuple(dict.fromkeys(found))[:MOST_IDS]


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail[name] or "").strip().lower()
