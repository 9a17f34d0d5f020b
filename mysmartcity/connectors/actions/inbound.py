"""Reading the offices' replies by mail into the inbox, and applying them."""

import io
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.connectors.actions.apply import apply_update
from mysmartcity.connectors.actions.connection import note_failure, note_success
from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.registry import (
    Bounce,
    InboundMail,
    Letter,
    UnreadableMail,
    inbound_boxes,
    mail_is_from_office,
    mail_message_id,
    mail_status,
    parse_mail,
)
from mysmartcity.connectors.status import Source
from mysmartcity.dispatch.actions import queue_issue
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import (
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    HandoverState,
    QueueReason,
)
from mysmartcity.issues.actions import add_photo, comment_issue
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock, ids, photos
from mysmartcity.lib.crash import crash_point

log = logging.getLogger(__name__)

SAME_WITHIN = timedelta(minutes=15)
"""The same words about the same handover within this time are one mail that came over two servers."""

NEWER_BY = timedelta(minutes=10)
"""A message that went out so much later than a mail about its return is another try."""


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
            is_read = _read(letter)
            if is_read:
                count.applied += 1
            elif is_read is False:
                letter.put_aside()
                count.unmatched += 1
    return count


def _read(letter: Letter) -> bool | None:
    """Apply one letter; False when it belongs to no handover and a human must look, None for later."""
    if letter.raw is None:
        log.warning("A mail is too large to be read; it is in the folder “unmatched”.")
        return False
    try:
        mail = parse_mail(letter.raw)
    except UnreadableMail as error:
        log.warning("%s It is in the folder “unmatched”.", error)
        return False
    handover = _handover_of(mail)
    connection = _connection_to(handover)
    if handover is None or connection is None:
        log.warning("A mail belongs to no handover; it is in the folder “unmatched”.")
        return False
    item = _write_down(mail, handover, connection)
    crash_point("after-mail-inbox")
    apply_update(item_id=item.pk)
    if mail.bounce is not None:
        _tell_bounce(mail.bounce, mail, handover, connection)
    if not mail.is_automatic and not _keep_pictures(mail, handover):
        return None
    crash_point("after-mail-apply")
    letter.take()
    if mail.bounce is None:  # which comes from some mail server, not from the office
        note_success(connection, is_out=False)
    return True


def _connection_to(handover: Handover | None) -> Connection | None:
    if handover is None:
        return None
    found: Connection | None = Connection.objects.for_body(handover.body, system="mail")
    return found


def _handover_of(mail: InboundMail) -> Handover | None:
    """By the secret in the reply address, or else by the thread."""
    if not mail.reply_token:
        return _by_thread(mail)
    return (
        Handover.objects.select_related("body__parent", "issue")
        .filter(reply_hash=ids.hash_secret(mail.reply_token))
        .first()
    )


def _by_thread(mail: InboundMail) -> Handover | None:
    """A reply that lost our reply address but answers a mail of ours, and comes from that very office.

    Our public reference only says where to look. What proves it is the Message-ID, 128 bits that only
    who got our mail can know, together with the office's domain.
    """
    if not mail.answers or not mail.our_references:
        return None
    sent = Delivery.objects.filter(handover__issue__reference__in=mail.our_references)
    for delivery in sent.select_related("handover__body__parent", "handover__issue"):
        if mail_message_id(delivery.key) in mail.answers:
            connection = _connection_to(delivery.handover)
            if connection is not None and mail_is_from_office(mail, connection.settings):
                return delivery.handover
    return None


def _write_down(mail: InboundMail, handover: Handover, connection: Connection) -> InboxItem:
    """The inbox row of a mail, once for each Message-ID, and once where two servers changed that."""
    twin = _twin_of(mail, handover, connection)
    if twin is not None:
        return twin
    status = "" if mail.is_automatic else mail_status(mail.words, connection.settings)
    if not status and mail.body_reference and not handover.body_reference:
        status = Status.ACKNOWLEDGED
    item, _is_new = InboxItem.objects.get_or_create(
        connection=connection,
        event_id=mail.message_id[:200],
        defaults={
            "source": Source.MAIL,
            "handover": handover,
            "body_reference": mail.body_reference[:100],
            "remote_status": status,
            "words": mail.words or mail.subject,
            "happened_at": mail.happened_at,
            "is_inside": mail.is_automatic,
        },
    )
    return item


def _twin_of(mail: InboundMail, handover: Handover, connection: Connection) -> InboxItem | None:
    if not mail.words:
        return None
    near = (mail.happened_at - SAME_WITHIN, mail.happened_at + SAME_WITHIN)
    same = connection.inbox.filter(
        handover=handover, words=mail.words, happened_at__range=near, is_inside=mail.is_automatic
    )
    twin: InboxItem | None = same.exclude(event_id=mail.message_id[:200]).order_by("pk").first()
    return twin


def _tell_bounce(
    bounce: Bounce, mail: InboundMail, handover: Handover, connection: Connection
) -> None:
    """Our mail came back for good: the office does not have it, whatever its server said at first.

    A notice that it is late, or that only somebody in copy did not get it, stays inside words.
    """
    if not bounce.is_final:
        return
    office = str(connection.settings.get("to") or "").lower()
    sentence = _("A mail to %(body)s came back: %(reason)s") % {
        "body": handover.body.name,
        "reason": bounce.reason,
    }
    note_failure(connection, DeliveryFailed(ErrorClass.PERMANENT, sentence))
    if bounce.recipients and not any(one in office for one in bounce.recipients):
        return
    named = [one for one in handover.deliveries.all() if _is_named(one, bounce)]
    if not named and handover.body_reference:
        return  # nobody says which one, and they answered the first: what came back is old
    found = named or list(handover.deliveries.filter(kind=DeliveryKind.CREATE))
    with transaction.atomic():
        gone = [one for one in found if _bury(one, handover, mail, sentence)]
        if gone or not named:
            queue_issue(
                issue=handover.issue,
                reason=QueueReason.DEAD_LETTER,
                words=f"{sentence} {_figures(connection)}",
                delivery=gone[0] if gone else None,
            )


def _is_named(delivery: Delivery, bounce: Bounce) -> bool:
    return mail_message_id(delivery.key) in bounce.message_ids


def _bury(delivery: Delivery, handover: Handover, mail: InboundMail, sentence: str) -> bool:
    """Into the dead-letter list; False when it is there already, or went out again since."""
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lte=clock.now())
    states = (DeliveryState.DONE, DeliveryState.UNCERTAIN)
    buried = (
        Delivery.objects.filter(is_free, pk=delivery.pk, state__in=states)
        .exclude(done_at__gt=mail.happened_at + NEWER_BY)
        .update(state=DeliveryState.DEAD, error=sentence[:500], error_class=ErrorClass.PERMANENT)
    )
    if buried and delivery.kind == DeliveryKind.CREATE:
        Handover.objects.filter(pk=handover.pk).update(state=HandoverState.FAILED)
    return bool(buried)


def _figures(connection: Connection) -> str:
    """How this office's mail goes otherwise, for whoever decides what to do."""
    if connection.last_in_at is None:
        return _("Nothing ever came from this office by mail.")
    last = connection.last_in_at.astimezone(clock.CITY_ZONE)
    return _("The last mail from this office came on %(when)s.") % {
        "when": f"{last:%Y-%m-%d %H:%M}"
    }


def _keep_pictures(mail: InboundMail, handover: Handover) -> bool:
    """Photos of an office are kept hidden: they may show people, plates, or a whole job card.

    False when the photo pipeline is busy: the mail is read again, which changes nothing else.
    """
    stored = []
    for picture in mail.pictures:
        try:
            stored.append(photos.ingest(io.BytesIO(picture)))
        except photos.PhotoRefused as refusal:
            if refusal.code == "busy":
                return False
            log.info("A picture in a mail is not kept: %s", refusal.code)
    with transaction.atomic():
        new = [one for one in stored if add_photo(issue=handover.issue, photo=one, is_hidden=True)]
        if new:
            words = _("Photos came with a mail from %(body)s. They are hidden until you show them.")
            comment_issue(
                issue=handover.issue,
                actor=Actor.PLATFORM,
                inside_words=words % {"body": handover.body.name},
            )
    return True
