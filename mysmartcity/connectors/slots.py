"""Who does a thing for a connection: one at a time, by PostgreSQL's advisory locks.

A lock belongs to the database session, so it ends with the process that held it: a worker that is
killed blocks nobody, not even for a moment. Leases on messages and unique rows of the inbox stand behind
it and hold even where a thing is done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from django.db import connection as database

MOST_LANES: Final = 16


class Work(IntEnum):
    """What is done by one at a time; the numbers are our own space among advisory locks."""

    DRAIN = 0x6D736301
    """Sending what waits in one slot of a connection."""
    POLL = 0x6D736302
    COMPARE = 0x6D736303


@contextmanager
def held(work: Work, connection_id: int, slot: int = 0) -> Iterator[bool]:
    """True while the work is ours; False when somebody else has it, then nothing may be done."""
    key = [int(work), (connection_id * MOST_LANES + slot) % 2**31]
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
