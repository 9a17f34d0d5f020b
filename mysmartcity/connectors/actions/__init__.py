"""Every write of the exchange with the systems of cities. Import the actions from here."""

from mysmartcity.connectors.actions.apply import apply_update, replay_unmapped
from mysmartcity.connectors.actions.calls import record_call, release_by_hand
from mysmartcity.connectors.actions.certificate import check_certificate
from mysmartcity.connectors.actions.codes import check_codes, give_codes, restore_codes, use_codes
from mysmartcity.connectors.actions.connection import pause_connection, resume_connection
from mysmartcity.connectors.actions.deliver import deliver, due_delivery_ids
from mysmartcity.connectors.actions.drain import drain, due_slots, homeless_ids
from mysmartcity.connectors.actions.inbound import read_mail
from mysmartcity.connectors.actions.lanes import assign_lane, switch_away
from mysmartcity.connectors.actions.poll import poll
from mysmartcity.connectors.actions.push import forget_old_pushes, take_push
from mysmartcity.connectors.actions.reconcile import reconcile
from mysmartcity.connectors.actions.record import settle_uncertain
from mysmartcity.connectors.actions.sealed import reseal_secrets
from mysmartcity.connectors.actions.shadow import set_mode

__all__ = [
    "apply_update",
    "assign_lane",
    "check_certificate",
    "check_codes",
    "deliver",
    "drain",
    "due_delivery_ids",
    "due_slots",
    "forget_old_pushes",
    "give_codes",
    "homeless_ids",
    "pause_connection",
    "poll",
    "read_mail",
    "reconcile",
    "record_call",
    "release_by_hand",
    "replay_unmapped",
    "reseal_secrets",
    "restore_codes",
    "resume_connection",
    "set_mode",
    "settle_uncertain",
    "switch_away",
    "take_push",
    "use_codes",
]
