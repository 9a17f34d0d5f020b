"""Issues as rows of a list: one query of plain values, drawn by the look's card."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mysmartcity.issues.queries import IssueQuerySet
from mysmartcity.issues.status import OPEN, Status
from mysmartcity.lib import clock
from mysmartcity.look.statuses import status_key
from mysmartcity.look.times import due_words, when_words
from mysmartcity.web import ladder
from mysmartcity.web.addresses import issue_path, photo_url

TITLE_LETTERS = 90


class Row(NamedTuple):
    """One issue as the list query gives it; the names are those of the columns."""

    reference: str
    description: str
    kind: str
    group: str
    place_name: str
    city: str
    reported_at: datetime
    status: str
    fixed_by: str
    responsible_name: str
    photo_digest: str
    report_count: int
    promised_at: datetime | None


COLUMNS = (
    "reference",
    "description",
    "category__name",
    "category__group",
    "place_name",
    "jurisdiction__name",
    "reported_at",
    "status",
    "fixed_by",
    "responsible_name",
    "photo_digest",
    "report_count",
    "promised_at",
)


def read(issues: IssueQuerySet) -> list[Row]:
    """The rows of an ordered, cut query. One query."""
    return [Row(*values) for values in issues.values_list(*COLUMNS)]


def place_of(row: Row) -> str:
    """Suburb and city; the ward only where there is no suburb."""
    first = row.place_name.split(",")[0].strip()
    return f"{first}, {row.city}" if first and first != row.city else row.city


def title_of(row: Row) -> str:
    """The reporter's first words, or the kind of problem."""
    return Truncator(row.description).chars(TITLE_LETTERS) if row.description else row.kind


def cards(found: Iterable[Row], *, heading: str = "h3") -> list[SafeString]:
    """Rows as the look's cards, drawn."""
    now, language = clock.now(), get_language()
    return [
        _drawn(row, _told(row, now), heading, language, is_late=_is_late(row, now)) for row in found
    ]


def _is_late(row: Row, now: datetime) -> bool:
    return row.status in OPEN and row.promised_at is not None and row.promised_at < now


def _told(row: Row, now: datetime) -> tuple[str, str]:
    """The words on a card that change while its row stays the same."""
    late = due_words(row.promised_at, now=now) if row.promised_at else ""
    return when_words(row.reported_at, now=now), late


@lru_cache(maxsize=1024)
def _drawn(
    row: Row, _words: tuple[str, str], heading: str, _language: str | None, *, is_late: bool
) -> SafeString:
    """One card. Kept, as the newest are shown again and again; all that it shows is in the arguments."""
    macros = cast(Jinja2, engines["jinja2"]).env.get_template("look/card.html").module
    return SafeString(cast(Any, macros).card(_card(row, is_late=is_late), heading))


def _card(row: Row, *, is_late: bool) -> dict[str, Any]:
    status = Status(row.status)
    standing = ladder.Standing(status=status, fixed_by=row.fixed_by, body=row.responsible_name)
    return {
        "reference": row.reference,
        "href": issue_path(row.reference),
        "title": title_of(row),
        "group": row.group,
        "category": row.kind,
        "place": place_of(row),
        "at": row.reported_at,
        "status": status_key(row.status, fixed_by=row.fixed_by),
        "body": row.responsible_name,
        "steps": ladder.steps(standing),
        "photo": photo_url(row.photo_digest, "list") if row.photo_digest else "",
        "photo_alt": _("Photo: %(kind)s") % {"kind": row.kind},
        "me_too_count": row.report_count - 1,
        "overdue_since": row.promised_at if is_late else None,
    }
