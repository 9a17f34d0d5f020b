"""The marks that stand in every row of a list, drawn once and kept: status badge and lying ladder.

They are Python and not macros because a list shows dozens of them: drawn by macros, 30 cards took 9 ms.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mysmartcity.look.drawings import icon
from mysmartcity.look.statuses import presentation, status_label

_GAP = 22
"""Units between two stops of the lying ladder."""

_EDGE = 9
"""Units from the edge of the drawing to the middle of the first stop: the radius of the largest one."""

_BEHIND, _AHEAD = SafeString(""), SafeString(' class="is-ahead"')
_BOX = '<rect class="is-full" x="-8" y="2" width="16" height="16" rx="2"/>'
_DRAWN: dict[str, SafeString] = {
    "problem": SafeString(_BOX + '<path class="is-on-full" d="M-3 7l6 6m0-6l-6 6"/>'),
    "proof": SafeString(
        '<circle class="is-full" cy="10" r="9"/><path class="is-on-full" d="M-4 10.5l3 3 5-7"/>'
    ),
    "claim": SafeString('<circle class="is-open is-dashed" cy="10" r="7"/>'),
    "silence": SafeString(
        '<circle class="is-open" cy="10" r="8"/><path class="is-sign" d="M0 6v4l2.5 2"/>'
    ),
    "current": SafeString(
        '<circle class="is-open" cy="10" r="7.5"/><circle class="is-full" cy="10" r="3"/>'
    ),
    "done": SafeString('<circle class="is-done" cy="10" r="5.5"/>'),
    "skipped": SafeString('<path d="M0 6v8"/>'),
    "todo": SafeString('<circle class="is-ahead" cy="10" r="4"/>'),
}
"""The stops, around x = 0. Our own constants: nothing that anybody typed comes near them."""


@lru_cache(maxsize=4096)
def _badge(key: str, body: str | None, _language: str | None) -> SafeString:
    look = presentation(key)
    return format_html(
        '<span class="badge badge-{} tone-{}" title="{}">{}<span>{}</span></span>',
        look.tone,
        look.colour,
        look.meaning,
        icon(look.shape),
        status_label(key, body=body),
    )


def status_badge(key: str, body: str | None = None) -> SafeString:
    """The badge of a status key, naming the body where it made a claim. Raises KeyError for no status."""
    return _badge(key, body, translation.get_language())


def _stop(key: str, state: str) -> str:
    """Which drawing stands for a step: a claim, a proof and silence look like themselves once reached."""
    tone = presentation(key).tone
    if state in ("done", "current") and tone in ("claim", "proof", "silence"):
        return tone
    return state


@lru_cache(maxsize=4096)
def _line(stops: tuple[tuple[str, str], ...]) -> SafeString:
    """The inside of the drawing for steps given as (key, state)."""
    ways = format_html_join(
        "",
        '<path{} d="M{} 10h{}"/>',
        (
            (
                _BEHIND if state in ("done", "skipped") else _AHEAD,
                _EDGE + _GAP * place,
                _GAP,
            )
            for place, (_key, state) in enumerate(stops[:-1])
        ),
    )
    marks = format_html_join(
        "",
        '<g class="tone-{}" transform="translate({} 0)">{}</g>',
        (
            (
                presentation(key).colour,
                _EDGE + _GAP * place,
                _DRAWN[_stop(key, state)],
            )
            for place, (key, state) in enumerate(stops)
        ),
    )
    return ways + marks


def _standing(steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The step at which an issue stands: the current one, else the last that is done, else the first."""
    for states in (("current", "problem"), ("done",)):
        found = [step for step in steps if step["state"] in states]
        if found:
            return found[-1]
    return steps[0]


def ladder_line(steps: Sequence[Mapping[str, Any]]) -> SafeString:
    """The ladder lying down, for lists; its label says where the issue stands.

    `steps` are dicts as in `look/ladder.html`, one at least. Raises KeyError for an unknown key or state.
    """
    width = _GAP * (len(steps) - 1) + 2 * _EDGE
    return format_html(
        '<svg class="ladder-line" viewBox="0 0 {} 20" width="{}" height="20" role="img"'
        ' aria-label="{}">{}</svg>',
        width,
        width,
        _("Stands at: %(label)s") % {"label": _standing(steps)["label"]},
        _line(tuple((step["key"], step["state"]) for step in steps)),
    )
