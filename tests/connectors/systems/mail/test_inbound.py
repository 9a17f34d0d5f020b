"""What offices write, taken apart."""

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.mail.inbound import (
    Unreadable,
    find_reference,
    parse,
    status_of,
    without_quotes,
)
from mysmartcity.lib import clock

TO = "city+CPT-7K3M9Q.0123456789abcdef012345678@mysmartcity.invalid"


def raw(words: str = "Ref: 5512345", *, html: str = "", **headers: str) -> bytes:
    mail = EmailMessage()
    for name, value in {"From": "a@b.example", "To": TO, "Message-ID": "<1@b>", **headers}.items():
        mail[name.replace("_", "-")] = value
    if html:
        mail.set_content(html, subtype="html")
    else:
        mail.set_content(words)
    return mail.as_bytes()


def test_it_works() -> None:
    mail = parse(raw("5512345\nWe will look.\n\nOn Monday X wrote:\n> Reference CPT-7K3M9Q"))
    assert mail.reply_token == "0123456789abcdef012345678"
    assert mail.body_reference == "5512345"
    assert mail.words == "5512345\nWe will look."
    assert mail.message_id == "<1@b>"
    assert not mail.is_automatic


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        ("Ref: 5512345", "5512345"),
        ("Your reference number is 5512345.", "5512345"),
        ("Our ref. no: CP/20231188", "CP/20231188"),
        ("reference 240312/17 was made", "240312/17"),
        ("It is F231004/107", "F231004/107"),
        ("9113456789", "9113456789"),
        ("Job no 884412 is with the depot", "884412"),
        ("Job card 77123", "77123"),
        ("Please call 0860103089", ""),
        ("0860103089", ""),
        ("Reference CPT-7K3M9Q", ""),
        ("We come on 12 June 2026", ""),
        ("", ""),
    ],
)
def test_the_offices_own_reference(words: str, reference: str) -> None:
    assert find_reference(words) == reference


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("The team has repaired it, closing.", "reported_fixed"),
        ("Fixed", "reported_fixed"),
        ("It has NOT been fixed", ""),
        ("It will be repaired by Friday", ""),
        ("It is not yet completed; the team is on site", "in_progress"),
        ("We assigned a technician", "scheduled"),
        ("This is not our road, it belongs to SANRAL", "declined:not_ours"),
        ("On hold, no stock", "on_hold"),
        ("Thank you for your mail", ""),
        ("prefixed", ""),
    ],
)
def test_what_plain_words_mean(words: str, status: str) -> None:
    assert status_of(words, {}) == status


def test_the_table_of_phrases_is_data() -> None:
    assert status_of("Klaar!", {"phrases": [["reported_fixed", "klaar|reg gemaak"]]}) == (
        "reported_fixed"
    )


@pytest.mark.parametrize(
    "quote",
    [
        "On Tue, 24 Nov 2026, X <a@b> wrote:\nold",
        "On Tue, 24 Nov 2026 at 10:00 X\n<a@b.example> wrote:\nold",
        "-----Original Message-----\nold",
        "________________________________\nFrom: X\nold",
        "From: X\nSent: Monday\nold",
        "Op Dinsdag het X geskryf:\nold",
        "> old",
    ],
)
def test_the_quoted_mail_is_cut(quote: str) -> None:
    assert without_quotes(f"New words\n\n{quote}") == "New words"


def test_html_becomes_text_and_its_quote_is_cut() -> None:
    html = "<style>p{}</style><p>Ref: 5512345</p><script>x()</script><blockquote>old</blockquote>"
    mail = parse(raw(html=html))
    assert mail.words == "Ref: 5512345"
    assert mail.body_reference == "5512345"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Subject": "Automatic reply: away"},
        {"Subject": "Out of office"},
    ],
)
def test_robots_are_recognised(headers: dict[str, str]) -> None:
    assert parse(raw(**headers)).is_automatic


def test_a_bounce_is_found_by_the_mail_it_returns() -> None:
    bounce = EmailMessage()
    bounce["From"] = "MAILER-DAEMON@office.example"
    bounce["To"] = "reports@mysmartcity.invalid"
    bounce.set_content(f"Nobody here.\n\nReply-To: {TO}\n")
    mail = parse(bounce.as_bytes())
    assert mail.is_bounce
    assert mail.is_automatic
    assert mail.reply_token
    assert mail.body_reference == ""


def test_knowing_the_reference_is_not_enough() -> None:
    assert parse(raw(To="city+CPT-7K3M9Q@mysmartcity.invalid")).reply_token == ""


@pytest.mark.parametrize(
    "broken",
    [
        raw().replace(b"utf-8", b"no-such-charset"),
        b"",
        b"\xff\xfe\x00",
        raw(Date="never"),
        b"Content-Type: text/plain; charset=utf-8\n\n\xff\xfe Ref: 5512345",
        b"Content-Transfer-Encoding: base64\n\n!!!!",
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(broken: bytes) -> None:
    mail = parse(broken)
    assert mail.message_id
    assert mail.happened_at <= clock.now()


def test_a_mail_of_a_thousand_parts_is_put_aside() -> None:
    with pytest.raises(Unreadable):
        parse(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 200)


def test_dates_ahead_of_us_are_now() -> None:
    assert parse(raw(Date="Mon, 01 Jan 2090 10:00:00 +0200")).happened_at <= clock.now()


@given(st.binary(max_size=600))
def test_any_bytes_are_survived(data: bytes) -> None:
    its: Any = None
    try:
        its = parse(data)
    except Unreadable:
        return
    assert its.message_id
