"""Takes staff out of a body's words before the public reads them: names, mail addresses, phones.

A municipal status text is often a log of who did what. The public needs the what. The raw text is
always kept inside, so this errs on the side of cutting too much.
"""

import re

from django.utils.translation import gettext as _

from mysmartcity.lib.text import readable

MAX_WORDS = 2000

_SIGN_OFF = re.compile(
    r"^\s*(kind regards|best regards|warm regards|regards|yours (sincerely|faithfully|truly)|"
    r"sincerely|many thanks|thanks and regards|vriendelike groete|groete|ozithobayo|enkosi|"
    r"ngiyabonga|--|__+)\s*[,.!]?\s*$",
    re.IGNORECASE,
)
_STAMP = (
    r"\*?\s*(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}[ T]+\d{1,2}:\d{2}(?::\d{2})?(?:\s+[A-Z]{3,4}\b)?"
)
_CALLED = r"(?:\s*(?i:phone|telephone|tel|cell|mobile|fax|ext)\b\.?:?[\s\d+().-]*)*"
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w/])(\+27|0027|0)[\s().-]*\d(?:[\s().-]*\d){7,9}(?![\w/])")
_EXTENSION = re.compile(r"\b(ext|extension|x)\.?\s*\d{3,6}\b", re.IGNORECASE)
_NAME = r"(?:[A-Z][a-z'’-]+|[A-Z]\.?)(?:\s+(?:(?:van|de|der|du|le|von)\s+)*(?:[A-Z][a-z'’-]+|[A-Z]\.)){1,3}"
_ON_ONE_LINE = _NAME.replace(r"\s", "[ ]")
_LOG_HEAD = re.compile(
    # 03.02.2024 10:11:12 SAST John Smith (JSMITH) Phone 021 ...   28.11.2014 11:20:13 G. Dohne (SC_GD1) ...
    # A name in brackets inside the name comes before the user's id in capitals.
    rf"{_STAMP}\s+(?:[^\n]{{1,80}}?\(\s*[A-Z][A-Z0-9_.]{{2,}}\s*\)|[^()\n]{{1,80}}\(\s*\w{{3,}}\s*\)"
    rf"|{_ON_ONE_LINE}(?=\s*(?:$|[:–-]\s)))[ \t]*[:–-]?{_CALLED}",
    re.MULTILINE,
)
"""Where an entry of a log begins, wherever in a line: when, who, and how to ring them."""

_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Cllr|Councillor|Mnr|Mev|Adv|Ald)\b\.?\s+"
    r"[A-Z][\w'’.-]*(?:\s+[A-Z][\w'’-]+)*"
)
_ROLE = (
    r"assigned to|allocated to|dispatched to|escalated to|handed to|given to|forwarded to|"
    r"attended by|completed by|done by|closed by|resolved by|captured by|logged by|updated by|"
    r"reported by|signed by|spoke to|spoke with|contact|contacted|foreman|supervisor|"
    r"technician|official|inspector|engineer|operator|superintendent|attention|name"
)
_NAMED = re.compile(rf"\b(?P<role>(?i:{_ROLE}))(?P<gap>\s*:?\s+)(?P<name>{_NAME})")
_ORGANISATION = re.compile(
    r"\b(city|power|water|eskom|department|depot|district|region|team|crew|council|municipality|"
    r"metro|roads?|parks?|electricity|sanitation|waste|refuse|traffic|stormwater|contractor|works|"
    r"unit|office|branch|services?|area|section|street|avenue|pikitup|sanral|jra|ward|zone)\b",
    re.IGNORECASE,
)


def public_words(raw: str) -> str:
    """What the public may read of a body's words; "" when nothing is left."""
    lines = []
    for line in _LOG_HEAD.sub("\n", readable(raw)).strip().split("\n"):
        if _SIGN_OFF.match(line):
            break
        lines.append(_without_people(line).strip())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1].rstrip() + "…"


def _without_people(line: str) -> str:
    line = _MAIL.sub(_("(address removed)"), line)
    line = _PHONE.sub(_("(number removed)"), line)
    line = _EXTENSION.sub(_("(number removed)"), line)
    line = _TITLE.sub(_("a staff member"), line)
    return _NAMED.sub(_unnamed, line)


def _unnamed(found: re.Match[str]) -> str:
    """“assigned to Thabo Nkosi” loses the name; “assigned to City Power” stays."""
    if _ORGANISATION.search(found["name"]):
        return found[0]
    return f"{found['role']}{found['gap']}{_('a staff member')}"
