"""How each status looks and what it is called: word, colour, shape and loudness.

Keys are plain strings, so that this floor need not know the ladder of `issues`. A fixed issue has two
looks, `fixed_confirmed` and `fixed_silence`, because a resident's word and nobody's objection are
not the same proof. What may follow what does not live here.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Colour = Literal["wait", "move", "hold", "claim", "fixed", "problem"]
Tone = Literal["plain", "claim", "proof", "silence", "problem", "ended"]


@dataclass(frozen=True)
class Presentation:
    """One status as people meet it.

    `label` is the word on the badge, `meaning` the sentence behind it. `colour` names the tokens
    `--status-<colour>` and `--status-<colour>-soft`; `shape` is an icon; `tone` says how the badge is
    drawn, so that greyscale and print tell statuses apart.
    """

    key: str
    label: Promise
    meaning: Promise
    colour: Colour
    shape: str
    tone: Tone


_l = gettext_lazy
_ROWS: tuple[Presentation, ...] = (
    Presentation(
        "received",
        _l("Received"),
        _l("We have the report and are finding the right office."),
        "wait",
        "inbox",
        "plain",
    ),
    Presentation(
        "sent",
        _l("Sent"),
        _l("We passed it on. The office has not answered yet."),
        "wait",
        "send",
        "plain",
    ),
    Presentation(
        "acknowledged",
        _l("Logged"),
        _l("The office has it and gave its own reference number."),
        "move",
        "receipt",
        "plain",
    ),
    Presentation(
        "scheduled",
        _l("Planned"),
        _l("The office has planned the work."),
        "move",
        "calendar",
        "plain",
    ),
    Presentation(
        "in_progress",
        _l("Being worked on"),
        _l("The office has started the work."),
        "move",
        "spanner",
        "plain",
    ),
    Presentation(
        "on_hold",
        _l("On hold"),
        _l("The office stopped the work for a while and says why."),
        "hold",
        "pause",
        "plain",
    ),
    Presentation(
        "reported_fixed",
        _l("City says fixed"),
        _l("The office says that it is fixed. No resident has confirmed it yet."),
        "claim",
        "says-fixed",
        "claim",
    ),
    Presentation(
        "fixed_confirmed",
        _l("Confirmed fixed"),
        _l("A resident saw that it is fixed."),
        "fixed",
        "check-double",
        "proof",
    ),
    Presentation(
        "fixed_silence",
        _l("Taken as fixed"),
        _l("The office says that it is fixed and nobody objected in 7 days."),
        "fixed",
        "clock-check",
        "silence",
    ),
    Presentation(
        "not_fixed",
        _l("Not fixed"),
        _l("A resident says that it is not fixed. We took it up again."),
        "problem",
        "cross",
        "problem",
    ),
    Presentation(
        "declined",
        _l("Declined"),
        _l("The office will not do it and gave a reason."),
        "problem",
        "no-entry",
        "ended",
    ),
    Presentation(
        "merged",
        _l("Same as another"),
        _l("Somebody reported it before. It follows that report."),
        "wait",
        "merge",
        "ended",
    ),
    Presentation(
        "withdrawn",
        _l("Taken back"),
        _l("The person who reported it took it back."),
        "wait",
        "undo",
        "ended",
    ),
    Presentation(
        "hidden",
        _l("Hidden"),
        _l("It is not shown to the public."),
        "wait",
        "eye-off",
        "ended",
    ),
)
PRESENTATIONS: dict[str, Presentation] = {row.key: row for row in _ROWS}


def status_key(status: str, *, fixed_by: str | None = None) -> str:
    """The key to show for an issue: `fixed` becomes one of its two looks by who vouched for it.

    `fixed_by` is "resident" or "silence" and only counts when `status` is "fixed".
    """
    if status != "fixed":
        return status
    return "fixed_confirmed" if fixed_by == "resident" else "fixed_silence"


def presentation(key: str) -> Presentation:
    """The look of a status. Raises KeyError for a key that no page should ever show."""
    return PRESENTATIONS[key]


def status_label(key: str, *, body: str | None = None) -> str:
    """The word for the badge, in the language of the moment; names the body where it made a claim."""
    if key == "reported_fixed" and body:
        return _("%(body)s says fixed") % {"body": body}
    return str(presentation(key).label)
