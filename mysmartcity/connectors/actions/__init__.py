"""Every write of the exchange with the systems of cities. Import the actions from here."""

from mysmartcity.connectors.actions.apply import apply_update, replay_unmapped
from mysmartcity.connectors.actions.calls import record_call, release_by_hand
from mysmartcity.connectors.actions.connection import pause_connection, resume_connection
from mysmartcity.connectors.actions.deliver import deliver, due_delivery_ids
from mysmartcity.connectors.actions.inbound import read_mail
from mysmartcity.connectors.actions.poll import poll
from mysmartcity.connectors.actions.record import settle_uncertain

__all__ = [
    "apply_update",
    "deliver",
    "due_delivery_ids",
    "pause_connection",
    "poll",
    "read_mail",
    "record_call",
    "release_by_hand",
    "replay_unmapped",
    "resume_connection",
    "settle_uncertain",
]
