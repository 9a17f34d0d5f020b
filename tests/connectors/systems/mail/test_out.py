"""Mail to an office, over real SMTP."""

import email
import email.policy
import io
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from mysmartcity.connectors.contract import (
    Answer,
    ConnectionValues,
    DeliveryFailed,
    Message,
    Reporter,
)
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.mail.connector import MailConnector
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import photos
from tests.connectors.systems.mail.post import crude_server, smtp_server
from tests.lib.photos import corpus

TOKEN = "0123456789abcdef012345678"


def message(**its: Any) -> Message:
    values: dict[str, Any] = {
        "key": "CPT-7K3M9Q-1",
        "thread_key": "CPT-7K3M9Q-1",
        "kind": DeliveryKind.CREATE,
        "reference": "CPT-7K3M9Q",
        "body_name": "City Power",
        "category_code": "streetlight",
        "category_name": "Street light out",
        "remote_category": "",
        "description": "Dark since <b>Monday</b>",
        "lat": -33.92,
        "lng": 18.42,
        "address": "1 Long Street",
        "place_name": "Woodstock, Ward 57",
        "reported_at": datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
        "issue_url": "https://mysmart.example/i/CPT-7K3M9Q",
        "reply_token": TOKEN,
        "answers": (Answer("pole", "Pole number?", ("P 77",), ("P 77",)),),
        "photo_urls": ("https://mysmart.example/photos/ab/abc.zoom.webp",),
    }
    return Message(**{**values, **its})


def connector(**its: Any) -> MailConnector:
    return MailConnector(
        ConnectionValues(
            "City Power", {"to": "calls@office.example", **its}, "", {}, (), ConnectionMemory()
        )
    )


def sent(settings: Any, its: Message) -> tuple[Any, EmailMessage]:
    """The envelope and the mail that the server got."""
    with smtp_server(settings) as received:
        connector().send(its)
    envelope = received.envelopes[0]
    mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
    return envelope, mail


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_it_works(settings: Any) -> None:
    """The facts stand in the order in which an office asks for them."""
    envelope, mail = sent(settings, message())
    text = text_of(mail)
    facts = ["CPT-7K3M9Q", "Street light out", "2026-06-01 10:00", "1 Long Street", "Woodstock",
             "-33.920000, 18.420000", "openstreetmap.org", "Pole number?", "P 77",
             "Dark since <b>Monday</b>", "/photos/ab/", "Put your reference number"]  # fmt: skip
    places = [text.index(fact) for fact in facts]
    assert places == sorted(places)
    assert "&lt;b&gt;Monday" in text_of(mail, "html"), "a resident's HTML is text"
    assert envelope.rcpt_tos == ["calls@office.example"]
    assert mail["Subject"] == "[CPT-7K3M9Q] Street light out: 1 Long Street"
    assert mail["Reply-To"] == f"city+CPT-7K3M9Q.{TOKEN}@mysmartcity.invalid"
    assert envelope.mail_from == mail["Reply-To"], "a bounce comes back with its token"
    assert "reports@mysmartcity.invalid" in mail["From"]


def test_the_same_message_has_the_same_id(settings: Any) -> None:
    first, second = sent(settings, message())[1], sent(settings, message())[1]
    assert first["Message-ID"] == second["Message-ID"]
    assert "CPT-7K3M9Q-1" not in first["Message-ID"], "row numbers stay in the house"


def test_later_messages_join_the_thread(settings: Any) -> None:
    first = sent(settings, message())[1]
    back = message(
        key="other", kind=DeliveryKind.NOT_FIXED, words="Still dark", body_reference="J 1"
    )
    mail = sent(settings, back)[1]
    assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]
    assert mail["Message-ID"] != first["Message-ID"]
    assert mail["Subject"].startswith("Re: [CPT-7K3M9Q]")
    assert "Still dark" in text_of(mail)
    assert "your reference J 1" in text_of(mail)


@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_every_kind_has_words(kind: DeliveryKind, settings: Any) -> None:
    mail = sent(settings, message(kind=kind))[1]
    assert "CPT-7K3M9Q" in text_of(mail)
    assert "CPT-7K3M9Q" in text_of(mail, "html")


def test_no_words_of_a_resident_reach_a_header(settings: Any) -> None:
    evil = "x\r\nBcc: everyone@example.org\nX-Evil: 1\u2028"
    envelope, mail = sent(settings, message(address=evil, category_name=evil))
    assert envelope.rcpt_tos == ["calls@office.example"]
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None


def test_the_contact_is_shown_only_when_it_was_given(settings: Any) -> None:
    assert "RESIDENT (only" not in text_of(sent(settings, message())[1])
    told = text_of(sent(settings, message(reporter=Reporter(phone="0821234567")))[1])
    assert "0821234567" in told


def test_two_photos_go_along_at_most(settings: Any) -> None:
    kept = photos.ingest(io.BytesIO(corpus.gps_jpeg(-33.9, 18.4)))
    mail = sent(settings, message(photo_digests=(kept.digest,) * 3))[1]
    attached = list(mail.iter_attachments())
    assert [part.get_content_type() for part in attached] == ["image/jpeg"] * 2
    assert b"Exif" not in attached[0].get_content()


def test_a_missing_photo_holds_nothing_up(settings: Any) -> None:
    mail = sent(settings, message(photo_digests=("a" * 64,)))[1]
    assert list(mail.iter_attachments()) == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"EHLO": ""}, ErrorClass.TRANSIENT),
        ({"MAIL": ""}, ErrorClass.TRANSIENT),
        ({"MAIL": "451 busy"}, ErrorClass.TRANSIENT),
        ({"RCPT": "450 greylisted"}, ErrorClass.TRANSIENT),
        ({"RCPT": "550 nobody here"}, ErrorClass.PERMANENT),
        ({"MAIL": "530 sign in first"}, ErrorClass.AUTH),
        ({"DATA": ""}, ErrorClass.TRANSIENT),
        ({"DATA": "554 no"}, ErrorClass.PERMANENT),
        ({"END": ""}, ErrorClass.AMBIGUOUS),
        ({"END": "451 try later"}, ErrorClass.TRANSIENT),
        ({"END": "552 too big"}, ErrorClass.PERMANENT),
    ],
)
def test_each_failure_has_its_class(
    answers: dict[str, str], expected: ErrorClass, settings: Any
) -> None:
    """Only a mail whose data went out and got no answer is uncertain."""
    with crude_server(settings, **answers), pytest.raises(DeliveryFailed) as caught:
        connector().send(message())
    assert caught.value.error_class == expected


def test_no_server_at_all_is_transient(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(DeliveryFailed) as caught:
        connector().send(message())
    assert caught.value.error_class == ErrorClass.TRANSIENT


def test_a_refused_sign_in_asks_for_a_human(settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong-password"
    answers = {"EHLO": "250-crude\r\n250 AUTH PLAIN", "AUTH": "535 wrong"}
    with crude_server(settings, **answers), pytest.raises(DeliveryFailed) as caught:
        connector().send(message())
    assert caught.value.error_class == ErrorClass.AUTH
    assert "wrong-password" not in caught.value.sentence


def test_a_server_that_does_not_say_goodbye_has_the_mail(settings: Any) -> None:
    with crude_server(settings, QUIT="") as seen:
        assert connector().send(message()).remote_id
    assert "END" in seen


def test_a_connection_without_an_address_asks_for_a_human() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        connector(to="").send(message())
    assert caught.value.error_class == ErrorClass.AUTH
