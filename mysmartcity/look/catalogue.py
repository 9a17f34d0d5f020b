"""What the catalogue page needs to show every component in every state. The page is routed by `web`."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from mysmartcity.lib import clock
from mysmartcity.look import drawings, samples
from mysmartcity.look.statuses import PRESENTATIONS

COLOURS = (
    "paper",
    "surface",
    "sunken",
    "ink",
    "ink-soft",
    "civic",
    "status-wait",
    "status-move",
    "status-hold",
    "status-claim",
    "status-fixed",
    "status-problem",
)


def _groups() -> list[dict[str, str]]:
    """The eight groups as a person chooses them."""
    words = {
        "power": (_("Electricity"), _("No power, cables, meters")),
        "water": (_("Water and sewer"), _("Burst pipe, blocked drain, no water")),
        "roads": (_("Roads and stormwater"), _("Potholes, pavements, flooding")),
        "traffic": (_("Traffic lights"), _("A robot that is out or stuck")),
        "lights": (_("Street lights"), _("A light that is out or always on")),
        "refuse": (_("Rubbish"), _("Bins, dumping, dead animals")),
        "parks": (_("Parks and trees"), _("Fallen trees, long grass, play parks")),
        "safety": (_("Safety and by-laws"), _("Noise, illegal building, abandoned cars")),
    }
    return [
        {
            "value": group,
            "label": label,
            "hint": hint,
            "icon": drawings.GROUP_ICONS[group],
            "href": "#choices",
        }
        for group, (label, hint) in words.items()
    ]


def _answers() -> list[dict[str, str]]:
    """The rows of a check-your-answers screen."""
    return [
        {"label": _("Place"), "value": "Klipfontein Road, Athlone", "href": "#facts"},
        {"label": _("What is wrong"), "value": _("Pothole"), "href": "#facts"},
        {"label": _("Photos"), "value": _("1 photo"), "href": "#facts"},
    ]


def _figures() -> dict[str, Any]:
    """A table with words and numbers."""
    return {
        "columns": [
            {"label": _("Category")},
            {"label": _("Open"), "number": True},
            {"label": _("Half done within"), "number": True},
        ],
        "rows": [
            [_("Pothole"), 214, _("9 days")],
            [_("Street light out"), 1031, _("23 days")],
            [_("Burst pipe"), 12, _("6 hours")],
        ],
    }


def catalogue_context() -> dict[str, Any]:
    """The whole context of `look/catalogue.html`; every moment is counted from now."""
    now = clock.now()
    return {
        "page_title": _("Catalogue of components"),
        "wide": True,
        "nav": [
            {"label": _("Report"), "href": "#", "icon": "plus"},
            {"label": _("Around you"), "href": "#", "icon": "map", "current": True},
            {"label": _("My reports"), "href": "#", "icon": "list"},
        ],
        "footer_links": [
            {"label": _("About us"), "href": "#"},
            {"label": _("Privacy"), "href": "#"},
        ],
        "colours": COLOURS,
        "icon_names": sorted(drawings.names()),
        "statuses": list(PRESENTATIONS.values()),
        "groups": _groups(),
        "answers": _answers(),
        "ladders": samples.ladders(now),
        "issues": samples.issues(now),
        "voices": samples.voices(now),
        "late_at": now - timedelta(days=3),
        "moments": [now - timedelta(minutes=12), now - timedelta(days=1), now + timedelta(days=2)],
        "promises": [now + timedelta(days=d) for d in (1, 4, 20)],
        **_figures(),
        "charts": samples.drawings(),
    }
