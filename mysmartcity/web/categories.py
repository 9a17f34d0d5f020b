"""Finding the kind of problem in the words South Africans use: names and keywords, spelling forgiven.

In process with rapidfuzz over one city's categories (some 70 rows); no search server is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from mysmartcity.issues.models import Category, Group
from mysmartcity.lib.text import fold

GOOD_ENOUGH: Final = 80
_STOP_WORDS: Final = frozenset(
    fold(
        "a an and are at by for from has have in is it its my near next not of on our please s so "
        "the there they this to us very was we with i am been no since today yesterday die n ons op"
    ).split()
)
_LONGEST: Final = 40
"""Words of a text that are looked at: the first sentences say what it is about."""


@dataclass(frozen=True)
class Kind:
    """One category as a row to choose from."""

    code: str
    name: str
    group: str
    description: str
    keywords: str
    is_emergency: bool


def offered(jurisdiction_id: int) -> list[Kind]:
    """Every category that can be reported in a jurisdiction, in its order. One query."""
    rows = Category.objects.filter(jurisdiction_id=jurisdiction_id, is_active=True).order_by(
        "group", "position", "name"
    )
    found = rows.values_list("code", "name", "group", "description", "keywords", "emergency")
    return [Kind(*row[:5], is_emergency=bool(row[5])) for row in found]


def by_group(kinds: Sequence[Kind]) -> list[tuple[str, str, list[Kind]]]:
    """The kinds under their groups, in the order of the groups: key, name, kinds."""
    groups = ((group.value, str(group.label)) for group in Group)
    sorted_kinds = [(key, name, [k for k in kinds if k.group == key]) for key, name in groups]
    return [entry for entry in sorted_kinds if entry[2]]


def suggest(kinds: Sequence[Kind], text: str, *, limit: int = 6) -> list[Kind]:
    """The kinds that a word or a sentence speaks of, best first; empty when none does."""
    words = [word for word in fold(text).split() if word not in _STOP_WORDS][:_LONGEST]
    if not words:
        return []
    known: dict[str, float] = {}
    scored = [(_score(kind, words, known), -place, kind) for place, kind in enumerate(kinds)]
    best = sorted((entry for entry in scored if entry[0] >= GOOD_ENOUGH), reverse=True)
    return [kind for _score, _place, kind in best[:limit]]


@lru_cache(maxsize=2048)
def _terms(name: str, keywords: str) -> tuple[tuple[str, ...], ...]:
    """The name and every keyword as words that mean something."""
    folded = [fold(term) for term in (name, *keywords.split(","))]
    terms = (tuple(word for word in term.split() if word not in _STOP_WORDS) for term in folded)
    return tuple(term for term in terms if term)


def _score(kind: Kind, words: list[str], known: dict[str, float]) -> float:
    """How well the best term of a kind is covered by the words; longer terms say more."""
    best = 0.0
    for term in _terms(kind.name, kind.keywords):
        parts = [_closest(part, words, known) for part in term]
        # A term counts when every word of it is there; one strange word spoils it.
        cover = sum(parts) / len(parts) if min(parts) >= 70 else 0.0
        best = max(best, cover + 4 * (len(term) - 1) if cover else 0.0)
    return best


def _closest(part: str, words: list[str], known: dict[str, float]) -> float:
    if part not in known:
        known[part] = max(_alike(part, word) for word in words)
    return known[part]


def _alike(part: str, word: str) -> float:
    """0 to 100. A beginning of three letters or more counts nearly in full: people are still typing."""
    if len(word) >= 3 and part.startswith(word):
        return 92.0 if word != part else 100.0
    if len(part) >= 4 and word.startswith(part):
        return 90.0
    if min(len(part), len(word)) < 4:
        return 100.0 if part == word else 0.0
    return float(fuzz.ratio(part, word))
