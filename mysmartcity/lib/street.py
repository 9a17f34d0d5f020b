"""Tells street, number and suburb apart in an address as people write it here.

A careful reader, no geocoder: what it can't tell stays empty, so that somebody is asked instead of a
guess being sent ("3 houses down from the school" has no street).
"""

import re
from dataclasses import dataclass
from typing import Final

_KINDS: Final = (
    "street|str|st|road|rd|avenue|ave|av|drive|dr|lane|ln|crescent|cres|cr|close|cl|way|place|pl|square|sq|"
    "terrace|ter|boulevard|blvd|walk|mews|circle|court|ct|highway|hwy|parade|row|loop|ring|bend|link|"
    "steps|parkway|pkwy|freeway|straat|weg|laan|rylaan|singel|pad|plein|avenues|streets|roads|strate"
)
_KIND: Final = re.compile(rf"\b(?:{_KINDS})\b\.?", re.IGNORECASE)
_JOINED: Final = re.compile(
    r"\b\w{3,}(?:straat|weg|laan|rylaan|singel|street|road)\b", re.IGNORECASE
)
_UNIT: Final = re.compile(
    r"^(?:unit|flat|apartment|apt|shop|suite|room|block|floor|house|huis|woonstel|eenheid)\.?\s*"
    r"(?:no\.?\s*)?[A-Za-z]?-?\d{0,5}[A-Za-z]?(?:\s+|$)",
    re.IGNORECASE,
)
_NUMBER: Final = r"\d{1,5}(?:\s?[A-Za-z](?![A-Za-z]))?(?:\s?[-–/&]\s?\d{1,5}[A-Za-z]?)?"
_NUMBER_FIRST: Final = re.compile(
    rf"^(?:(?:no|nr|number|nommer)\b\.?\s*|#\s*)?({_NUMBER})\s+(?=\D)(.+)$", re.IGNORECASE
)
_NUMBER_LAST: Final = re.compile(rf"^(\D+?)\s+(?:(?:no|nr)\.?\s*)?({_NUMBER})$", re.IGNORECASE)
_CORNER: Final = re.compile(
    r"^(?:on the |at the )?(?:cnr|crn|c/o|corner|hoek|h/v)\b\.?\s*(?:of|van|the)?\s*(.+)$",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s+(?:&|and|en|x)\s+|\s*[/&]\s*", re.IGNORECASE)
_PLAIN_NAME: Final = re.compile(r"^[A-Z][\w'’.-]*(?:\s+(?:[A-Z][\w'’.-]*|van|der|de|du|le)){0,3}$")
_NOT_A_SUBURB: Final = re.compile(
    r"\d|^(?:cape town|kaapstad|johannesburg|pretoria|durban|south africa|western cape|gauteng|"
    r"kwazulu-natal|ward)\b|\b(?:near|next to|opposite|behind|opp|between|naby|langs)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Street:
    """What could be told apart; "" where nothing could. A corner has two streets and no number."""

    street: str = ""
    number: str = ""
    suburb: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether a letter would arrive: street and number."""
        return bool(self.street and self.number)


def parse_street(address: str) -> Street:
    """Street, number and suburb of `12 Main Road, Woodstock`, `Cnr Long St & Wale St`, `12A Long St`.

    Units ("Flat 3, 12 Main Road") are passed over.
    """
    found = Street()
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", address) if part.strip(" .")]
    for place, part in enumerate(parts):
        bare = _UNIT.sub("", part).strip()
        street, number = _told(bare, is_followed=place + 1 < len(parts))
        if street and not number and place and re.fullmatch(_NUMBER, parts[place - 1]):
            number = parts[place - 1]  # "12, Main Road"
        # The name of a building may look like a street: one with a number is better.
        if number or (street and not found.street):
            found = Street(street, number, _suburb(parts[place + 1 :]))
        if number:
            break
    return found


def _told(part: str, *, is_followed: bool) -> tuple[str, str]:
    corner = _CORNER.match(part)
    if corner is not None:
        return (f"Cnr {corner[1].strip()}", "") if _BETWEEN.search(corner[1]) else ("", "")
    first, last = _NUMBER_FIRST.match(part), _NUMBER_LAST.match(part)
    if first is not None and _is_street(first[2], may_be_bare=is_followed):
        return _without_suburb(first[2]), _tidy(first[1])
    if last is not None and _is_street(last[1]):
        return last[1].strip(), _tidy(last[2])
    both = _BETWEEN.split(part)
    if len(both) == 2 and all(_is_street(one) for one in both):
        return f"Cnr {part}", ""
    if re.match(r"\D", part) and _is_street(part):
        return _without_suburb(part), ""
    return "", ""


def _is_street(words: str, *, may_be_bare: bool = False) -> bool:
    """Whether it names a street: by its kind, or (a number before, a suburb after) by capitals alone."""
    kind = _KIND.search(words)
    before = words[: kind.start()].strip() if kind else ""
    if kind is not None and len(words) <= 60 and _starts_like_a_name(before or words[kind.end() :]):
        return True
    if _JOINED.search(words) and len(words) <= 60:
        return True
    return may_be_bare and _PLAIN_NAME.match(words.strip()) is not None


def _starts_like_a_name(words: str) -> bool:
    """Few words, none of those with which people describe a place."""
    tokens = words.split()
    said = re.search(
        r"\b(?:the|a|in|on|at|from|near|of|my|houses?|down|up|side|next|to|with|by|this|whole|our)\b",
        words,
        re.IGNORECASE,
    )
    return 0 < len(tokens) <= 4 and said is None


def _without_suburb(words: str) -> str:
    """`Main Road Woodstock` is Main Road: what follows the last word for a kind of street is no street."""
    kinds = list(_KIND.finditer(words))
    # "Avenue Road", "Upper Main Road North": only a plain name after the kind is cut off.
    if kinds and kinds[0].start() > 0:
        rest = words[kinds[-1].end() :].strip()
        if rest and rest.lower() not in ("north", "south", "east", "west", "extension", "ext"):
            return words[: kinds[-1].end()].strip()
    return words.strip()


def _suburb(rest: list[str]) -> str:
    for part in rest:
        if not _NOT_A_SUBURB.search(part) and len(part) <= 40:
            return part
    return ""


def _tidy(number: str) -> str:
    return re.sub(r"\s+", "", number).upper()
