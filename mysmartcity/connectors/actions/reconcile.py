"""Comparing our view with a system's. A stand-in: it writes down that somebody asked."""

from mysmartcity.connectors.models import Connection, Reconciliation
from mysmartcity.lib import clock


def reconcile(*, connection_id: int, is_full: bool) -> Reconciliation:
    """Compare once; gives the run."""
    connection = Connection.objects.get(pk=connection_id)
    return Reconciliation.objects.create(
        connection=connection, is_full=is_full, ended_at=clock.now()
    )
