"""Whom a person calls, and when somebody answers there. This system's wire is a phone line.

What is read out is in mapping.py. Nothing here dials.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mysmartcity.lib.text import one_line


@dataclass(frozen=True)
class Line:
    """A phone line: its numbers as people write them, its hours, and the way through its menu."""

    phone: str = ""
    hours: str = ""
    menu: str = ""


def line_of(settings: Mapping[str, Any]) -> Line:
    """The line that the settings `phone`, `hours` and `menu` describe."""
    phone, hours, menu = (one_line(str(settings.get(name) or "")) for name in _NAMES)
    return Line(phone, hours, menu)


_NAMES = ("phone", "hours", "menu")
