"""What several bodies, and several work items of one body, say together. Pure: no database.

An issue is reported as fixed only when everybody who has it says so, and declined only when nobody
will do it. As long as one has it open, the one that leads says where it stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mysmartcity.issues.status import Status

ENDS = frozenset({Status.REPORTED_FIXED, Status.DECLINED})
"""A body has said its last word, for now."""

_STANDS_ENDED = frozenset({Status.REPORTED_FIXED, Status.FIXED, Status.DECLINED})
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Part:
    """What one body, or one work item, said last; `said` is empty while it has said nothing."""

    said: str
    said_at: datetime | None = None
    leads: bool = False

    def after(self, objection_at: datetime | None) -> "Part":
        """The same, less a "done" that a resident contested since.

        City systems write whole seconds, so a word of the same second counts as later.
        """
        is_contested = (
            objection_at is not None
            and self.said == Status.REPORTED_FIXED
            and (self.said_at is None or self.said_at + _SECOND <= objection_at)
        )
        return Part("", self.said_at, self.leads) if is_contested else self

    @property
    def has_ended(self) -> bool:
        """Whether they are done, or will not do it."""
        return self.said in ENDS


def all_items(items: Sequence[Part], *, before: str) -> str:
    """What a body says of all its work items together; `before` is what it said until now.

    Done when the last of them is, or is refused; refused only when all are.
    """
    still_open = [item for item in items if not item.has_ended]
    if not still_open:
        said = {item.said for item in items}
        done = Status.REPORTED_FIXED
        return str(done if done in said else Status.DECLINED) if said else before
    spoken = [(item.said_at, item.said) for item in still_open if item.said and item.said_at]
    if spoken:
        return max(spoken)[1]
    return before if before and before not in ENDS else str(Status.ACKNOWLEDGED)


def all_ended(parts: Collection[Part]) -> bool:
    """Whether every body has said its last word."""
    return bool(parts) and all(part.has_ended for part in parts)


def where_to(parts: Collection[Part], *, speaker: Part, stands: Status) -> Status | None:
    """Where an issue goes after one of its bodies spoke; None when it stays where it is.

    `speaker` is one of the `parts`. Some done and the others refused is for a human to judge.
    """
    if all_ended(parts):
        said = {part.said for part in parts}
        return Status(said.pop()) if len(said) == 1 else None
    if speaker.has_ended or not speaker.said:
        return None
    lead_has_ended = all(part.has_ended for part in parts if part.leads)
    if speaker.leads or lead_has_ended or stands in _STANDS_ENDED:
        return Status(speaker.said)
    return None
