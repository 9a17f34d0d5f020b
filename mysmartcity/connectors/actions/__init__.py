"""Every write of the exchange with the systems of cities. Import the actions from here."""

from mysmartcity.connectors.actions.apply import apply_update, replay_unmapped
from mysmartcity.connectors.actions.connection import pause_connection, resume_connection
from mysmartcity.connectors.actions.deliver import deliver, due_delivery_ids
from mysmartcity.connectors.actions.drain import drain, due_slots, homeless_ids
from mysmartcity.connectors.actions.inbound import read_mail
from mysmartcity.connectors.actions.lanes import assign_lane, switch_away
from mysmartcity.connectors.actions.poll import poll
from mysmartcity.connectors.actions.record import settle_uncertain

__all__ = [
    "apply_update",
    "assign_lane",
    "deliver",
    "drain",
    "due_delivery_ids",
    "due_slots",
    "homeless_ids",
    "pause_connection",
    "poll",
    "read_mail",
    "replay_unmapped",
    "resume_connection",
    "settle_uncertain",
    "switch_away",
]
