"""What a connection's words mean, by its codes or those on trial. Reads only."""

from collections.abc import Mapping
from typing import Any

from mysmartcity.connectors.codes import Meaning, meaning_of
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import SYSTEMS, starting_statuses


def understood(
    connection: Connection, word: str, *, statuses: Mapping[str, Any] | None = None
) -> Meaning | None:
    """What a status word of a connection's system means; None when nobody has said.

    `statuses` are codes on trial; without them those in force, or while they are empty the words of
    the system's standard.
    """
    system = SYSTEMS.get(connection.system)
    given = connection.statuses if statuses is None else statuses
    known = given or starting_statuses(connection)
    return meaning_of(word, known, is_ours=system is not None and system.speaks_our_statuses)


def category_code(
    connection: Connection, code: str, *, category_codes: Mapping[str, Any] | None = None
) -> str:
    """The system's code for a category of ours, by the codes in force or those on trial; "" for none."""
    given = connection.category_codes if category_codes is None else category_codes
    return str(given.get(code) or "") or (code if connection.settings.get("same_codes") else "")
