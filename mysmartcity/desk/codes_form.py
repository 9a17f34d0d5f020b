"""The form with a connection's codes: what was typed, what is there to type, and what would change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from mysmartcity.connectors.codes import status_key
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.desk import words
from mysmartcity.issues.models import Category
from mysmartcity.lib.text import one_line

EMPTY_LINES: Final = 3
MAX_LINES: Final = 60
MAX_WORD: Final = 100


@dataclass(frozen=True)
class Typed:
    """Codes as they stand in the form."""

    statuses: dict[str, str]
    category_codes: dict[str, str]
    seen_version: int
    note: str = ""


def kept(connection: Connection) -> Typed:
    """The codes in force."""
    return Typed(
        dict(connection.statuses), dict(connection.category_codes), connection.codes_version
    )


def read(data: QueryDict) -> Typed:
    """What was typed. Lines without a word of theirs, and categories without a code, fall away."""
    theirs = [one_line(word)[:MAX_WORD] for word in data.getlist("word")[:MAX_LINES]]
    ours = data.getlist("meaning")[:MAX_LINES]
    version = data.get("seen_version", "")
    return Typed(
        statuses={word: value for word, value in zip(theirs, ours, strict=False) if word and value},
        category_codes={
            name.removeprefix("code-"): code
            for name in data
            if name.startswith("code-") and (code := one_line(str(data[name]))[:MAX_WORD])
        },
        seen_version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        note=one_line(data.get("note", ""))[:300],
    )


def status_lines(typed: Typed, unmapped: Iterable[str]) -> list[dict[str, Any]]:
    """One line for each word of theirs: those that wait for a meaning first, some empty at the end."""
    known = {status_key(word) for word in typed.statuses}
    new = [word for word in dict.fromkeys(unmapped) if status_key(word) not in known]
    lines = [{"word": word, "value": "", "is_new": True} for word in new]
    lines += [
        {"word": word, "value": value, "is_new": False}
        for word, value in sorted(typed.statuses.items())
    ]
    return lines + [{"word": "", "value": "", "is_new": False}] * EMPTY_LINES


def category_lines(behind: Collection[int], typed: Typed) -> list[dict[str, str]]:
    """One line for each category that can come this way, and for every code that is there already.

    `behind` are the ids of the bodies behind the connection.
    """
    reached = Category.objects.filter(
        jurisdiction__responsibilities__body__in=behind, is_active=True
    )
    names = dict(reached.order_by("group", "name").values_list("code", "name"))
    names |= {code: code for code in typed.category_codes if code not in names}
    return [
        {"code": code, "name": name, "theirs": typed.category_codes.get(code, "")}
        for code, name in names.items()
    ]


@dataclass(frozen=True)
class Difference:
    """One word or category of which two versions say different things."""

    kind: str
    word: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Typed | CodeBook) -> list[Difference]:
    """What `after` changes; `before` has the keys `statuses` and `category_codes`."""
    found = []
    for kind, name in (("status", "statuses"), ("category", "category_codes")):
        old, new = before[name], getattr(after, name)
        for word in sorted({*old, *new}):
            if old.get(word, "") != new.get(word, ""):
                pair = (shown(kind, old.get(word, "")), shown(kind, new.get(word, "")))
                found.append(Difference(kind, word, *pair))
    return found


def shown(kind: str, value: str) -> str:
    """A value of either mapping in words."""
    if kind == "status":
        return words.meaning_words(value)
    return value or words.no_code()


def by_word(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Previewed messages, one line for each word and change: how many, and the newest three."""
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row.kind, row.word, row.now, row.then)
        line = found.setdefault(
            key,
            {
                "kind": row.kind,
                "word": row.word,
                "before": shown(row.kind, row.now),
                "after": shown(row.kind, row.then),
                "is_changed": row.changes,
                "count": 0,
                "examples": [],
            },
        )
        line["count"] += 1
        if row.reference and row.reference not in line["examples"] and len(line["examples"]) < 3:
            line["examples"].append(row.reference)
    return sorted(found.values(), key=lambda line: (not line["is_changed"], -line["count"]))
