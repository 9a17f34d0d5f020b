"""What a person in the simulated office answers, and when. Pure: no clock, no disk, no network."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

FIRST_ANSWER_SECONDS = 45.0
"""However slow the pace, the first answer comes within this time."""


class Kind(StrEnum):
    """What a mail to an office wants."""

    NEW = "new"
    NOT_FIXED = "not_fixed"
    WITHDRAWN = "withdrawn"
    MORE = "more"


@dataclass(frozen=True)
class Planned:
    """An answer to be sent `after` so many seconds."""

    after: float
    words: str
    is_automatic: bool = False


def kind_of(subject: str, *, is_follow_up: bool) -> Kind:
    """What a mail wants, by its subject, as a person would read it."""
    if not is_follow_up:
        return Kind.NEW
    words = subject.lower()
    if "not fixed" in words:
        return Kind.NOT_FIXED
    if "withdrawn" in words:
        return Kind.WITHDRAWN
    return Kind.MORE


def answers(
    kind: Kind, *, number: str, text: str, pace: float, has_auto_reply: bool
) -> list[Planned]:
    """All answers to one mail, in their order. `pace` is seconds from the mail to "repaired".

    A mail with [silence] in its text is never answered; [decline] gets a no instead of a repair.
    """
    if "[silence]" in text.lower():
        return []
    first = min(0.12 * pace, FIRST_ANSWER_SECONDS)
    dice = hashlib.sha256(f"{number}/{kind}".encode()).digest()
    plan: list[Planned] = []
    if kind is Kind.NEW:
        hello = (
            f"Good day,\n\nThank you for your mail. Your reference number is {number}.",
            f"Dear sir or madam\n\nWe received your mail. Our ref: {number}. Please use it when you call.",
        )
        plan = [Planned(first, hello[dice[0] % 2]), *_work(number, dice[1], pace, text)]
    elif kind is Kind.NOT_FIXED:
        words = f"Good day,\n\nSorry about this. We have opened {number} again."
        plan = [Planned(first, words), *_work(number, dice[1], pace, text)]
    elif kind is Kind.MORE:
        plan = [Planned(first, f"Thank you, I have put this with {number}.")]
    else:
        plan = [Planned(first, f"Noted, thank you. I will take {number} off the list.")]
    if has_auto_reply:
        notice = (
            "Thank you for your mail. This mailbox is read on working days from 08:00 to 16:00."
        )
        plan.insert(0, Planned(min(1.0, first / 2), notice, is_automatic=True))
    return plan


def _work(number: str, dice: int, pace: float, text: str) -> list[Planned]:
    start, end = max(0.5 * pace, 0.01), 0.95 * pace
    if "[decline]" in text.lower():
        no = f"Good day,\n\nThis is not our work: the road belongs to the province ({number})."
        return [Planned(start, no)]
    planned = (
        f"Good day,\n\nA technician is assigned to {number} and goes there today.",
        f"Hi\n\nThe team is busy with {number} now.",
    )
    done = (
        f"Good day,\n\nThe team has repaired it. Closing {number}.\n\nKind regards",
        f"Hi, job {number} is completed.\n\nRegards",
    )
    return [Planned(start, planned[dice % 2]), Planned(end, done[dice // 2 % 2])]
