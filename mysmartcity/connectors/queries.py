"""Questions about connections: which ones lead to a body, and which bodies stand behind one."""

import zlib
from typing import Any, Self

from django.db import models

from mysmartcity.connectors.status import Mode

MAX_DEPTH = 5
"""Departments of departments of a municipality; more is a mistake in the data, not a body."""


class ConnectionQuerySet(models.QuerySet[Any]):
    """A department without a connection of its own is reached through its parent's."""

    def of_body(self, body: Any) -> list[Any]:
        """The live connections of a body, or of the nearest body above it that has any."""
        for _step in range(MAX_DEPTH):
            if body is None:
                return []
            found = list(self.live().filter(body=body).select_related("body").order_by("pk"))
            if found:
                return found
            body = body.parent
        return []

    def for_body(self, body: Any, *, system: str = "") -> Any | None:
        """A connection of a body, one of this system where it has one; None when there is none."""
        found = self.of_body(body)
        return next((one for one in found if one.system == system), next(iter(found), None))

    def active(self) -> Self:
        """Not paused."""
        return self.filter(is_active=True)

    def live(self) -> Self:
        """Those that write; the others only read and compare."""
        return self.filter(mode=Mode.LIVE)


def body_ids_behind(connection: Any) -> list[int]:
    """The ids of all bodies that are reached through a connection, its own first."""
    bodies = type(connection.body).objects
    taken = set(type(connection).objects.values_list("body_id", flat=True))
    found, level = [connection.body_id], [connection.body_id]
    for _step in range(MAX_DEPTH):
        below = bodies.filter(parent_id__in=level).exclude(pk__in=taken)
        level = [pk for pk in below.values_list("pk", flat=True) if pk not in found]
        if not level:
            break
        found += level
    return found


def body_ids_near(connection: Any) -> list[int]:
    """The ids of a connection's body, of those above it and of all below, whoever reaches those."""
    bodies = type(connection.body).objects
    found, level = [connection.body_id], [connection.body_id]
    for _step in range(MAX_DEPTH):
        below = bodies.filter(parent_id__in=level).values_list("pk", flat=True)
        level = [pk for pk in below if pk not in found]
        found += level
    above = connection.body.parent
    for _step in range(MAX_DEPTH):
        if above is None or above.pk in found:
            break
        found.append(above.pk)
        above = above.parent
    return found


def spread(public_id: str, *, seconds: int) -> int:
    """A moment of its own for each connection, the same every day: not all systems at once."""
    return zlib.crc32(public_id.encode()) % seconds
