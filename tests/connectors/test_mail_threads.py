"""Replies that lost our address, mails that came back, twins from two servers, photos of offices."""

import io
import mailbox
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mysmartcity.connectors.actions import deliver, read_mail
from mysmartcity.connectors.models import Connection, InboxItem
from mysmartcity.connectors.registry import mail_message_id
from mysmartcity.dispatch.actions import replay_delivery, send_back
from mysmartcity.dispatch.models import Delivery, Handover, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, HandoverState
from mysmartcity.issues.models import TimelineEntry
from mysmartcity.lib import clock
from tests import build
from tests.connectors.build import connection, create_of, handed_over, status_of
from tests.connectors.letters import reply_to
from tests.connectors.systems.mail.bounces import bounce
from tests.connectors.systems.mail.post import smtp_server

pytestmark = pytest.mark.django_db
US = "city@mysmartcity.invalid"


@pytest.fixture
def box(settings: Any, tmp_path: Path) -> mailbox.Maildir:
    settings.INBOUND_MAILDIR = str(tmp_path / "box")
    return mailbox.Maildir(settings.INBOUND_MAILDIR, create=True)


@pytest.fixture
def handover(settings: Any, box: mailbox.Maildir) -> Handover:
    """An issue that went to its office by mail."""
    its = handed_over(description="A hole")
    connection(system="mail", settings={"to": "calls@office.example", "cc": ["x@depot.example"]},
               statuses={})  # fmt: skip
    with smtp_server(settings):
        deliver(delivery_id=create_of(its).pk)
    assert status_of(its) == "sent"
    return its


def sent_id(handover: Handover) -> str:
    return mail_message_id(create_of(handover).key)


def bare_reply(handover: Handover, words: str, **headers: str) -> bytes:
    """A reply to our mailbox, without the secret part of the address."""
    return reply_to(handover, words, **{"To": US, "In_Reply_To": sent_id(handover), **headers})


# --- Threads --------------------------------------------------------------------------------------


def test_a_reply_that_lost_our_address_is_known_by_its_thread(
    handover: Handover, box: mailbox.Maildir
) -> None:
    box.add(bare_reply(handover, "Ref: 5512345"))
    assert read_mail().applied == 1
    handover.refresh_from_db()
    assert handover.body_reference == "5512345"


def test_the_chain_of_references_will_do(handover: Handover, box: mailbox.Maildir) -> None:
    chain = f"<first@office.example> {sent_id(handover)}"
    box.add(bare_reply(handover, "Ref: 5512345", In_Reply_To="<x@y>", References=chain))
    assert read_mail().applied == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "Clerk <clerk@office.example.evil>"},
        {"From": "resident@gmail.com"},
        {"In_Reply_To": "<guess@mysmartcity.invalid>"},
        {"Subject": "Re: Pothole"},
    ],
)
def test_a_thread_alone_or_a_domain_alone_proves_nothing(
    handover: Handover, box: mailbox.Maildir, headers: dict[str, str]
) -> None:
    box.add(bare_reply(handover, "The team has repaired it", **headers))
    assert read_mail().unmatched == 1
    assert status_of(handover) == "sent"


def test_a_reply_to_another_issue_of_the_same_office(
    handover: Handover, box: mailbox.Maildir
) -> None:
    """The subject names one issue and the thread another: the thread must be of the issue named."""
    other = handed_over(description="Another hole")
    box.add(bare_reply(handover, "Ref: 5512345", Subject=f"Re: [{other.issue.reference}]"))
    assert read_mail().unmatched == 1


# --- Twins ----------------------------------------------------------------------------------------


def test_the_same_words_over_two_servers_count_once(
    handover: Handover, box: mailbox.Maildir
) -> None:
    box.add(reply_to(handover, "A team is assigned.", number=1))
    box.add(reply_to(handover, "A team is assigned.", number=2))
    assert read_mail().applied == 2
    assert InboxItem.objects.count() == 1
    assert status_of(handover) == "scheduled"


def test_the_same_words_days_later_are_news(handover: Handover, box: mailbox.Maildir) -> None:
    box.add(reply_to(handover, "Busy with it", number=1, Date="Mon, 01 Jun 2026 10:00:00 +0200"))
    box.add(reply_to(handover, "Busy with it", number=2, Date="Tue, 02 Jun 2026 10:00:00 +0200"))
    read_mail()
    assert InboxItem.objects.count() == 2


# --- What came back -------------------------------------------------------------------------------


def address_of(handover: Handover) -> str:
    raw = reply_to(handover, "x").decode()
    return next(line for line in raw.splitlines() if line.startswith("To: "))[4:]


def test_a_mail_that_came_back_is_a_dead_letter_before_a_human(
    handover: Handover, box: mailbox.Maildir, settings: Any
) -> None:
    box.add(bounce(to=address_of(handover), message_id=sent_id(handover)))
    read_mail()
    entry = QueueEntry.objects.unsettled().get()
    assert (entry.reason, entry.delivery) == ("dead_letter", create_of(handover))
    assert "user unknown" in entry.words
    assert "Nothing ever came from this office" in entry.words
    where = Connection.objects.get()
    assert "user unknown" in where.last_error
    assert where.last_in_at is None, "the office did not write this"
    dead = create_of(handover)
    assert (dead.state, dead.error_class) == (DeliveryState.DEAD, "permanent")
    handover.refresh_from_db()
    assert handover.state == HandoverState.FAILED
    replay_delivery(delivery=dead, by=build.person())
    with smtp_server(settings) as received:
        deliver(delivery_id=dead.pk)
    assert len(received.envelopes) == 1
    assert create_of(handover).state == DeliveryState.DONE


def test_an_old_bounce_does_not_undo_a_later_try(handover: Handover, box: mailbox.Maildir) -> None:
    raw = bounce(to=address_of(handover), message_id=sent_id(handover))
    box.add(b"Date: Mon, 01 Jun 2026 10:00:00 +0200\r\n" + raw)
    read_mail()
    assert create_of(handover).state == DeliveryState.DONE
    assert QueueEntry.objects.count() == 0


def test_the_bounce_of_a_later_message_is_put_before_a_human(
    handover: Handover, box: mailbox.Maildir, settings: Any
) -> None:
    """Also when the office answered the first one: this one it never got."""
    Handover.objects.filter(pk=handover.pk).update(body_reference="5512345")
    entry = TimelineEntry.objects.create(issue=handover.issue, actor="resident", after="not_fixed")
    send_back(issue_id=handover.issue_id, entry_id=entry.pk)
    later = Delivery.objects.get(kind="not_fixed")
    with smtp_server(settings):
        deliver(delivery_id=later.pk)
    QueueEntry.objects.all().delete()
    box.add(bounce(to=address_of(handover), message_id=mail_message_id(later.key)))
    read_mail()
    later.refresh_from_db()
    assert later.state == DeliveryState.DEAD
    assert create_of(handover).state == DeliveryState.DONE
    assert QueueEntry.objects.unsettled().get().delivery == later


@pytest.mark.parametrize(
    "its",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"recipient": "x@depot.example"},
    ],
)
def test_what_is_late_or_missed_a_copy_moves_nothing(
    handover: Handover, box: mailbox.Maildir, its: dict[str, str]
) -> None:
    box.add(bounce(to=address_of(handover), message_id=sent_id(handover), **its))
    read_mail()
    assert create_of(handover).state == DeliveryState.DONE
    assert QueueEntry.objects.count() == 0
    assert handover.issue.timeline.exclude(inside_words="").count() == 1
    assert status_of(handover) == "sent"


def test_a_bounce_read_twice_is_one_dead_letter(handover: Handover, box: mailbox.Maildir) -> None:
    for _copy in range(2):
        box.add(bounce(to=address_of(handover), message_id=sent_id(handover)))
    read_mail()
    assert QueueEntry.objects.count() == 1


# --- Photos, and mails that nobody should have sent -----------------------------------------------


def picture(size: int) -> bytes:
    """Noise, so that it does not shrink."""
    out = io.BytesIO()
    Image.frombytes("RGB", (size, size), os.urandom(size * size * 3)).save(out, "JPEG")
    return out.getvalue()


def with_pictures(handover: Handover, *pictures: bytes) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "clerk@office.example", address_of(handover)
    mail["Message-ID"], mail["Subject"] = "<photos@office.example>", "Re: Pothole"
    mail.set_content("The team has repaired it.")
    for data in pictures:
        mail.add_attachment(data, maintype="image", subtype="jpeg", filename="a.jpg")
    return mail


def test_photos_of_the_office_are_kept_hidden(handover: Handover, box: mailbox.Maildir) -> None:
    mail = with_pictures(handover, picture(200), picture(16), b"no picture at all" * 2000)
    for _copy in range(2):
        box.add(mail)
    assert read_mail().applied == 2
    photo = handover.issue.photos.get()
    assert photo.is_hidden
    handover.issue.refresh_from_db()
    assert handover.issue.photo_digest == ""
    told = handover.issue.timeline.exclude(inside_words="").filter(actor="platform")
    assert told.count() == 1
    assert status_of(handover) == "reported_fixed"


def test_rubbish_never_stops_the_box(handover: Handover, box: mailbox.Maildir) -> None:
    for data in (
        b"",
        b"\xff\xfe\x00" * 100,
        b"Message-ID: <\xff\x00>\nTo: "
        + address_of(handover).encode()
        + b"\nSubject: \xff\n\n\xff\x00",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 200,
        b"To: a@b\n" * 5000,
        b"x" * 26_000_000,
    ):
        name = f"{clock.now().timestamp()}.{len(data)}"
        (Path(box._path) / "new" / name).write_bytes(data)  # type: ignore[attr-defined]
    box.add(reply_to(handover, "Ref: 5512345"))
    count = read_mail()
    assert count.applied + count.unmatched == 7
    assert read_mail().applied == 0
    handover.refresh_from_db()
    assert handover.body_reference == "5512345"
