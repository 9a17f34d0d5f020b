"""Phone numbers that can be called with one tap, inside the words that stand around them."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_NUMBER = re.compile(r"(\+?\d[\d ]{5,}\d)")


def callable_numbers(words: str) -> SafeString:
    """The words with a link around each number of seven digits or more ("011 490 7484 or 0800 003 156")."""
    pieces = _NUMBER.split(words)
    return format_html_join(
        "",
        "{}",
        ((_link(piece) if place % 2 else piece,) for place, piece in enumerate(pieces)),
    )


def _link(number: str) -> SafeString:
    return format_html('<a href="tel:{}">{}</a>', number.replace(" ", ""), number)
