"""The statements that make the issues of a bench, and everything that hangs on them, in one go each.

They write what the actions would have written over the years; the actions themselves are measured, not
used, because 100,000 of them would take longer than the whole bench.
"""

TABLES = """
CREATE TEMP TABLE bench_place (
    number int PRIMARY KEY, jurisdiction_id bigint, area_ids bigint[], name text) ON COMMIT DROP;
CREATE TEMP TABLE bench_seed (
    n int PRIMARY KEY, place int, reference text, lat float8, lng float8, middle_lat float8,
    middle_lng float8, cell5 bigint, cell6 bigint, cell7 bigint, cell8 bigint, cell9 bigint
) ON COMMIT DROP;
CREATE TEMP TABLE bench_step (status text, weight int, steps text[]) ON COMMIT DROP;
INSERT INTO bench_step VALUES
    ('fixed', 52, '{received,sent,acknowledged,reported_fixed,fixed}'),
    ('acknowledged', 9, '{received,sent,acknowledged}'),
    ('in_progress', 8, '{received,sent,acknowledged,in_progress}'),
    ('sent', 7, '{received,sent}'),
    ('received', 4, '{received}'),
    ('reported_fixed', 4, '{received,sent,acknowledged,reported_fixed}'),
    ('scheduled', 4, '{received,sent,acknowledged,scheduled}'),
    ('declined', 4, '{received,sent,declined}'),
    ('on_hold', 3, '{received,sent,acknowledged,on_hold}'),
    ('not_fixed', 2, '{received,sent,reported_fixed,not_fixed}'),
    ('merged', 1, '{received,merged}'),
    ('withdrawn', 1, '{received,withdrawn}'),
    ('hidden', 1, '{received,hidden}');
"""

_PREPARE = """
CREATE TEMP TABLE bench_draw ON COMMIT DROP AS
WITH dice AS (
    SELECT s.*, p.jurisdiction_id, p.area_ids, p.name AS place_name,
        floor(random() * 100)::int AS roll, random() ^ 2 AS which, random() ^ 1.3 AS age,
        random() AS photo
    FROM bench_seed s JOIN bench_place p ON p.number = s.place),
ladder AS (
    SELECT status, steps, sum(weight) OVER (ORDER BY weight DESC, status) AS upto,
        sum(weight) OVER (ORDER BY weight DESC, status) - weight AS above
    FROM bench_step),
offered AS (
    SELECT id, jurisdiction_id, privacy, name, "group", level_hours, level_working_days,
        row_number() OVER (PARTITION BY jurisdiction_id ORDER BY position, id) - 1 AS place,
        count(*) OVER (PARTITION BY jurisdiction_id) AS many
    FROM issues_category WHERE is_active)
SELECT d.*, o.id AS category_id, o.privacy, o.name AS category_name, b.name AS body_name,
    b.slug AS body_slug, b.id AS body_id, l.status, l.steps,
    now() - interval '3 days' - d.age * interval '1000 days' AS reported_at,
    coalesce(o.level_hours, o.level_working_days * 34) * interval '1 hour' AS promise
FROM dice d
JOIN offered o ON o.jurisdiction_id = d.jurisdiction_id AND o.place = floor(d.which * o.many)
JOIN ladder l ON d.roll >= l.above AND d.roll < l.upto
JOIN issues_jurisdiction j ON j.id = d.jurisdiction_id
JOIN people_body b ON b.id = j.body_id
"""

_ISSUES = """
INSERT INTO issues_issue (id, reference, jurisdiction_id, category_id, status, status_before,
    description, answers, lat, lng, public_lat, public_lng, cell7, cell8, cell9, address, address_id,
    place_name, reported_at, updated_at, status_at, promised_at, hold_reason, fixed_by,
    decline_reason, merged_into_id, responsible_name, responsible_slug, report_count, photo_digest,
    media_url, channel, language, tracking_hash, request_digest)
SELECT n, reference, jurisdiction_id, category_id,
    CASE WHEN status = 'merged' AND n < 3 THEN 'sent' ELSE status END, '',
    category_name || ': ' || (ARRAY['it has been like this for a week and gets worse every day.',
        'please come and look, children walk past here on the way to school.',
        'reported before, nobody came.', 'at the corner next to the shop, opposite the taxi rank.',
        'since the storm on Sunday. The whole street is affected and people drive around it.'
        ])[1 + n % 5] || ' (' || n || ')',
    '{}', lat, lng,
    CASE WHEN privacy = 'coarse' THEN middle_lat ELSE lat END,
    CASE WHEN privacy = 'coarse' THEN middle_lng ELSE lng END,
    cell7, cell8, cell9, 1 + n % 300 || ' Main Road', '', place_name, reported_at,
    reported_at + cardinality(steps) * interval '14 hours',
    reported_at + cardinality(steps) * interval '14 hours', reported_at + promise,
    CASE WHEN status = 'on_hold' THEN 'Waiting for parts.' ELSE '' END,
    CASE WHEN status = 'fixed' THEN (ARRAY['resident', 'silence'])[1 + n % 2] ELSE '' END,
    CASE WHEN status = 'declined' THEN 'not_ours' ELSE '' END,
    CASE WHEN status = 'merged' AND n >= 3 THEN n - 1 END,
    CASE WHEN status <> 'received' THEN body_name ELSE '' END,
    CASE WHEN status <> 'received' THEN body_slug ELSE '' END,
    1 + (n % 7 = 0)::int * 2,
    CASE WHEN photo < 0.4 THEN encode(sha256(('photo' || n)::bytea), 'hex') ELSE '' END,
    '', 'web', 'en', encode(sha256(('track' || n)::bytea), 'hex'), ''
FROM bench_draw ORDER BY n
"""

_REST = (
    "SELECT setval(pg_get_serial_sequence('issues_issue', 'id'), (SELECT max(id) FROM issues_issue))",
    "INSERT INTO issues_issuearea (issue_id, area_id) SELECT n, unnest(area_ids) FROM bench_draw",
    """
    INSERT INTO issues_timelineentry (issue_id, happened_at, recorded_at, actor, actor_name, kind,
        before, after, public_words, inside_words, photo_digest)
    SELECT n, reported_at + rung * interval '14 hours', reported_at + rung * interval '14 hours',
        CASE WHEN step IN ('received', 'not_fixed', 'withdrawn') THEN 'resident'
            WHEN step IN ('sent', 'hidden', 'merged', 'fixed') THEN 'platform' ELSE 'body' END,
        CASE WHEN step IN ('acknowledged', 'scheduled', 'in_progress', 'on_hold', 'reported_fixed',
            'declined') THEN body_name ELSE '' END,
        'status', coalesce(steps[rung - 1], ''), step,
        CASE WHEN step IN ('reported_fixed', 'declined', 'on_hold') THEN 'A team was there.' ELSE ''
            END, '', ''
    FROM bench_draw, unnest(steps) WITH ORDINALITY AS one (step, rung) ORDER BY n, rung
    """,
    """
    INSERT INTO issues_photo (issue_id, digest, width, height, position, added_at, is_hidden)
    SELECT n, encode(sha256(('photo' || n)::bytea), 'hex'), 1600, 1200, 0, reported_at, false
    FROM bench_draw WHERE photo < 0.4
    """,
    """
    INSERT INTO issues_celldelta (cell7, cell6, cell5, category_id, status, count)
    SELECT d.cell7, d.cell6, d.cell5, i.category_id, i.status, count(*)
    FROM bench_draw d JOIN issues_issue i ON i.id = d.n GROUP BY 1, 2, 3, 4, 5
    """,
    """
    INSERT INTO issues_listeddelta (cell8, cell7, cell6, cell5, count)
    SELECT d.cell8, d.cell7, d.cell6, d.cell5, count(*) FROM bench_draw d JOIN issues_issue i
        ON i.id = d.n AND i.status <> ALL(ARRAY['hidden', 'withdrawn', 'merged'])
    GROUP BY 1, 2, 3, 4
    """,
    """
    INSERT INTO issues_contact (issue_id, name, email, phone, account_number)
    SELECT n, '', 'resident' || n || '@example.org', '', '' FROM bench_draw WHERE n % 3 = 0
    """,
    """
    INSERT INTO issues_follow (issue_id, email, device_hash, is_reporter, is_joined, stop_hash,
        created_at)
    SELECT n, CASE WHEN n % 3 = 0 THEN 'resident' || n || '@example.org' ELSE '' END,
        encode(sha256(('device' || n)::bytea), 'hex'), true, false,
        encode(sha256(('stop' || n)::bytea), 'hex'), reported_at
    FROM bench_draw WHERE n % 2 = 0 OR n % 3 = 0
    """,
    """
    INSERT INTO dispatch_handover (issue_id, body_id, rule_reason, state, body_reference, body_token,
        body_status, made_at, sent_at, acknowledged_at, is_current, is_shared,
        said, decline_reason)
    SELECT n, body_id, 'The city does this itself.', 'acknowledged', 'C' || n, '', 'open',
        reported_at, reported_at, reported_at, true, false, '', ''
    FROM bench_draw WHERE 'acknowledged' = ANY(steps)
    """,
)

STATEMENTS = (_PREPARE, _ISSUES, *_REST)
