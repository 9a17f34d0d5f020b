"""Which connections carry a body's messages, in which order."""

from datetime import timedelta
from itertools import groupby

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.queries import MAX_DEPTH
from mysmartcity.people.models import Body

Group = tuple[timedelta, list[Connection]]
"""Connections that are used together, and how long those before must have been away."""


def ways_to(body: Body | None, category_code: str) -> list[Group]:
    """The groups of connections to a body for a category, the preferred first."""
    for _step in range(MAX_DEPTH):
        if body is None:
            return []
        rows = Preference.objects.filter(
            body=body, connection__in=Connection.objects.live()
        ).select_related("connection__body")
        own = list(rows.filter(category_code=category_code)) if category_code else []
        chosen = sorted(own or rows.filter(category_code=""), key=lambda row: row.position)
        if chosen:
            groups = [list(its) for _at, its in groupby(chosen, key=lambda row: row.position)]
            return [
                (timedelta(hours=max(r.after_hours for r in its)), [r.connection for r in its])
                for its in groups
            ]
        found = Connection.objects.of_body(body)
        if found and found[0].body_id == body.pk:
            return [(timedelta(), found[:1])]
        body = body.parent
    return []
