"""The list of updates (the `servicerequestupdates` extension) as one statement.

An update is a step on the ladder or public words; what is inside, and being hidden or shown again,
never appears. Its id is the reference with the moment it was recorded: database ids stay in the house.
"""

import json
from datetime import datetime

from django.conf import settings

from mysmartcity.api.open311.parse import MAX_ROWS
from mysmartcity.api.open311.requests_sql import PUBLIC, text_of
from mysmartcity.issues.status import Status

WORDS = {
    Status.RECEIVED: "OPEN",
    Status.SENT: "OPEN",
    Status.ACKNOWLEDGED: "INVESTIGATING",
    Status.SCHEDULED: "ACTION_SCHEDULED",
    Status.IN_PROGRESS: "IN_PROGRESS",
    Status.ON_HOLD: "INVESTIGATING",
    Status.REPORTED_FIXED: "FIXED",
    Status.FIXED: "FIXED",
    Status.NOT_FIXED: "REOPEN",
    Status.DECLINED: "NO_FURTHER_ACTION",
    Status.MERGED: "DUPLICATE",
    Status.WITHDRAWN: "CANCELLED",
}
"""Our ladder in the words of the extension."""

# An issue's `updated_at` moves with every public entry and has an index, so it finds the issues; the
# entries of each come from theirs. A comment has no step of its own: it shows where the issue stood.
_UPDATES = """
SELECT coalesce(json_agg(row), '[]')::text FROM (
    SELECT i.reference || '-' || to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')
            AS update_id,
        i.reference AS service_request_id,
        %(words)s::jsonb ->> coalesce(nullif(e.after, ''), (
            SELECT b.after FROM issues_timelineentry b
            WHERE b.issue_id = e.issue_id AND b.id < e.id AND b.after NOT IN ('', 'hidden')
            ORDER BY b.id DESC LIMIT 1
        ), 'received') AS status,
        to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            AS updated_datetime,
        CASE WHEN i.status <> %(withdrawn)s THEN nullif(e.public_words, '') END AS description,
        CASE WHEN e.photo_digest <> '' AND i.status <> %(withdrawn)s
            AND NOT EXISTS (SELECT 1 FROM issues_photo p WHERE p.issue_id = e.issue_id
                AND p.digest = e.photo_digest AND p.is_hidden)
            THEN %(photos)s || left(e.photo_digest, 2) || '/' || e.photo_digest || '.page.webp'
            END AS media_url
    FROM issues_issue i JOIN issues_timelineentry e ON e.issue_id = i.id
    WHERE i.jurisdiction_id = %(jurisdiction)s AND i.status = ANY(%(public)s)
        AND i.updated_at >= %(start)s AND e.recorded_at >= %(start)s
        AND (%(end)s::timestamptz IS NULL OR e.recorded_at <= %(end)s)
        AND e.before <> 'hidden' AND e.after <> 'hidden'
        AND (e.before <> '' OR e.public_words <> '')
    ORDER BY e.recorded_at, e.id LIMIT %(limit)s
) row
"""


def updates_json(*, jurisdiction_id: int, start: datetime, end: datetime | None) -> bytes:
    """The updates recorded from `start` to `end` (inclusive), oldest first, at most 1,000."""
    return text_of(
        _UPDATES,
        {
            "words": json.dumps(WORDS),
            "withdrawn": str(Status.WITHDRAWN),
            "photos": f"{settings.PUBLIC_URL}/photos/",
            "jurisdiction": jurisdiction_id,
            "public": PUBLIC,
            "start": start,
            "end": end,
            "limit": MAX_ROWS,
        },
    )
