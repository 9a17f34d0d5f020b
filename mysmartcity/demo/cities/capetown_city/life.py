"""How a request moves along here: a pure function of time, so that nothing is lost when the process is
killed. Every step adds an entry to the log, with the name of whoever took it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from mysmartcity.lib.clock import CITY_ZONE

FIRST_ANSWER_SECONDS = 45.0

OPEN = "Open"
"""Before anybody has looked."""

_STAFF = (
    "Gareth Dohne (SC_GD1)",
    "Nomsa van Wyk (SC_NW4)",
    "T. Petersen (EL_TP2)",
    "Siyabonga Mthembu (RD_SM9)",
)
_SEEN = ("Checked and passed to the depot.", "A team of this area has been told.")
_STARTED = ("The team is on site.", "Work has started.")
_DONE = ("Repaired and cleaned up.", "The work is done.")


@dataclass(frozen=True)
class Step:
    """A status and the log entry that came with it; `at` in seconds since 1970."""

    at: float
    status: str
    staff: str
    words: str

    def entry(self) -> str:
        """As it stands in the log: `28.11.2014 11:20:13 Gareth Dohne (SC_GD1) The carcass …`."""
        date, time = written(self.at)
        return f"{date} {time} {self.staff} {self.words}"


def written(seconds: float) -> tuple[str, str]:
    """The city's own way to write a moment: DD.MM.YYYY and HH:MM:SS, South African time meant."""
    here = datetime.fromtimestamp(int(seconds), CITY_ZONE)
    return here.strftime("%d.%m.%Y"), here.strftime("%H:%M:%S")


def steps(
    reference: str, message: str, *, filed_at: float, pace: float, until: float
) -> list[Step]:
    """Everything that has happened up to a moment, oldest first. `pace` is a whole life in seconds.

    Every request ends Closed, unless its message holds [hold], [decline] or [not ours].
    """
    dice = hashlib.sha256(reference.encode()).digest()
    first = min(0.12 * pace, FIRST_ANSWER_SECONDS)
    plan = [(first, "Assigned", _SEEN[dice[0] % 2])]
    tags = message.lower()
    if "[not ours]" in tags:
        plan.append((0.3 * pace, "Referred", "This belongs to another body, not to the City."))
    elif "[decline]" in tags:
        plan.append((0.3 * pace, "Cancelled", "Inspected, nothing to repair was found."))
    elif "[hold]" in tags:
        plan.append((0.4 * pace, "On Hold", "The team waits for parts."))
    else:
        plan.append((0.5 * pace, "In Progress", _STARTED[dice[1] % 2]))
        plan.append(((0.85 + dice[2] / 1700) * pace, "Closed", _DONE[dice[3] % 2]))
    return [
        Step(filed_at + max(after, first), status, _STAFF[dice[4 + place] % len(_STAFF)], words)
        for place, (after, status, words) in enumerate(plan)
        if filed_at + max(after, first) <= until
    ]
