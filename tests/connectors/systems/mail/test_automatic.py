"""Mails that came back, told from notes that they are late, from receipts and from absence."""

from email.message import EmailMessage

import pytest

from mysmartcity.connectors.systems.mail.inbound import InboundMail, parse
from tests.connectors.systems.mail.bounces import bounce, old_bounce
from tests.connectors.systems.mail.test_inbound import TO, raw


def test_a_report_says_which_mail_whose_and_why() -> None:
    mail = parse(bounce(to=TO, message_id="<ours@us>"))
    assert mail.bounce is not None
    assert mail.bounce.is_final
    assert mail.bounce.reason == "5.1.1 550 5.1.1 user unknown"
    assert mail.bounce.recipients == ("calls@office.example",)
    assert mail.bounce.message_ids == ("<ours@us>",)
    assert mail.is_automatic
    assert mail.body_reference == ""


@pytest.mark.parametrize(
    ("action", "status", "is_final"),
    [
        ("failed", "5.1.1", True),
        ("failed", "4.4.7", True),
        ("Failed", "5.2.2", True),
        ("delayed", "4.4.1", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
    ],
)
def test_only_what_failed_for_good_is_final(action: str, status: str, is_final: bool) -> None:
    found = parse(bounce(to=TO, action=action, status=status)).bounce
    assert found is not None
    assert found.is_final == is_final


@pytest.mark.parametrize(
    ("subject", "text", "is_final"),
    [
        ("Undeliverable: [CPT] Pothole", "calls@x: 550 5.1.1 User unknown", True),
        ("Mail delivery failed: returning message", "No such user here", True),
        ("Delivery Status Notification (Failure)", "Message not delivered", True),
        ("Delivery Status Notification (Delay)", "It has not yet been delivered", False),
        ("Warning: message delayed 24 hours", "THIS IS A WARNING MESSAGE ONLY.", False),
    ],
)  # fmt: skip
def test_servers_older_than_the_standard(subject: str, text: str, is_final: bool) -> None:
    found = parse(old_bounce(to=TO, subject=subject, text=text)).bounce
    assert found is not None
    assert found.is_final == is_final


def test_an_old_server_s_reason_is_its_line_with_the_code() -> None:
    text = "Hello.\nThis did not work.\nhost mx[1.2.3.4] said: 550 5.7.1 Blocked\nBye"
    text += "\n\n> Message-ID: <ours@us>"
    found = parse(old_bounce(to=TO, subject="Returned mail", text=text)).bounce
    assert found is not None
    assert "550 5.7.1 Blocked" in found.reason
    assert "Hello" not in found.reason
    assert found.message_ids == ("<ours@us>",)


def _receipt() -> InboundMail:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "clerk@office.example", TO, "Read: Pothole"
    mail.set_content("Your message was read.")
    raw_mail = mail.as_bytes().replace(
        b'Content-Type: text/plain; charset="utf-8"',
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    )
    return parse(raw_mail)


def test_a_receipt_and_an_absence_note_are_no_bounces() -> None:
    assert _receipt().bounce is None
    assert _receipt().is_automatic
    away = parse(raw("I am away until Monday", Return_Path="<>", Subject="Re: Pothole"))
    assert away.bounce is None
    assert away.is_automatic


def test_a_report_in_pieces_is_survived() -> None:
    for cut in (300, 500, 700):
        found = parse(bounce(to=TO)[:cut])
        assert found.message_id
