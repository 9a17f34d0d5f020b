"""Every write of the exchange with the systems of cities. Import the actions from here."""

from mysmartcity.connectors.actions.apply import apply_update, replay_unmapped
from mysmartcity.connectors.actions.codes import give_codes, restore_codes
from mysmartcity.connectors.actions.connection import pause_connection, resume_connection
from mysmartcity.connectors.actions.deliver import deliver, due_delivery_ids
from mysmartcity.connectors.actions.inbound import read_mail
from mysmartcity.connectors.actions.mode import set_mode
from mysmartcity.connectors.actions.poll import poll
from mysmartcity.connectors.actions.reconcile import reconcile
from mysmartcity.connectors.actions.record import settle_uncertain

__all__ = [
    "apply_update",
    "deliver",
    "due_delivery_ids",
    "give_codes",
    "pause_connection",
    "poll",
    "read_mail",
    "reconcile",
    "replay_unmapped",
    "restore_codes",
    "resume_connection",
    "set_mode",
    "settle_uncertain",
]
