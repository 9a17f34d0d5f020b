"""Connections that do not wait for ever: a server that was stopped, or a network that swallows packets,
answers neither yes nor no, and the server's own time limits cannot help where it does not run.

After DATABASE_PATIENCE seconds without an answer the connection is closed and the work fails with an
OperationalError; for the next moments every other connection of the process fails at once, so that the
threads of a web process are free to say that the database is away.
"""

import time
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from psycopg import errors
from psycopg.abc import PQGen

RV = TypeVar("RV")

REST = 2.0
"""Seconds for which nobody asks a server that has just not answered."""

_rest_until = 0.0


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose every wait ends."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Run one exchange with the server. Raises OperationalError when it gives no answer in time."""
        global _rest_until
        patience = settings.DATABASE_PATIENCE
        if not patience:
            return super().wait(gen, interval, timeout)
        if time.monotonic() < _rest_until:
            self.pgconn.finish()
            raise psycopg.OperationalError("The database did not answer a moment ago.")
        try:
            return super().wait(gen, interval, min(timeout or patience, patience))
        except errors._WaitTimeout as error:
            _rest_until = time.monotonic() + REST
            self.pgconn.finish()
            raise psycopg.OperationalError(
                f"The database gave no answer in {patience} s."
            ) from error
