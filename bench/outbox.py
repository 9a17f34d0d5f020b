"""Fills the outbox of an empty platform: messages to one simulated city that wait, and a past of others.

Called inside a Django shell of the platform.
"""

from django.db import connection as database

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.dispatch.actions import hand_over
from mysmartcity.dispatch.models import Delivery
from mysmartcity.dispatch.rules import Route
from mysmartcity.issues.models import Category, Issue, Jurisdiction

CITY = "capetown"

_PAST = """
INSERT INTO dispatch_delivery (handover_id, key, kind, content, lane, state, attempt_count, look_up_count,
    lease_token, error_class, error, remote_id, made_at, next_try_at, first_try_at, done_at)
SELECT h.id, 'past-' || n, 'comment', '{"words": "It is still there."}', h.lane, 'done', 1, 0, '', '', '',
    'r' || n, now() - n * interval '30 s', now() - n * interval '30 s', now() - n * interval '30 s',
    now() - n * interval '30 s' + interval '2 s'
FROM generate_series(1, %s) n JOIN (
    SELECT id, lane, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
    FROM dispatch_handover WHERE lane IS NOT NULL) h ON h.place = n %% h.many
"""


def connect(endpoint: str, key: str, remote_category: str) -> None:
    """One connection to one simulated city, for the body of one jurisdiction."""
    body = Jurisdiction.objects.get(slug=CITY).body
    Preference.objects.all().delete()
    codes = Category.objects.filter(jurisdiction__slug=CITY).values_list("code", flat=True)
    Connection.objects.create(
        body=body,
        system="open311",
        settings={"endpoint": endpoint, "poll_seconds": 1_000_000},
        secrets={"key": key},
        category_codes=dict.fromkeys(codes, remote_category),
    )


def queue(count: int) -> None:
    """So many reports that nobody has yet are handed over; their messages wait."""
    body = Jurisdiction.objects.get(slug=CITY).body
    fresh = Issue.objects.filter(
        jurisdiction__slug=CITY, handovers__deliveries__isnull=True
    ).distinct()
    for issue in fresh.select_related("category")[:count]:
        Issue.objects.filter(pk=issue.pk).update(status="received")
        issue.status = "received"
        hand_over(issue=issue, found=Route(body, "The city does this itself.", 0))
    waiting = Delivery.objects.filter(state="waiting").count()
    if waiting != count:
        raise RuntimeError(f"{waiting} messages wait, not {count}")


def past(count: int) -> None:
    """So many messages that went out long ago."""
    with database.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_PAST, [count])
        cursor.execute("VACUUM ANALYZE dispatch_delivery")
