"""Shadow and live: whether a connection writes."""

from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.status import Mode
from mysmartcity.people.models import Person


def set_mode(*, connection: Connection, mode: Mode, by: Person | None) -> None:
    """From now on the connection writes (live), or only reads and compares (shadow)."""
    del by
    Connection.objects.filter(pk=connection.pk).update(mode=mode)
