"""Whether the body that a report will go to takes nothing without an address. Reads only.

For the faces: what is asked before a report is sent. Which connection carries a message in the end
is decided when it goes.
"""

from mysmartcity.connectors.actions.lanes import ways_to
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.people.models import Body


def needs_address(*, body: Body, category_code: str) -> bool:
    """Whether the first connection for this category to this body must have street and number."""
    first = next(iter(ways_to(body, category_code)), None)
    return first is not None and any(_needs(one) for one in first[1])


def _needs(connection: Connection) -> bool:
    try:
        return connector_for(connection).capabilities.needs_address
    except UnknownSystem:
        return False
