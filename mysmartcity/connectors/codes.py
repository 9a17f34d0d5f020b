"""A system's status words turned into ours. The mapping is data of the connection; nothing guesses.

A mapping's value is one of our statuses a body may give, `declined:REASON`, or `comment` for words
that move nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from mysmartcity.issues.status import DeclineReason, Status
from mysmartcity.lib.text import fold

COMMENT: Final = "comment"

BODY_STATUSES: Final = frozenset(
    {
        Status.ACKNOWLEDGED,
        Status.SCHEDULED,
        Status.IN_PROGRESS,
        Status.ON_HOLD,
        Status.REPORTED_FIXED,
        Status.DECLINED,
    }
)
"""What a body's system may say. `fixed` is not among them: that is for residents."""


@dataclass(frozen=True)
class Meaning:
    """What a status word means to us; without a status it only carries words."""

    status: Status | None
    decline_reason: DeclineReason | None = None


def status_key(raw: str) -> str:
    """One spelling for `In Progress`, `IN-PROGRESS`, `in_progress` and `inProgress`."""
    return fold(raw).replace(" ", "")


def meaning_of(raw: str, statuses: Mapping[str, str], *, is_ours: bool = False) -> Meaning | None:
    """What a system's status means; None when the mapping does not say (or says nonsense).

    No status at all is a comment. `is_ours`: the system speaks our own words where none is mapped.
    """
    key = status_key(raw)
    if not key:
        return Meaning(None)
    known = {status_key(word): value for word, value in statuses.items()}
    value = known.get(key, raw if is_ours else "")
    if value == COMMENT:
        return Meaning(None)
    name, _, reason = value.partition(":")
    if name not in BODY_STATUSES or (reason and reason not in set(DeclineReason)):
        return None
    decline_reason = DeclineReason(reason) if reason else None
    if name == Status.DECLINED and decline_reason is None:
        decline_reason = DeclineReason.OTHER
    return Meaning(Status(name), decline_reason)


@dataclass(frozen=True)
class CodeFault:
    """One word or code that can't stand as it is. `kind` is `status` or `category`."""

    kind: str
    word: str
    sentence: str


class BadCodes(ValueError):
    """Codes that mean nothing; `faults` names every wrong word at once, each with its sentence."""

    def __init__(self, faults: Sequence[CodeFault]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults))
        self.faults = tuple(faults)

    @property
    def sentences(self) -> list[str]:
        """One sentence for each wrong word, for the screen."""
        return [fault.sentence for fault in self.faults]


LONGEST_CODE: Final = 200


def status_faults(statuses: Any) -> list[CodeFault]:
    """What is wrong with a mapping of statuses: words that lead nowhere, words that contradict."""
    if not isinstance(statuses, Mapping):
        return [CodeFault("status", "", _("Write it as {“their word”: “our status”}."))]
    faults, seen = [], dict[str, str]()
    for word, value in statuses.items():
        key = status_key(str(word))
        sentence = _status_fault(str(word), value)
        if not sentence and seen.setdefault(key, value) != value:
            sentence = _("“%(word)s” stands there twice, with two meanings.") % {"word": word}
        if sentence:
            faults.append(CodeFault("status", str(word), sentence))
    return faults


def _status_fault(word: str, value: Any) -> str:
    if not status_key(word):
        return _("A word of theirs is empty.")
    if isinstance(value, str) and meaning_of(word, {word: value}) is not None:
        return ""
    sentence = _(
        "“%(word)s” leads to “%(value)s”, which is no status of ours. Ours are: %(known)s."
    )
    known = ", ".join([*sorted(BODY_STATUSES), COMMENT])
    return sentence % {"word": word, "value": value, "known": known}


def category_faults(category_codes: Any, known: Collection[str]) -> list[CodeFault]:
    """What is wrong with a mapping of categories; `known` are the codes of our categories."""
    if not isinstance(category_codes, Mapping):
        return [CodeFault("category", "", _("Write it as {“our category”: “their code”}."))]
    faults = []
    for code, theirs in category_codes.items():
        sentence = ""
        if code not in known:
            sentence = _("We have no category “%(code)s”.") % {"code": code}
        elif not isinstance(theirs, str) or not 0 < len(theirs.strip()) <= LONGEST_CODE:
            sentence = _("“%(code)s” needs a code of theirs, written as text.") % {"code": code}
        if sentence:
            faults.append(CodeFault("category", str(code), sentence))
    return faults
