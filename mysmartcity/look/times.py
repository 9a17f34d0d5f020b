"""Moments in the words people use ("today 14:10", "due Friday"), with the exact time behind them.

All of it in the cities' own zone. Counting working days or setting deadlines does not live here.
"""

from datetime import date, datetime
from functools import lru_cache

from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from mysmartcity.lib import clock

_WEEK = 7
_NEAR = {
    -1: gettext_lazy("yesterday %(time)s"),
    0: gettext_lazy("today %(time)s"),
    1: gettext_lazy("tomorrow %(time)s"),
}


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone cannot be shown")
    return moment.astimezone(clock.CITY_ZONE)


@lru_cache(maxsize=4096)
def _long_day(day: date, _language: str | None) -> str:
    """Friday 3 May. Kept per day and language: a list asks for the same few days again and again."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month]}"


@lru_cache(maxsize=4096)
def _short_day(day: date, _language: str | None) -> str:
    """Fri 3 May."""
    return f"{WEEKDAYS_ABBR[day.weekday()]} {day.day} {MONTHS_3[day.month].title()}"


@lru_cache(maxsize=4096)
def _day_and_year(day: date, _language: str | None) -> str:
    """3 May 2025."""
    return f"{day.day} {MONTHS_3[day.month].title()} {day.year}"


def _day(local: datetime, now: datetime) -> str:
    """A date without clock time; the year only when it is another one."""
    name = _short_day if local.year == now.year else _day_and_year
    return name(local.date(), get_language())


def _days_until(local: datetime, now: datetime) -> int:
    """Calendar days from now to then, negative for the past."""
    return (local.date() - now.date()).days


def when_words(moment: datetime, *, now: datetime | None = None) -> str:
    """A moment as people say it: just now, 12 minutes ago, today 14:10, yesterday, in 2 days, Fri 3 May.

    `moment` and `now` are aware; a naive moment raises ValueError.
    """
    here, present = _local(moment), _local(now or clock.now())
    days, seconds = _days_until(here, present), (present - here).total_seconds()
    if 0 <= seconds < 60:
        return _("just now")
    if 0 <= seconds < 3600:
        minutes = int(seconds // 60)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    if days in _NEAR:
        return str(_NEAR[days]) % {"time": f"{here:%H:%M}"}
    if 1 < days < _WEEK:
        return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
    return _day(here, present)


def due_words(moment: datetime, *, now: datetime | None = None) -> str:
    """A promise as people say it: due today 14:10, due Friday, due Fri 3 May, 3 days late."""
    here, present = _local(moment), _local(now or clock.now())
    days = _days_until(here, present)
    if here < present:
        if days == 0:
            return _("was due today %(time)s") % {"time": f"{here:%H:%M}"}
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}
    if days == 0:
        return _("due today %(time)s") % {"time": f"{here:%H:%M}"}
    if days == 1:
        return _("due tomorrow")
    name = str(WEEKDAYS[here.weekday()]) if days < _WEEK else _day(here, present)
    return _("due %(day)s") % {"day": name}


def due_is_past(moment: datetime, *, now: datetime | None = None) -> bool:
    """Whether a promised moment has gone by."""
    return _local(moment) < _local(now or clock.now())


def promised_words(moment: datetime, *, now: datetime | None = None) -> str:
    """A promise for a mail, which may be read days later: the date itself and whether it has gone by."""
    day = _long_day(_local(moment).date(), get_language())
    if due_is_past(moment, now=now):
        return _("was promised by %(day)s") % {"day": day}
    return _("promised by %(day)s") % {"day": day}


def exact(moment: datetime) -> str:
    """The whole truth for the hover text: Friday 3 May 2026, 14:10."""
    here = _local(moment)
    return f"{_long_day(here.date(), get_language())} {here:%Y, %H:%M}"


def _element(moment: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        _local(moment).isoformat(timespec="seconds"),
        exact(moment),
        words,
    )


def when(moment: datetime, *, now: datetime | None = None) -> SafeString:
    """`when_words` in a <time> element."""
    return _element(moment, when_words(moment, now=now))


def short_words(moment: datetime, *, now: datetime | None = None) -> str:
    """A past moment for a narrow column: 14:02, Mon 14:02, Fri 3 May."""
    here, present = _local(moment), _local(now or clock.now())
    days = _days_until(here, present)
    if days == 0:
        return f"{here:%H:%M}"
    if -_WEEK < days < 0:
        return f"{WEEKDAYS_ABBR[here.weekday()]} {here:%H:%M}"
    return _day(here, present)


def short_when(moment: datetime, *, now: datetime | None = None) -> SafeString:
    """`short_words` in a <time> element."""
    return _element(moment, short_words(moment, now=now))


def due(moment: datetime, *, now: datetime | None = None) -> SafeString:
    """`due_words` in a <time> element."""
    return _element(moment, due_words(moment, now=now))
