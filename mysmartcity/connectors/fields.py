"""A column whose content is sealed at rest: a small JSON object of names and secrets."""

import json
from typing import Any

from django.db import models

from mysmartcity.lib.sealing import seal, unseal


class SealedField(models.TextField[dict[str, str], dict[str, str]]):
    """Names → secrets; in Python a dict, in the database one sealed token."""

    def from_db_value(self, value: str | None, *_: Any) -> dict[str, str]:
        """Open what was read."""
        return self.to_python(value)

    def to_python(self, value: Any) -> dict[str, str]:
        """A dict, whatever form it came in."""
        if isinstance(value, dict):
            return value
        return dict(json.loads(unseal(value))) if value else {}

    def get_prep_value(self, value: Any) -> str:
        """Seal what is written; nothing stays nothing."""
        return seal(json.dumps(value, sort_keys=True)) if value else ""

    def value_to_string(self, obj: models.Model) -> str:
        """Dumps of the database hold the sealed form."""
        return self.get_prep_value(self.value_from_object(obj))
