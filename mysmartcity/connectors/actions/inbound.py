"""Reading the offices' replies by mail into the inbox, and applying them."""

import logging
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import apply_update
from mysmartcity.connectors.actions.connection import note_success
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.registry import (
    InboundMail,
    Letter,
    UnreadableMail,
    inbound_boxes,
    mail_status,
    parse_mail,
)
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Handover
from mysmartcity.dispatch.status import QueueReason
from mysmartcity.issues.status import Status
from mysmartcity.lib import ids
from mysmartcity.lib.crash import crash_point

log = logging.getLogger(__name__)


@dataclass
class MailCount:
    """What one reading of the boxes did."""

    applied: int = 0
    unmatched: int = 0


def read_mail() -> MailCount:
    """Read every new mail in every box. Raises BoxFailed when a box can't be read."""
    count = MailCount()
    for box in inbound_boxes():
        for letter in box.letters():
            if _read(letter):
                count.applied += 1
            else:
                letter.put_aside()
                count.unmatched += 1
    return count


def _read(letter: Letter) -> bool:
    """Apply one letter; False when it belongs to no handover and a human must look."""
    if letter.raw is None:
        log.warning("A mail is too large to be read; it is in the folder “unmatched”.")
        return False
    try:
        mail = parse_mail(letter.raw)
    except UnreadableMail as error:
        log.warning("%s It is in the folder “unmatched”.", error)
        return False
    handover = _handover_of(mail)
    connection = (
        Connection.objects.for_body(handover.body, system="mail") if handover is not None else None
    )
    if handover is None or connection is None:
        log.warning("A mail belongs to no handover; it is in the folder “unmatched”.")
        return False
    item = _write_down(mail, handover, connection)
    crash_point("after-mail-inbox")
    apply_update(item_id=item.pk)
    if mail.is_bounce:
        _tell_bounce(mail, handover)
    crash_point("after-mail-apply")
    letter.take()
    note_success(connection, is_out=False)
    return True


def _handover_of(mail: InboundMail) -> Handover | None:
    """Only the secret in the reply address says whose it is."""
    if not mail.reply_token:
        return None
    return (
        Handover.objects.select_related("body__parent", "issue")
        .filter(reply_hash=ids.hash_secret(mail.reply_token))
        .first()
    )


def _write_down(mail: InboundMail, handover: Handover, connection: Connection) -> InboxItem:
    """The inbox row of a mail, once for each Message-ID."""
    status = "" if mail.is_automatic else mail_status(mail.words, connection.settings)
    if not status and mail.body_reference and not handover.body_reference:
        status = Status.ACKNOWLEDGED
    item, _is_new = InboxItem.objects.get_or_create(
        connection=connection,
        event_id=mail.message_id[:200],
        defaults={
            "handover": handover,
            "body_reference": mail.body_reference[:100],
            "remote_status": status,
            "words": mail.words or mail.subject,
            "happened_at": mail.happened_at,
            "is_inside": mail.is_automatic,
        },
    )
    return item


def _tell_bounce(mail: InboundMail, handover: Handover) -> None:
    """Our mail came back: the office does not have it, whatever its server said at first."""
    if handover.body_reference:
        return
    words = _("The mail to %(body)s came back: %(words)s")
    facts = {"body": handover.body.name, "words": mail.words[:300]}
    queue_issue(issue=handover.issue, reason=QueueReason.DEAD_LETTER, words=words % facts)
