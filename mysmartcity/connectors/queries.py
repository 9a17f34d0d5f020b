"""Questions about connections: which one leads to a body, and which bodies stand behind one."""

from typing import Any

from django.db import models

MAX_DEPTH = 5
"""Departments of departments of a municipality; more is a mistake in the data, not a body."""


class ConnectionQuerySet(models.QuerySet[Any]):
    """A department without a connection of its own is reached through its parent's."""

    def for_body(self, body: Any) -> Any | None:
        """The connection of a body, or of the nearest body above it; None when there is none."""
        for _step in range(MAX_DEPTH):
            if body is None:
                return None
            found = self.filter(body=body).select_related("body").first()
            if found is not None:
                return found
            body = body.parent
        return None

    def active(self) -> "ConnectionQuerySet":
        """Not paused."""
        return self.filter(is_active=True)


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
