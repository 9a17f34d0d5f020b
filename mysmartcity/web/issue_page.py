"""Everything the page of one issue shows, built once for the page and its fragments.

Of the reporter nothing is here, and of a private place only what the public may see.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from mysmartcity.connectors import health
from mysmartcity.dispatch.models import Handover
from mysmartcity.issues import links
from mysmartcity.issues.models import Issue, IssueArea, Photo, Privacy
from mysmartcity.issues.rules import Standing, may_confirm, may_withdraw
from mysmartcity.issues.status import OPEN, Status
from mysmartcity.lib import clock
from mysmartcity.lib.kept import KeptQuery, Slot
from mysmartcity.look.statuses import status_key
from mysmartcity.places import drawing
from mysmartcity.places.models import Area
from mysmartcity.web import ladder, questions, timeline
from mysmartcity.web.addresses import photo_url

MAP_METRES = 700.0

_PHOTO = ("digest", "width", "height", "is_hidden", "added_at")
_PHOTOS = KeptQuery(
    lambda: (
        Photo.objects.filter(issue_id=Slot("issue")).order_by("position", "id").values_list(*_PHOTO)
    )
)
_HANDOVER = (
    "body__name",
    "body__phone",
    "body__hours",
    "body__url",
    "body_reference",
    "rule_reason",
)
_HANDOVERS = KeptQuery(
    lambda: Handover.objects.filter(issue_id=Slot("issue"), is_current=True).values_list(*_HANDOVER)
)
_AREA = ("slug", "name", "kind")
_AREAS = KeptQuery(
    lambda: Area.objects.filter(
        pk__in=IssueArea.objects.filter(issue_id=Slot("issue")).values("area_id"),
        kind__in=("municipality", "suburb", "ward"),
    ).values_list(*_AREA)
)


def context(issue: Issue, standing: Standing) -> dict[str, Any]:
    """The context of the issue page; `issue` comes with category, jurisdiction and twin."""
    entries = timeline.public_entries(issue)
    photos = [dict(zip(_PHOTO, row, strict=True)) for row in _PHOTOS.ask(issue=issue.pk)]
    hidden = frozenset(photo["digest"] for photo in photos if photo["is_hidden"])
    areas = _areas(issue)
    is_coarse = issue.category.privacy == Privacy.COARSE
    return {
        "page_title": f"{issue.category.name}, {issue.place_name or issue.jurisdiction.name}",
        "issue": issue,
        "key": status_key(issue.status, fixed_by=issue.fixed_by),
        "steps": ladder.steps(_standing(issue, timeline.reached(entries))),
        "entries": timeline.drawn(issue, entries, hidden),
        "photos": _photos([photo for photo in photos if not photo["is_hidden"]], issue),
        "handover": _handover(issue),
        "lines": _lines(issue),
        "answers": [] if is_coarse else _answers(issue),
        "crumbs": _crumbs(areas),
        "is_coarse": is_coarse,
        "wide": True,
        "is_overdue": _is_overdue(issue),
        "public_url": links.issue_url(issue.reference),
        "map": drawing.one_pin(
            issue.public_lat, issue.public_lng, metres=MAP_METRES, coarse=is_coarse
        ),
        "me_too": issue.report_count - 1,
        "is_mine": standing.is_reporter,
        "is_joined": standing.is_joined,
        "may_confirm": may_confirm(issue, standing),
        "may_withdraw": may_withdraw(issue, standing),
        "is_open": issue.status in OPEN,
        "asks_resident": issue.status == Status.REPORTED_FIXED,
    }


def _standing(issue: Issue, reached: dict[str, Any]) -> ladder.Standing:
    note = ""
    if issue.status == Status.ON_HOLD:
        note = issue.hold_reason
        if issue.hold_until:
            day = issue.hold_until.astimezone(clock.CITY_ZONE)
            note = _("%(why)s Until %(day)s.") % {"why": note, "day": f"{day:%d %b %Y}"}
    elif issue.status == Status.DECLINED:
        note = timeline.decline_words(issue.decline_reason)
    return ladder.Standing(
        status=Status(issue.status),
        fixed_by=issue.fixed_by,
        body=issue.responsible_name,
        promised_at=issue.promised_at,
        reached={Status(key): at for key, at in reached.items()},
        note=note.strip(),
    )


def _handover(issue: Issue) -> Mapping[str, Any] | None:
    """The body that has it, how to reach it, and its own reference."""
    found = _HANDOVERS.ask(issue=issue.pk)
    return dict(zip(_HANDOVER, found[0], strict=True)) if found else None


def _lines(issue: Issue) -> health.Lines:
    """What keeps messages from going out, and what the body's system cannot: while that matters."""
    if issue.status in OPEN or issue.status == Status.REPORTED_FIXED:
        return health.lines_of(issue)
    return health.Lines()


def _photos(photos: list[dict[str, Any]], issue: Issue) -> list[dict[str, Any]]:
    return [
        {
            "src": photo_url(photo["digest"], "page"),
            "href": photo_url(photo["digest"], "zoom"),
            "alt": _("Photo %(number)s of %(kind)s")
            % {"number": number, "kind": issue.category.name},
            "title": _("Photo %(number)s") % {"number": number},
            "at": photo["added_at"],
        }
        for number, photo in enumerate(photos, start=1)
    ]


def _answers(issue: Issue) -> list[dict[str, str]]:
    if not issue.answers:
        return []
    shown = questions.shown(issue.category.questions.all(), issue.answers)
    return [{"label": label, "value": value} for label, value in shown]


def _areas(issue: Issue) -> list[dict[str, Any]]:
    found = (dict(zip(_AREA, row, strict=True)) for row in _AREAS.ask(issue=issue.pk))
    order = {"municipality": 0, "ward": 1, "suburb": 2}
    return sorted(found, key=lambda area: order[area["kind"]])


def _crumbs(areas: list[dict[str, Any]]) -> list[dict[str, str]]:
    """City, then suburb; the ward only where there is no suburb, as it is no part of one."""
    has_suburb = any(area["kind"] == "suburb" for area in areas)
    shown = [area for area in areas if area["kind"] != "ward" or not has_suburb]
    return [{"label": area["name"], "href": f"/a/{area['slug']}"} for area in shown]


def _is_overdue(issue: Issue) -> bool:
    is_late = issue.promised_at is not None and issue.promised_at < clock.now()
    return is_late and issue.status in OPEN
