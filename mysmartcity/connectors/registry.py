"""The one place that names systems. A new system is a folder and one line here."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from django.conf import settings

from mysmartcity.connectors.contract import Capabilities, ConnectionValues, Connector
from mysmartcity.connectors.memory import memory_of
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.systems.call_centre.connector import CallCentreConnector
from mysmartcity.connectors.systems.capetown.connector import CapeTownConnector
from mysmartcity.connectors.systems.collaborator.connector import CollaboratorConnector
from mysmartcity.connectors.systems.files.connector import FilesConnector
from mysmartcity.connectors.systems.mail import automatic, boxes, inbound, mapping
from mysmartcity.connectors.systems.mail.connector import MailConnector
from mysmartcity.connectors.systems.open311.connector import Open311Connector
from mysmartcity.connectors.systems.rest import shapes as rest_shapes
from mysmartcity.connectors.systems.rest.connector import RestConnector

SYSTEMS: Final[dict[str, type[Connector]]] = {
    "capetown": CapeTownConnector,
    "collaborator": CollaboratorConnector,
    "call_centre": CallCentreConnector,
    "files": FilesConnector,
    "mail": MailConnector,
    "open311": Open311Connector,
    "rest": RestConnector,
}

# The form of the declarative definitions, for docs/reference.
rest_schema = rest_shapes.schema

# Mail comes in through one box for all connections, so its reading is named here too.
Bounce = automatic.Bounce
BoxFailed = boxes.BoxFailed
InboundMail = inbound.InboundMail
Letter = boxes.Letter
UnreadableMail = inbound.Unreadable
inbound_boxes = boxes.boxes
mail_is_from_office = inbound.is_from_office
mail_message_id = mapping.message_id
mail_status = inbound.status_of
parse_mail = inbound.parse


class UnknownSystem(LookupError):
    """A connection names a system that is not in the registry."""


def connector_for(connection: Connection) -> Connector:
    """The connector of a connection, with its settings. Raises UnknownSystem."""
    if connection.system not in SYSTEMS:
        raise UnknownSystem(f"No system is called “{connection.system}”.")
    values = ConnectionValues(
        body_name=connection.body.name,
        settings=connection.settings,
        secret=connection.secret,
        statuses=connection.statuses,
        allowed_hosts=settings.OUTBOUND_ALLOWED_HOSTS,
        secrets=connection.secrets,
        memory=memory_of(connection.pk, _version(connection)),
    )
    return SYSTEMS[connection.system](values)


def capabilities_of(connection: Connection) -> Capabilities | None:
    """What the system of a connection can do, without opening its secrets; None for an unknown system."""
    connector = _without_secrets(connection)
    return connector.capabilities if connector is not None else None


def starting_statuses(connection: Connection) -> Mapping[str, str]:
    """What a connection's mapping of statuses is while it is empty: the system's, or its definition's."""
    connector = _without_secrets(connection)
    return connector.own_statuses() if connector is not None else {}


def further_references(connection: Connection) -> str:
    """What a further reference in its news is (see the contract): by its settings, else by its system."""
    given = str(connection.settings.get("further_references") or "")
    connector = _without_secrets(connection) if not given else None
    return connector.further_references() if connector is not None else given


def _without_secrets(connection: Connection) -> Connector | None:
    system = SYSTEMS.get(connection.system)
    if system is None:
        return None
    values = ConnectionValues(
        body_name=connection.body.name,
        settings=connection.settings,
        secret="",
        statuses=connection.statuses,
        allowed_hosts=(),
        memory=memory_of(0, ""),
    )
    return system(values)


def _version(connection: Connection) -> str:
    """Names the settings and secrets: a session opened with other ones is not to be used again."""
    whole = json.dumps([connection.settings, connection.secrets], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
