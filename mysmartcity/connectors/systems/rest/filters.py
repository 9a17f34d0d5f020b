"""The filters that templates may use. All are short, pure, and can't make a text grow without end."""

import base64 as b64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import jinja2

from mysmartcity.connectors.systems.rest import dates
from mysmartcity.lib.text import one_line

LONGEST: Final = 200_000
"""Characters of one value; a reference, a description and some photos as base64 are below it."""

_PHONE = re.compile(r"(?:\+27|0027|27|0)(\d{9})")


class Grown(ValueError):
    """A text became too long."""


def capped(text: str, *, limit: int = LONGEST) -> str:
    """The text, or Grown."""
    if len(text) > limit:
        raise Grown(f"A value has more than {limit} characters.")
    return text


def _text(value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises, naming the value
    return "" if value is None else str(value)


def cut(value: Any, length: int) -> str:
    """At most so many characters, with an ellipsis where something was cut."""
    text = _text(value)
    return text if len(text) <= length else text[: max(int(length) - 1, 0)].rstrip() + "…"


def replace(value: Any, old: str, new: str) -> str:
    """The text with each `old` as `new`."""
    text = _text(value)
    if len(text) + (text.count(old) if old else len(text) + 1) * len(new) > LONGEST:
        raise Grown(f"A value has more than {LONGEST} characters.")
    return text.replace(old, new)


def join(values: Any, between: str = ", ") -> str:
    """The texts of a list with `between` between them."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return _text(values)
    return capped(str(between).join(_text(one) for one in values))


def part(value: Any, between: str, place: int) -> str:
    """The part at a place (from 0) of a text cut at `between`; "" when there are fewer."""
    parts = _text(value).split(between) if between else [_text(value)]
    return parts[place] if -len(parts) <= place < len(parts) else ""


def or_else(value: Any, instead: Any) -> Any:
    """`instead` where the value is empty or not there."""
    return instead if isinstance(value, jinja2.Undefined) or not value else value


def local_phone(value: Any) -> str:
    """A South African number as +27 and nine digits; "" when it is none."""
    found = _PHONE.fullmatch(re.sub(r"[\s().-]", "", _text(value)))
    return f"+27{found[1]}" if found else ""


def base64(value: Any) -> str:
    """The base64 of the UTF-8 text."""
    return capped(b64.b64encode(_text(value).encode()).decode())


def rounded(value: Any, digits: int = 6) -> str:
    """A number with so many digits after the point."""
    return f"{float(value):.{min(max(int(digits), 0), 12)}f}"


def picked(value: Any, table: Any) -> str:
    """What the text “a=1,b=2” of an option says for a value; "" when it says nothing."""
    pairs = (pair.partition("=") for pair in _text(table).split(","))
    return {key.strip(): found.strip() for key, _, found in pairs}.get(_text(value), "")


def date_filter(zone: str) -> Callable[[Any, str], str]:
    """The filter `date`, which writes in the zone of a definition."""

    def date(value: Any, written: str = "iso") -> str:
        if not isinstance(value, datetime):
            raise TypeError("Only a moment can be written as a date.")
        return dates.write(value, written, zone)

    return date


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "base64": base64,
    "cut": cut,
    "join": join,
    "length": len,
    "line": lambda value: one_line(_text(value)),
    "local_phone": local_phone,
    "lower": lambda value: _text(value).lower(),
    "odata": lambda value: replace(value, "'", "''"),
    "or_else": or_else,
    "part": part,
    "pick": picked,
    "replace": replace,
    "round": rounded,
    "trim": lambda value: _text(value).strip(),
    "upper": lambda value: _text(value).upper(),
}
