"""Who drains which slot of a connection: one at a time, by PostgreSQL's advisory locks.

A slot is one of a connection's lanes. Its lock belongs to the database session, so it ends with the
process that held it: a worker that is killed blocks nobody, not even for a moment. Leases on messages
stand behind it and hold even where a slot is taken twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection as database

SPACE: Final = 0x6D7363
"""Our own number space among advisory locks ("msc")."""

MOST_LANES: Final = 16


@contextmanager
def held(connection_id: int, slot: int) -> Iterator[bool]:
    """True while the slot is ours; False when somebody else has it, then nothing may be done."""
    key = connection_id * MOST_LANES + slot
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, key % 2**31])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, key % 2**31])
