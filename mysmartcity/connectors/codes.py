"""A system's status words turned into ours. The mapping is data of the connection; nothing guesses.

A mapping's value is one of our statuses a body may give, `declined:REASON`, or `comment` for words
that move nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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


class BadCodes(ValueError):
    """Codes that mean nothing: one sentence for each wrong word, for the screen."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)
