"""Taking news that a system pushes to us: believed only when signed, taken once, kept at once.

The form is that of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`,
`webhook-timestamp` in seconds, `webhook-signature` with one or more "v1,base64" of an HMAC-SHA-256
over "id.timestamp.body". A system with a form of its own checks it in its connector.
"""

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from mysmartcity.connectors.actions.apply import NOT_OURS
from mysmartcity.connectors.actions.connection import note_success
from mysmartcity.connectors.actions.inbox import use_inbox, write_down
from mysmartcity.connectors.actions.watched import references_of, still_watched
from mysmartcity.connectors.contract import BadPush, Connector
from mysmartcity.connectors.models import Connection, InboxItem, PushReceipt
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.registry import UnknownSystem, connector_for
from mysmartcity.connectors.status import Source
from mysmartcity.dispatch.models import Handover
from mysmartcity.lib import clock
from mysmartcity.lib.crash import crash_point

log = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024
TOLERANCE = timedelta(minutes=5)
"""So far the sender's clock may be from ours; an older push may be a replay."""

SHORTEST_KEY = 16
"""Bytes. A shorter secret could be guessed, so it opens nothing."""

RECEIPTS_KEPT = timedelta(days=1)
STRANGERS_KEPT = timedelta(hours=1)
"""So long news of a reference unknown to us may wait for the answer that tells us the reference."""


class Forged(Exception):
    """It is not surely from the system of a connection of ours. The text is for the log only."""


class TakenBefore(Exception):
    """A push with this id was taken before."""


class UnreadablePush(Exception):
    """It is signed, but nothing usable is in it. The text is for the log."""


def take_push(*, public_id: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take one push; gives the number of new items. `headers` have lower-case names.

    Raises Forged, TakenBefore or UnreadablePush. Also taken for a paused connection: what a system
    says is not lost because we do not write to it.
    """
    connection, connector = _receiver(public_id)
    now = clock.now()
    try:
        push_id = connector.check_push(headers, body, now=now)
    except BadPush as error:
        raise Forged(str(error)) from error
    if push_id is None:
        push_id = check_signature(headers, body, secrets=_push_secrets(connection), now=now)
    with transaction.atomic():
        # A second one at the same moment waits here for the first, and then finds its row.
        _receipt, is_first = PushReceipt.objects.get_or_create(
            connection=connection, push_id=push_id[:200]
        )
        if not is_first:
            raise TakenBefore(push_id)
        new_count = _write_down(connection, connector, headers, body)
        crash_point("before-push-inbox")
    crash_point("after-push-inbox")
    use_inbox(connection)
    note_success(connection, is_out=False)
    return new_count


def _receiver(public_id: str) -> tuple[Connection, Connector]:
    """The connection that is meant, where its system pushes. Raises Forged for any other."""
    connection = (
        Connection.objects.select_related("body").filter(public_id=public_id[:22]).first()
        if len(public_id) <= 22
        else None
    )
    if connection is None:
        raise Forged("No connection has this address.")
    try:
        connector = connector_for(connection)
    except UnknownSystem as error:
        raise Forged(str(error)) from error
    if not connector.capabilities.push:
        raise Forged(f"The system of connection {connection.pk} does not push.")
    return connection, connector


def _push_secrets(connection: Connection) -> list[str]:
    """The secret in use, and the one before it while senders change over."""
    found = (connection.secrets.get("push", ""), connection.secrets.get("push_old", ""))
    return [secret for secret in found if secret]


def check_signature(
    headers: Mapping[str, str], body: bytes, *, secrets: list[str], now: datetime
) -> str:
    """The id of a push that is signed with one of the secrets and fresh. Raises Forged."""
    push_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not 0 < len(push_id) <= 200 or not push_id.isascii() or not push_id.isprintable():
        raise Forged("It has no id.")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise Forged("It has no time stamp.")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise Forged("Its time stamp is too old or in the future.")
    signed = b".".join((push_id.encode(), stamp.encode(), body))
    given = [
        signature
        for version, _comma, signature in (
            word.partition(",") for word in headers.get("webhook-signature", "").split()
        )
        if version == "v1"
    ]
    # Every pair is compared, so that the time taken says nothing about which one was near.
    matches = [
        hmac.compare_digest(signature.encode(), _signature(key, signed))
        for key in filter(None, map(_key, secrets))
        for signature in given[:10]
    ]
    if not any(matches):
        raise Forged("Its signature is not right.")
    return push_id


def _signature(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _key(secret: str) -> bytes:
    """The key of a secret: base64 as the standard writes it, with or without its prefix, else as it
    is; b"" for one that is too short to trust.
    """
    bare = secret.strip().removeprefix("whsec_")
    try:
        key = base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        key = bare.encode()
    if len(key) < SHORTEST_KEY:
        log.warning("A push secret is shorter than %s bytes and is not used.", SHORTEST_KEY)
        return b""
    return key


def _write_down(
    connection: Connection, connector: Connector, headers: Mapping[str, str], body: bytes
) -> int:
    try:
        updates = list(connector.read_push(headers, body))
    except (BadPush, NotImplementedError) as error:
        raise UnreadablePush(str(error) or "Its system reads no pushes.") from error
    ours = references_of(still_watched(connection, now=clock.now()))
    # A fast system tells of a reference before the worker has written down that it got it.
    awaits = Handover.objects.filter(
        body_id__in=body_ids_behind(connection), body_reference="", ended_at__isnull=True
    ).exists()
    return write_down(connection, updates, ours=ours, source=Source.PUSH, keeps_strangers=awaits)


def forget_old_pushes() -> int:
    """Remove receipts that protect nothing any more, and news of other people's requests."""
    now = clock.now()
    receipts, _by_model = PushReceipt.objects.filter(received_at__lt=now - RECEIPTS_KEPT).delete()
    strangers, _by_model = InboxItem.objects.filter(
        source=Source.PUSH,
        applied_at__isnull=True,
        handover__isnull=True,
        outcome=NOT_OURS,
        received_at__lt=now - STRANGERS_KEPT,
    ).delete()
    return receipts + strangers
