"""Whether the body that a report will go to takes nothing without an address. Reads only.

For the faces: what is asked before a report is sent. Which connection carries a message in the end
is decided when it goes.
"""

from collections.abc import Iterable

from mysmartcity.connectors.models import Connection, Preference
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.people.models import Body


def needs_address(*, body: Body, category_code: str) -> bool:
    """Whether the first connection for this category to this body must have street and number."""
    return any(_needs(one) for one in _first_choice(body, category_code))


def _needs(connection: Connection) -> bool:
    try:
        return connector_for(connection).capabilities.needs_address
    except UnknownSystem:
        return False


def _first_choice(body: Body, category_code: str) -> Iterable[Connection]:
    """Those with the lowest position, the category's own rows first; without rows, the body's."""
    rows = list(
        Preference.objects.filter(body=body, category_code__in=(category_code, ""))
        .select_related("connection__body")
        .order_by("position", "pk")
    )
    own = [row for row in rows if row.category_code == category_code] or rows
    if own:
        return [row.connection for row in own if row.position == own[0].position]
    connection = Connection.objects.for_body(body)
    return [connection] if connection is not None else []
