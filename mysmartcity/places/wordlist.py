"""All names of all areas in the form in which they are compared, and how alike a typed text is.

What the likeness is used for, and what else a text may mean, is in search.py. Measured in README.md.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from mysmartcity.lib.text import fold
from mysmartcity.places.index import AreaIndex, Entry
from mysmartcity.places.models import AreaKind
from mysmartcity.places.names import everyday_name

CUTOFF = 72.0
"""Less alike than this is not what was meant: `sandten` is 86 like `sandton`."""

MAX_BEHIND = 15.0
"""Beside a name that fits well, one that is so much less alike is noise."""

MIN_FUZZY = 4
"""Shorter texts are only taken as the beginning of a name; with three letters all is alike."""

_OTHER_NAME_COST = 2.0
_PART_COST = 8.0
_BEGINNING_COST = 4.0
_INSIDE_TEXT_SCORE = 78.0
_MIN_INSIDE = 5


class WordList:
    """The names of one index, each once per area: whole names, other names, later words of names."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._wards: dict[int, list[Entry]] = {}
        self._municipalities: dict[str, str] = {}
        self._names: list[str] = []
        self._entries: list[Entry] = []
        costs: list[float] = []
        for entry in entries:
            for name, cost in self._read(entry):
                self._names.append(name)
                self._entries.append(entry)
                costs.append(cost)
        self._costs = np.array(costs, dtype=np.float32)
        self._lengths = np.array([len(name) for name in self._names], dtype=np.int32)
        self._known = frozenset(self._names)
        self._padded = [f" {name} " for name in self._names]

    def municipality_named(self, name: str) -> str:
        """The code of the municipality with this folded name, or an empty text."""
        return self._municipalities.get(name, "")

    def knows(self, name: str) -> bool:
        """Whether an area bears exactly this folded name."""
        return name in self._known

    def wards_numbered(self, number: int) -> list[Entry]:
        """The wards with this number, one in each municipality."""
        return self._wards.get(number, [])

    def alike(self, text: str) -> Iterator[tuple[float, Entry]]:
        """Areas with a name like the folded text, with the likeness of their best name (0 to 100)."""
        if not self._names:
            return
        scores = self._beginnings(text)
        if len(text) >= MIN_FUZZY:
            scores = np.maximum(scores, self._fuzzy(text))
        scores = scores - self._costs
        floor = max(CUTOFF - _PART_COST, float(scores.max()) - MAX_BEHIND)
        best: dict[int, tuple[float, Entry]] = {}
        for place in np.nonzero(scores >= floor)[0]:
            score, entry = float(scores[place]), self._entries[place]
            if score > best.get(entry.area.id, (0.0, entry))[0]:
                best[entry.area.id] = score, entry
        yield from best.values()

    def _beginnings(self, text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Names that begin with the text: the more of the name is typed, the better."""
        starts = np.fromiter(
            (name.startswith(text) for name in self._names), dtype=bool, count=len(self._names)
        )
        share = np.minimum(1.0, len(text) / np.maximum(self._lengths, 1))
        found = np.where(starts, 100.0 - 12.0 * (1.0 - share), 0.0)
        return np.asarray(found, dtype=np.float32)

    def _fuzzy(self, text: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Names like the text, names that begin like it, and names that stand inside it."""
        whole = process.cdist([text], self._names, scorer=fuzz.ratio, score_cutoff=CUTOFF)[0]
        begun = [name[: len(text)] for name in self._names]
        beginning = process.cdist([text], begun, scorer=fuzz.ratio, score_cutoff=CUTOFF)[0]
        padded = f" {text} "
        inside = np.fromiter(
            (
                _INSIDE_TEXT_SCORE if len(name) >= _MIN_INSIDE + 2 and name in padded else 0.0
                for name in self._padded
            ),
            dtype=np.float32,
            count=len(self._padded),
        )
        # A name that is much longer than what was typed is not a typing mistake of it.
        late = np.maximum(0, self._lengths - len(text)).astype(np.float32)
        beginning = np.where(beginning > 0, beginning - _BEGINNING_COST - np.minimum(late, 8), 0)
        return np.asarray(np.maximum(np.maximum(whole, beginning), inside), dtype=np.float32)

    def _read(self, entry: Entry) -> Iterator[tuple[str, float]]:
        """The folded names of an area with what each costs; wards are found by number only."""
        area = entry.area
        if area.kind == AreaKind.WARD:
            digits = "".join(letter for letter in area.name if letter.isdecimal())
            if digits:
                self._wards.setdefault(int(digits), []).append(entry)
            return
        plain = everyday_name(area.name)
        named = [(plain, 0.0), (area.name, 0.0)]
        named += [(other, _OTHER_NAME_COST) for other in entry.other_names]
        if area.kind == AreaKind.MUNICIPALITY:
            named.append((area.municipality_code, _OTHER_NAME_COST))
        found: dict[str, float] = {}
        for name, cost in named:
            folded = fold(name)
            found.setdefault(folded, cost)
            if area.kind == AreaKind.MUNICIPALITY:
                self._municipalities.setdefault(folded, area.municipality_code)
        words = fold(plain).split()
        for start in range(1, len(words)):
            found.setdefault(" ".join(words[start:]), _PART_COST)
        yield from ((name, cost) for name, cost in found.items() if name)


@lru_cache(maxsize=1)
def wordlist(areas: AreaIndex) -> WordList:
    """The names of an index, made once; an index is one object for as long as its version lasts."""
    return WordList(areas.entries)
