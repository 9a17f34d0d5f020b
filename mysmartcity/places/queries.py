"""Questions about areas as QuerySet verbs. Finding areas by a point is in locate.py, in process."""

from typing import Any, Self

from django.db import models


class AreaQuerySet(models.QuerySet[Any]):
    """Filters that pages, the API and the index share."""

    def current(self) -> Self:
        """Still in the newest version of its layer."""
        return self.filter(retired_at__isnull=True)

    def of_kind(self, *kinds: str) -> Self:
        """Of one of these kinds (AreaKind)."""
        return self.filter(kind__in=kinds)

    def of_municipality(self, code: str) -> Self:
        """The municipality with this code and everything inside it."""
        return self.filter(municipality_code=code)
