"""The rows that stand beside every new issue: its areas, its first timeline entry, its counts on the map.

One statement for all of them, because this is the hottest write: the ORM takes three, each built anew.
tests/issues compare what is written here with what the models would write.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from mysmartcity.issues.models import Issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import geo

_WRITE = """
WITH areas AS (
    INSERT INTO issues_issuearea (issue_id, area_id)
    SELECT %(issue)s, unnest(%(areas)s::bigint[])),
counted AS (
    INSERT INTO issues_celldelta (cell7, cell6, cell5, category_id, status, count)
    VALUES (%(cell7)s, %(cell6)s, %(cell5)s, %(category)s, %(status)s, 1)),
listed AS (
    INSERT INTO issues_listeddelta (cell8, cell7, cell6, cell5, count)
    VALUES (%(cell8)s, %(cell7)s, %(cell6)s, %(cell5)s, 1))
INSERT INTO issues_timelineentry (issue_id, happened_at, recorded_at, actor, actor_name, by_id, kind,
    before, after, public_words, inside_words, photo_digest)
VALUES (%(issue)s, %(now)s, %(now)s, %(actor)s, '', %(by)s, 'status', '', %(status)s, '', '', '')
"""


def write_first_rows(*, issue: Issue, area_ids: Sequence[int]) -> None:
    """Write them for an issue that was just saved as received, inside the caller's transaction."""
    values: dict[str, Any] = {
        "issue": issue.pk,
        "areas": list(area_ids),
        "cell8": issue.cell8,
        "cell7": issue.cell7,
        "cell6": geo.parent_cell(issue.cell7, 6),
        "cell5": geo.parent_cell(issue.cell7, 5),
        "category": issue.category_id,
        "status": str(Status.RECEIVED),
        "now": issue.reported_at,
        "actor": str(Actor.RESIDENT),
        "by": issue.reporter_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
