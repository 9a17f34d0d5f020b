"""The bare reference: what the same answers cost with a WSGI function, psycopg and SQL, nothing else.

It reads the platform's own tables, so that both sides meet the same data, and writes to two tables of
its own. No validation, no areas, no privacy, no escaping: it is a floor, not something to copy.
"""

import os
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from psycopg_pool import ConnectionPool

START = Callable[[str, list[tuple[str, str]]], object]
Environ = dict[str, Any]

TABLES = """
CREATE TABLE IF NOT EXISTS bare_issue (
    id bigserial PRIMARY KEY, reference text UNIQUE, category_id bigint, status text,
    description text, lat float8, lng float8, reported_at timestamptz DEFAULT now());
CREATE INDEX IF NOT EXISTS bare_newest ON bare_issue (category_id, reported_at DESC, id DESC);
CREATE TABLE IF NOT EXISTS bare_job (
    id bigserial PRIMARY KEY, task text, args jsonb, made_at timestamptz DEFAULT now());
"""

LIST = """
SELECT coalesce(json_agg(row), '[]')::text FROM (
    SELECT reference AS service_request_id, status, description, category_id,
        reported_at AS requested_datetime, updated_at AS updated_datetime,
        public_lat AS lat, public_lng AS long, address
    FROM issues_issue WHERE jurisdiction_id = %s
    ORDER BY reported_at DESC, id DESC LIMIT 50) row
"""

ONE = """
SELECT json_build_array(json_build_object('service_request_id', reference, 'status', status,
    'description', description, 'requested_datetime', reported_at, 'lat', public_lat,
    'long', public_lng, 'address', address))::text
FROM issues_issue WHERE reference = %s
"""

PAGE = """
SELECT reference, status, description, place_name, reported_at
FROM issues_issue WHERE jurisdiction_id = %s ORDER BY reported_at DESC, id DESC LIMIT 30
"""

MAP = """
SELECT coalesce(json_agg(row), '[]')::text FROM (
    SELECT cell8 AS cell, count(*) FROM issues_issue
    WHERE public_lat BETWEEN %s AND %s AND public_lng BETWEEN %s AND %s GROUP BY 1) row
"""

_pool: ConnectionPool = ConnectionPool(
    os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True
)

with _pool.connection() as _connection:
    _connection.execute(TABLES)


def _accept(environ: Environ, _query: dict[str, str]) -> str:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    form = dict(parse_qsl(environ["wsgi.input"].read(length).decode()))
    reference = f"BAR-{uuid.uuid4().hex[:12]}"
    with _pool.connection() as connection:
        row = connection.execute(
            "INSERT INTO bare_issue (reference, category_id, status, description, lat, lng) "
            "VALUES (%s, 1, 'received', %s, %s, %s) RETURNING id",
            [reference, form["description"], form["lat"], form["long"]],
        ).fetchone()
        job = f'{{"issue_id": {row[0] if row else 0}}}'
        connection.execute("INSERT INTO bare_job (task, args) VALUES ('route', %s)", [job])
    return f'[{{"service_request_id": "{reference}"}}]'


def _text(statement: str, values: list[Any]) -> str:
    with _pool.connection() as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    return str(row[0]) if row else "[]"


def _list(_environ: Environ, query: dict[str, str]) -> str:
    return _text(LIST, [query["jurisdiction"]])


def _one(_environ: Environ, query: dict[str, str]) -> str:
    return _text(ONE, [query["reference"]])


def _map(_environ: Environ, query: dict[str, str]) -> str:
    west, south, east, north = query["box"].split(",")
    return _text(MAP, [south, north, west, east])


def _page(_environ: Environ, query: dict[str, str]) -> str:
    with _pool.connection() as connection:
        rows = connection.execute(PAGE, [query["jurisdiction"]]).fetchall()
    items = [
        f'<li><a href="/i/{reference}">{reference}</a><b>{status}</b><p>{words}</p>'
        f"<p>{place}</p><time>{moment:%d %B %Y}</time></li>"
        for reference, status, words, place, moment in rows
    ]
    return f"<!doctype html><html><body><ul>{''.join(items)}</ul></body></html>"


_VIEWS = {"/accept": _accept, "/list": _list, "/one": _one, "/map": _map, "/page": _page}


def application(environ: Environ, start_response: START) -> Iterable[bytes]:
    """WSGI: one function for each path."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    body = _VIEWS[environ["PATH_INFO"]](environ, query).encode()
    kind = "text/html" if environ["PATH_INFO"] == "/page" else "application/json"
    headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
