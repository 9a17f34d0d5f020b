"""Small rules about text: folding for search, safe header lines, slugs."""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case, no accents, single spaces: what two spellings of one name have in common."""
    plain = unicodedata.normalize("NFKD", text)
    without_marks = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^0-9a-z]+", " ", without_marks.lower()).strip()


def one_line(text: str) -> str:
    """Text fit for a mail header or a log line: control characters and line breaks become spaces."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text).strip()


def readable(text: str) -> str:
    """Text as a person wrote it, without characters that XML and PostgreSQL refuse."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", normal).strip()


def slugify(text: str) -> str:
    """`Mitchells Plain` as `mitchells-plain`."""
    return fold(text).replace(" ", "-")
