"""Invented issues, ladders and voices for the catalogue. No real person or place is meant."""

from datetime import datetime, timedelta
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext as _

from mysmartcity.look import charts
from mysmartcity.look.charts import Series, Step

Row = dict[str, Any]
"""One step, entry or issue, as the macros read it."""

_WAY = ("received", "sent", "acknowledged", "in_progress", "reported_fixed", "fixed_confirmed")


def steps(
    now: datetime, *, at: str, state: str = "current", body: str = "City of Cape Town"
) -> list[Row]:
    """A ladder that stands at the status `at`, in `state`; everything before is done."""
    labels = {
        "received": _("Received"),
        "sent": _("Sent to %(body)s") % {"body": body},
        "acknowledged": _("Logged"),
        "in_progress": _("Being worked on"),
        "reported_fixed": _("%(body)s says fixed") % {"body": body},
        "fixed_confirmed": _("Confirmed by a resident"),
    }
    here = _WAY.index(at)
    return [
        {
            "key": key,
            "label": labels[key],
            "state": "done" if place < here else state if place == here else "todo",
            "at": now - timedelta(hours=31 * (here - place) + 2) if place <= here else None,
            "who": body if 2 <= place <= min(here, 4) else None,
        }
        for place, key in enumerate(_WAY)
    ]


def promised(now: datetime) -> list[Row]:
    """Half-way, with the body's reference and a promise for next week."""
    rows = steps(now, at="acknowledged")
    rows[2]["note"] = _("Their reference: %(reference)s") % {"reference": "9114 2205 731"}
    rows[3]["due_at"] = now + timedelta(days=4)
    return rows


def overdue(now: datetime) -> list[Row]:
    """The promise has gone by and the work stands still."""
    rows = steps(now, at="in_progress")
    rows[3] |= {
        "key": "on_hold",
        "label": _("On hold"),
        "note": _("Waiting for a part. They expect to go on next week."),
        "due_at": now - timedelta(days=3),
    }
    return rows


def not_fixed(now: datetime) -> list[Row]:
    """The body said it was fixed; a resident disagreed; one stage was never reported."""
    rows = steps(now, at="reported_fixed")
    rows[3] |= {"state": "skipped", "who": None, "at": None}
    rows[4]["state"] = "done"
    rows[5] |= {
        "key": "not_fixed",
        "label": _("Not fixed, says a resident"),
        "state": "problem",
        "at": now - timedelta(minutes=25),
        "note": _("We sent it back and asked for a new date."),
    }
    return rows


def by_silence(now: datetime) -> list[Row]:
    """Nobody objected in seven days."""
    rows = steps(now, at="fixed_confirmed", state="done")
    rows[5] |= {"key": "fixed_silence", "label": _("Taken as fixed"), "who": None}
    rows[5]["note"] = _("Nobody objected in 7 days.")
    return rows


def ladders(now: datetime) -> list[Row]:
    """Every kind of ladder, each with a title."""
    return [
        {"title": _("On its way"), "steps": promised(now)},
        {"title": _("Overdue and on hold"), "steps": overdue(now)},
        {"title": _("City says fixed"), "steps": steps(now, at="reported_fixed")},
        {
            "title": _("Confirmed by a resident"),
            "steps": steps(now, at="fixed_confirmed", state="done"),
        },
        {"title": _("Nobody objected"), "steps": by_silence(now)},
        {"title": _("Not fixed"), "steps": not_fixed(now)},
    ]


def _photo(name: str, alt: str) -> Row:
    return {"photo": static(f"look/{name}.svg"), "photo_alt": alt}


def _issue(now: datetime, title: str, place: str, *, hours: int, **facts: Any) -> Row:
    """A card's dict, reported `hours` ago; `facts` are its other keys."""
    return {
        "title": title,
        "place": place,
        "href": "#cards",
        "reference": f"CPT-{hours:06d}",
        "at": now - timedelta(hours=hours),
        "body": "City of Cape Town",
        **facts,
    }


def _with_the_city(now: datetime) -> list[Row]:
    """One on time and one late."""
    pothole = _("Pothole in the left lane, deep enough to break a wheel")
    return [
        _issue(
            now,
            pothole,
            "Klipfontein Road, Athlone",
            hours=3,
            group="roads",
            category=_("Roads"),
            status="acknowledged",
            steps=promised(now),
            me_too_count=12,
            **_photo("sample-before", _("A hole in the left lane")),
        ),
        _issue(
            now,
            _("Street light out"),
            "Lansdowne Road, Khayelitsha",
            hours=170,
            group="lights",
            category=_("Street lights"),
            status="on_hold",
            steps=overdue(now),
            me_too_count=1,
            overdue_since=now - timedelta(days=3),
        ),
    ]


def _answered(now: datetime) -> list[Row]:
    """A claim, a proof and a contradiction."""
    return [
        _issue(
            now,
            _("Water running down the street"),
            "Kloof Nek Road, Gardens",
            hours=30,
            group="water",
            category=_("Water"),
            status="reported_fixed",
            steps=steps(now, at="reported_fixed"),
            **_photo("sample-after", _("A patched road")),
        ),
        _issue(
            now,
            _("Robot not working"),
            "Main Road and Church Street, Wynberg",
            hours=400,
            group="traffic",
            category=_("Traffic lights"),
            status="fixed_confirmed",
            steps=steps(now, at="fixed_confirmed", state="done"),
            me_too_count=31,
        ),
        _issue(
            now,
            _("Bin not collected"),
            "2nd Avenue, Mitchells Plain",
            hours=9000,
            group="refuse",
            category=_("Refuse"),
            status="not_fixed",
            steps=not_fixed(now),
        ),
    ]


def issues(now: datetime) -> list[Row]:
    """Cards: with and without photo, on time and late, long and short."""
    return _with_the_city(now) + _answered(now)


def voices(now: datetime) -> list[Row]:
    """A timeline in which everybody speaks once; one entry tries to smuggle markup in."""
    return [
        {
            "voice": "resident",
            "who": _("A neighbour"),
            "at": now - timedelta(minutes=12),
            "words": _("It is still there. Two cars hit it this morning. <b>Please</b> come soon."),
            "photo": static("look/sample-before.svg"),
            "photo_alt": _("The hole, seen from the pavement"),
        },
        {
            "voice": "body",
            "who": "City of Cape Town",
            "at": now - timedelta(hours=5),
            "status": "reported_fixed",
            "body": "City of Cape Town",
            "words": _("The team filled the hole on Tuesday."),
        },
        {
            "voice": "dispatcher",
            "who": "Nomsa",
            "at": now - timedelta(days=1),
            "words": _("I phoned the depot. They promised to send a team before the weekend."),
        },
        {
            "voice": "councillor",
            "who": _("Office of ward 115"),
            "at": now - timedelta(days=3),
            "words": _("I have asked for this road to be resealed in June."),
        },
        {
            "voice": "platform",
            "who": "My Smart City",
            "at": now - timedelta(days=9),
            "words": _("We sent this to the City of Cape Town."),
        },
    ]


def drawings() -> dict[str, Any]:
    """A day of an invented office: quiet at night, some failures at noon."""
    counts = [1, 0, 2, 6, 18, 24, 31, 28, 22, 14, 7, 2]
    steps = [Step(count, {5: 1, 6: 5}.get(place, 0)) for place, count in enumerate(counts)]
    hours = [f"{2 * place:02d}:00" for place in range(len(counts))]
    ticks = [(place / len(counts), hours[place]) for place in (3, 6, 9)]
    waits = [0.3, None, 0.4, 0.5, 0.7, 0.9, 2.1, 1.2, 0.8, 0.6, 0.5, 0.4]
    names = [_("out"), _("in")]
    series = [Series(names[0], waits), Series(names[1], [wait and wait / 2 for wait in waits])]
    table = [(hour, step.ok, step.errors) for hour, step in zip(hours, steps, strict=True)]
    return {
        "strip": charts.strip(steps, label=_("155 calls went well, 6 failed")),
        "bars": charts.bars(steps, label=_("155 calls went well, 6 failed"), ticks=ticks),
        "line": charts.line(
            series, label=_("How long calls took"), say=lambda wait: f"{wait:g} s", ticks=ticks
        ),
        "columns": [
            {"label": _("From")},
            {"label": _("Went well"), "number": True},
            {"label": _("Failed"), "number": True},
        ],
        "rows": [list(row) for row in table],
        "table": table,
    }
