"""What somebody wrote in a mail: its text, out of HTML where it must be, without the mail they answered.

HTML is only ever turned into text. Charsets may be wrong.
"""

import re
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser
from typing import Final

from mysmartcity.lib.text import readable

_WROTE: Final = r"\b(wrote|geskryf|skryf|skryf het|ubhale|ubhalile)\s*:\s*$"
_QUOTE_HEAD: Final = re.compile(
    r"^\s*\*?("
    r"[-_*=]{2,}\s*(original (message|appointment)|oorspronklike boodskap|forwarded (message|by)|"
    r"aangestuurde boodskap|reply message)|"
    r"begin forwarded message\s*:|_{10,}\s*$|"
    r"-{3,}.{0,80}" + _WROTE + r"|-+\s*.{3,120}\bwrote:\s*-+|"
    r"(on|op|ngo|am)\b.{0,300}" + _WROTE + r"|"
    r".{1,120}<[^<>\s]+@[^<>\s]+>\s*" + _WROTE + r"|"
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}.{0,120}<?[^<>\s]+@[^<>\s]+>?\s*:\s*$"
    r")",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"^\s*\*?\s*(from|van|sender|kuvela ku)\s*:\*?.{0,200}$", re.IGNORECASE)
_UNDER_FROM: Final = re.compile(
    r"^\s*\*?\s*(sent|date|to|subject|cc|gestuur|datum|aan|onderwerp|kuthunyelwe)\s*:",
    re.IGNORECASE,
)
_SPLIT_HEAD: Final = re.compile(r"^\s*(on|op)\b.{5,200}$", re.IGNORECASE)
_DEVICE: Final = re.compile(
    r"^\s*(sent from (my |mail for |outlook for |yahoo mail|samsung)|get outlook for |sent via |"
    r"gestuur (vanaf|van) my )",
    re.IGNORECASE,
)
_QUOTING_TAGS: Final = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|divrplyfwdmsg|appendonsend|protonmail_quote|"
    r"zmail_extra|gmail_attr|outlookmessageheader|reply-intro",
    re.IGNORECASE,
)
_QUOTE_MARK: Final = "\n-- original message --\n"
_HIDDEN: Final = ("script", "style", "head", "title")


def words_of(mail: EmailMessage) -> str:
    """The plain text, or the HTML turned into text where there is no plain text, or an empty one."""
    for kind in ("plain", "html"):
        part = mail.get_body(preferencelist=(kind,))
        if part is None:
            continue
        text = _decoded(part)
        words = readable(html_to_text(text) if part.get_content_type() == "text/html" else text)
        if words:
            return words
    return ""


def without_quotes(words: str) -> str:
    """What the sender wrote, without the mail they answered.

    Written above the quote, the text ends where it begins: mail programs break long quoted lines, and
    what is left of them must not be taken for the sender's. Written below it, what follows the last
    quoted line counts.
    """
    lines = words.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _begins_quote(lines, number):
            if any(text.strip() for text in kept):
                break
            return _below(lines)
        if _DEVICE.match(line) and any(text.strip() for text in kept):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number]
    following = lines[number + 1 : number + 5]
    if line.lstrip().startswith(">") or _QUOTE_HEAD.match(line):
        return True
    if _FROM.match(line):
        return any(_UNDER_FROM.match(text) for text in following)
    return bool(_SPLIT_HEAD.match(line)) and _goes_on_to_wrote(following[:2])


def _goes_on_to_wrote(following: list[str]) -> bool:
    """“On Tue, 24 Nov 2026 at 10:00 X” and, on the next line or the one after, “<x@y> wrote:”."""
    for text in following:
        if not text.strip() or _SPLIT_HEAD.match(text):
            return False
        if re.search(_WROTE, text, re.IGNORECASE):
            return True
    return False


def _below(lines: list[str]) -> str:
    """What stands under a quote whose lines are marked; nothing where they are not."""
    marked = [number for number, line in enumerate(lines) if line.lstrip().startswith(">")]
    if not marked:
        return ""
    rest = lines[marked[-1] + 1 :]
    # What is left of a broken quoted line stands right under it, without an empty line between.
    while rest and rest[0].strip():
        rest.pop(0)
    return "\n".join(rest).strip()


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
        named = " ".join(value or "" for name, value in attrs if name in ("id", "class"))
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "blockquote" or (tag in ("div", "hr") and _QUOTING_TAGS.search(named)):
            self.pieces.append(_QUOTE_MARK)
        elif tag in ("br", "p", "div", "tr", "li", "hr"):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Blocks end with a line break."""
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("p", "div", "tr", "li"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Text that is shown."""
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def html_to_text(html: str) -> str:
    """What a reader of the HTML would see, as lines of text."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
