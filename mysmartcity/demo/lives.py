"""The lives that issues of the demo city have led: which steps, by whom, after how many hours."""

from collections.abc import Sequence

from mysmartcity.issues.status import Actor, Status

S, A = Status, Actor
LIVES: Sequence[tuple[int, Sequence[tuple[Status, Actor, float, str]]]] = (
    # weight, then steps: status, who, hours after the one before, public words
    (8, [(S.SENT, A.PLATFORM, 0.02, "")]),
    (14, [(S.SENT, A.PLATFORM, 0.02, ""), (S.ACKNOWLEDGED, A.BODY, 1, "")]),
    (
        12,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 1, ""),
            (S.SCHEDULED, A.BODY, 20, "A team will come this week."),
        ],
    ),
    (
        14,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 0.7, ""),
            (S.IN_PROGRESS, A.BODY, 26, "The team is on site."),
        ],
    ),
    (
        4,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 2, ""),
            (S.ON_HOLD, A.BODY, 30, "We wait for a part."),
        ],
    ),
    (
        10,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 2, ""),
            (S.REPORTED_FIXED, A.BODY, 50, "The repair is done."),
        ],
    ),
    (
        24,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 1, ""),
            (S.IN_PROGRESS, A.BODY, 18, ""),
            (S.REPORTED_FIXED, A.BODY, 30, "The repair is done."),
            (S.FIXED, A.RESIDENT, 8, ""),
        ],
    ),
    (
        6,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 3, ""),
            (S.REPORTED_FIXED, A.BODY, 40, "The repair is done."),
            (S.FIXED, A.PLATFORM, 168, ""),
        ],
    ),
    (
        5,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.ACKNOWLEDGED, A.BODY, 3, ""),
            (S.REPORTED_FIXED, A.BODY, 40, "The repair is done."),
            (S.NOT_FIXED, A.RESIDENT, 10, "It is exactly as it was."),
        ],
    ),
    (
        3,
        [
            (S.SENT, A.PLATFORM, 0.02, ""),
            (S.DECLINED, A.BODY, 30, "This lies on private property."),
        ],
    ),
)
