"""The proof of the mail connection: out by a real SMTP server, back through a Maildir or IMAP."""

import email
import email.policy
import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from mysmartcity.connectors.actions import deliver, read_mail
from mysmartcity.connectors.models import InboxItem
from mysmartcity.connectors.registry import BoxFailed
from mysmartcity.dispatch.models import Handover, QueueEntry
from tests.connectors.build import connection, create_of, handed_over, status_of
from tests.connectors.imap import imap_server
from tests.connectors.letters import reply_to
from tests.connectors.systems.mail.post import smtp_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def handover(settings: Any, tmp_path: Path) -> Handover:
    """An issue whose body is reached by mail."""
    settings.INBOUND_MAILDIR = str(tmp_path / "box")
    its = handed_over(description="A hole")
    connection(system="mail", settings={"to": "calls@office.example"}, statuses={})
    return its


@pytest.fixture
def box(handover: Handover, settings: Any) -> mailbox.Maildir:
    return mailbox.Maildir(settings.INBOUND_MAILDIR, create=True)


def test_it_works(handover: Handover, box: mailbox.Maildir, settings: Any) -> None:
    """Sent; the office answers with its reference; a team comes; it is repaired."""
    with smtp_server(settings) as received:
        deliver(delivery_id=create_of(handover).pk)
    mail: Any = email.message_from_bytes(
        received.envelopes[0].original_content, policy=email.policy.default
    )
    assert status_of(handover) == "sent"
    answer = EmailMessage()
    answer["From"], answer["To"] = "calls@office.example", mail["Reply-To"]
    answer["Message-ID"], answer["In-Reply-To"] = "<one@office.example>", mail["Message-ID"]
    answer.set_content("Your reference number is 5512345.\n\nThabo Nkosi\n\n> REFERENCE CPT")
    box.add(answer)
    assert read_mail().applied == 1
    handover.refresh_from_db()
    assert (handover.body_reference, status_of(handover)) == ("5512345", "acknowledged")
    box.add(reply_to(handover, "A team is assigned.", number=2))
    read_mail()
    assert status_of(handover) == "scheduled"
    box.add(reply_to(handover, "The team has repaired it, closing.", number=3))
    call_command("read_mail")
    assert status_of(handover) == "reported_fixed"
    assert list((Path(settings.INBOUND_MAILDIR) / "new").iterdir()) == []
    assert len(list((Path(settings.INBOUND_MAILDIR) / "cur").glob("*:2,S"))) == 3


def test_the_same_mail_twice_counts_once(handover: Handover, box: mailbox.Maildir) -> None:
    for _copy in range(2):
        box.add(reply_to(handover, "Still busy with it"))
    assert read_mail().applied == 2
    assert InboxItem.objects.count() == 1


def test_a_stranger_who_knows_the_reference_moves_nothing(
    handover: Handover, box: mailbox.Maildir, settings: Any
) -> None:
    to = f"city+{handover.issue.reference}.{'0' * 25}@mysmartcity.invalid"
    box.add(reply_to(handover, "Repaired", To=to))
    count = read_mail()
    assert (count.applied, count.unmatched) == (0, 1)
    assert status_of(handover) == "received"
    kept = list((Path(settings.INBOUND_MAILDIR) / ".unmatched" / "cur").iterdir())
    assert len(kept) == 1, "kept for a human"


def test_a_robot_moves_nothing_but_may_give_the_reference(
    handover: Handover, box: mailbox.Maildir
) -> None:
    words = "Our office is closed. All faults are repaired on weekdays."
    box.add(reply_to(handover, words, Auto_Submitted="auto-replied"))
    read_mail()
    assert status_of(handover) == "received"
    entry = handover.issue.timeline.exclude(inside_words="").get()
    assert entry.public_words == ""
    box.add(reply_to(handover, "Ref: 99887", number=2, Auto_Submitted="auto-replied"))
    read_mail()
    handover.refresh_from_db()
    assert handover.body_reference == "99887"


def test_a_bounce_goes_before_a_human(handover: Handover, box: mailbox.Maildir) -> None:
    box.add(reply_to(handover, "User unknown", From="MAILER-DAEMON@office.example"))
    read_mail()
    entry = QueueEntry.objects.unsettled().get(issue=handover.issue_id)
    assert entry.reason == "dead_letter"
    assert "User unknown" in entry.words


def test_a_mail_that_can_t_be_read_is_put_aside(
    handover: Handover, box: mailbox.Maildir, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.add(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 200)
    assert read_mail().unmatched == 1


def test_an_imap_box(handover: Handover, settings: Any) -> None:
    settings.INBOUND_MAILDIR = ""
    letters = [reply_to(handover, "Ref: 5512345"), b"From: x@y.example\n\nSpam"]
    with imap_server(letters) as server:
        settings.IMAP_URL = f"imap://us:secret@127.0.0.1:{server.port}/INBOX"
        count = read_mail()
        assert (count.applied, count.unmatched) == (1, 1)
        assert server.seen == {1, 2}
        assert server.copied == {2: "unmatched"}
        assert read_mail().applied == 0, "only what is unseen"
    assert status_of(handover) in ("received", "acknowledged")
    handover.refresh_from_db()
    assert handover.body_reference == "5512345"


def test_an_imap_box_that_is_away_says_so_without_its_password(settings: Any) -> None:
    settings.INBOUND_MAILDIR = ""
    settings.IMAP_URL = "imap://us:secret@127.0.0.1:1/INBOX"
    with pytest.raises(BoxFailed) as caught:
        read_mail()
    assert "secret" not in str(caught.value)
    settings.IMAP_URL = "imap://us:secret@mail.example/INBOX"
    with pytest.raises(BoxFailed, match="imaps"):
        read_mail()
