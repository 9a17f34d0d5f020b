"""The counts behind the map's clusters: appended with every change, added up now and then."""

from django.db import connection, transaction

from mysmartcity.issues.models import CellDelta, Issue, ListedDelta
from mysmartcity.issues.status import LISTED
from mysmartcity.lib import geo


def move_count(*, issue: Issue, before: str, after: str) -> None:
    """An issue left one status for another."""
    cell6, cell5 = geo.parent_cell(issue.cell7, 6), geo.parent_cell(issue.cell7, 5)
    CellDelta.objects.bulk_create(
        CellDelta(
            cell7=issue.cell7,
            cell6=cell6,
            cell5=cell5,
            category_id=issue.category_id,
            status=status,
            count=change,
        )
        for status, change in ((before, -1), (after, 1))
    )
    change = int(after in LISTED) - int(before in LISTED)
    if change:
        ListedDelta.objects.create(
            cell8=issue.cell8, cell7=issue.cell7, cell6=cell6, cell5=cell5, count=change
        )


def count_issue(*, issue: Issue, change: int) -> None:
    """An issue comes to (1) or leaves (-1) its cells and category as it stands."""
    cell6, cell5 = geo.parent_cell(issue.cell7, 6), geo.parent_cell(issue.cell7, 5)
    CellDelta.objects.create(
        cell7=issue.cell7,
        cell6=cell6,
        cell5=cell5,
        category_id=issue.category_id,
        status=issue.status,
        count=change,
    )
    if issue.status in LISTED:
        ListedDelta.objects.create(
            cell8=issue.cell8, cell7=issue.cell7, cell6=cell6, cell5=cell5, count=change
        )


_ADD_UP = """
WITH gone AS (DELETE FROM issues_celldelta RETURNING *)
INSERT INTO issues_celldelta (cell7, cell6, cell5, category_id, status, count)
SELECT cell7, cell6, cell5, category_id, status, sum(count)
FROM gone GROUP BY 1, 2, 3, 4, 5 HAVING sum(count) <> 0
"""
_ADD_UP_LISTED = """
WITH gone AS (DELETE FROM issues_listeddelta RETURNING *)
INSERT INTO issues_listeddelta (cell8, cell7, cell6, cell5, count)
SELECT cell8, cell7, cell6, cell5, sum(count)
FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0
"""


def add_up_counts() -> None:
    """Replace the appended changes by their sums in one transaction: a reader sees before or after.

    Changes committed while it runs are not in its snapshot and stay for the next time. Two runs at
    once would wait for each other's rows and then find them gone, so a lock keeps it to one.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(7311001)")
        if cursor.fetchone() == (True,):
            cursor.execute(_ADD_UP)
            cursor.execute(_ADD_UP_LISTED)
