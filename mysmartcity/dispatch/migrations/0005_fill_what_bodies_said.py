"""What each body said last, as far as the issue's status tells it; and the keys of its references."""

from django.db import migrations

_SAY = """
UPDATE dispatch_handover h SET said = CASE i.status WHEN 'fixed' THEN 'reported_fixed'
        ELSE i.status END,
    said_at = coalesce(h.ended_at, i.status_at), decline_reason = i.decline_reason
FROM issues_issue i
WHERE i.id = h.issue_id AND h.is_current AND i.status IN ('scheduled', 'in_progress',
    'on_hold', 'reported_fixed', 'fixed', 'declined')
"""
_REFER = """
UPDATE dispatch_handoverreference r SET said = h.said, said_at = h.said_at, body_status = h.body_status
FROM dispatch_handover h WHERE h.id = r.handover_id AND h.body_reference = r.reference
"""
_KEY = """
UPDATE dispatch_handoverreference SET key = CASE
    WHEN ltrim(lower(regexp_replace(reference, '\\s', '', 'g')), '0') <> ''
    THEN ltrim(lower(regexp_replace(reference, '\\s', '', 'g')), '0') ELSE '0' END
"""
"""The same as references.loose_key() for what bodies write: letters, digits and signs of ASCII."""


class Migration(migrations.Migration):

    dependencies = [
        ("dispatch", "0004_what_bodies_said"),
    ]

    operations = [
        migrations.RunSQL(_SAY, migrations.RunSQL.noop),
        migrations.RunSQL(_REFER, migrations.RunSQL.noop),
        migrations.RunSQL(_KEY, migrations.RunSQL.noop),
    ]
