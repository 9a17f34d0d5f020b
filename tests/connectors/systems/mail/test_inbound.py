"""What offices write, taken apart."""

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysmartcity.connectors.systems.mail.inbound import (
    Unreadable,
    find_reference,
    is_from_office,
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
        ("Verwysingsnommer: 5512345", "5512345"),
        ("Inombolo yereferensi 5512345", "5512345"),
        ("Reference: F231004 / 107", "F231004/107"),
        ("it was logged as F 231004/107 today", "F231004/107"),
        ("logged, 200918 / 237", "200918/237"),
        ("logged as 9113456789, thank you", "9113456789"),
        ("Your ref CPWEB4185637 was made", "CPWEB4185637"),
        ("Ref: JW-4185637", "JW-4185637"),
        ("Call me on 27821234567 or +27 82 123 4567", ""),
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
        "On 24 Nov 2026, at 10:00, X <a@b.example> wrote:\n\n> old",
        "On Tuesday, 24 November 2026 at\n10:00:00 SAST, A Very Long Name\n<a@b.example> wrote:\nold",
        "*From:* X\n*Sent:* Monday\n*To:* Y\nold",
        "Van: X\nGestuur: Maandag\nAan: Y\nold",
        "From: X <a@b>\nDate: Mon\nold",
        "---------- Forwarded message ---------\nold",
        "-------- Original message --------\nold",
        "Begin forwarded message:\nold",
        "-----X wrote: -----\nold",
        "X <a@b.example> wrote:\nold",
        "2026-11-24 10:00 GMT+02:00 X <a@b.example>:\nold",
        ">>> X 24/11/2026 10:00 >>>\nold",
        "Sent from my iPhone\n\n> old",
        "Get Outlook for Android\n________________________________\nFrom: X",
    ],
)
def test_the_quoted_mail_is_cut(quote: str) -> None:
    assert without_quotes(f"New words\n\n{quote}") == "New words"


@pytest.mark.parametrize(
    "words",
    [
        "On Tuesday the team fixed it.\n\nOn Tue, 24 Nov 2026 X <a@b> wrote:\n> old",
        "On Tuesday the team fixed it.\nOn Tue, 24 Nov 2026 X <a@b> wrote:\n> old",
        "On Tue, 24 Nov 2026 X <a@b> wrote:\n> old\n> lines\n\nOn Tuesday the team fixed it.",
        "> old\n\nOn Tuesday the team fixed it.\n",
    ],
)
def test_what_stands_above_or_below_the_quote_is_kept(words: str) -> None:
    assert without_quotes(words) == "On Tuesday the team fixed it."


@pytest.mark.parametrize(
    "words",
    [
        "Thanks\n\n> It will be fixed when it is\nrepaired.\n> bye",
        "> It will be fixed when it is\nrepaired.",
        "On Tue, 24 Nov 2026 X <a@b> wrote:\n> It will be fixed when it is\nrepaired.\n\nThanks",
    ],
)
def test_a_broken_line_of_the_quote_is_not_taken_for_an_answer(words: str) -> None:
    assert "repaired" not in without_quotes(words)


def test_a_sentence_that_begins_with_from_is_no_quote() -> None:
    words = "Hello\nFrom: tomorrow we work here.\nIt takes a week."
    assert without_quotes(words) == words


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote">old</div>',
        '<div id="divRplyFwdMsg">old</div>',
        '<div class="moz-cite-prefix">old</div>',
        '<div class="yahoo_quoted">old</div>',
        '<div id="appendonsend"></div><hr><div><b>From:</b> X<br><b>Sent:</b> Mon<br>old</div>',
        "<p><b>From:</b> X<br><b>Sent:</b> Monday<br>old</p>",
    ],
)
def test_the_quote_of_an_html_mail_is_cut(quote: str) -> None:
    assert parse(raw(html=f"<p>Team&nbsp;is there</p>{quote}")).words == "Team is there"


def test_an_empty_text_part_does_not_hide_the_html() -> None:
    mail = EmailMessage()
    mail["To"], mail["From"] = TO, "a@b.example"
    mail.set_content("\n \n")
    mail.add_alternative("<p>Ref: 5512345</p>", subtype="html")
    assert parse(mail.as_bytes()).body_reference == "5512345"


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
        {"Subject": "Re: Automatic reply: away"},
        {"Subject": "Auto-Reply"},
        {"Subject": "I am away from the office"},
        {"Subject": "On annual leave until Monday"},
        {"Subject": "Outomatiese antwoord: Slaggat"},
        {"Subject": "Ek is buite kantoor"},
        {"Subject": "Met verlof"},
        {"Auto_Submitted": "auto-generated"},
        {"X_Auto_Response_Suppress": "OOF, DR"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
        {"Precedence": "auto_reply"},
    ],
)
def test_robots_are_recognised(headers: dict[str, str]) -> None:
    assert parse(raw(**headers)).is_automatic


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Subject": "Re: Street light: automatic gate has no power"},
        {"Subject": "We are on the office roof"},
        {"X_Auto_Response_Suppress": "DR, NDR"},
        {"Return_Path": "<a@b.example>"},
    ],
)
def test_people_are_not_taken_for_robots(headers: dict[str, str]) -> None:
    assert not parse(raw(**headers)).is_automatic


@pytest.mark.parametrize(
    ("sender", "settings", "is_theirs"),
    [
        ("Clerk <clerk@office.example>", {"to": "calls@office.example"}, True),
        ("clerk@OFFICE.example", {"to": "Calls <calls@Office.example>"}, True),
        ("clerk@depot.example", {"to": "calls@office.example", "cc": ["x@depot.example"]}, True),
        ("clerk@office.example.evil", {"to": "calls@office.example"}, False),
        ("calls@office.example <evil@evil.example>", {"to": "calls@office.example"}, False),
        ("someone@gmail.com", {"to": "depot@gmail.com"}, False),
        ("depot@gmail.com", {"to": "depot@gmail.com"}, True),
        ("", {"to": ""}, False),
        ("evil@evil.example <calls@office.example>", {"to": "calls@office.example"}, False),
        ("calls@office.example, evil@evil.example", {"to": "calls@office.example"}, False),
        ("calls@office.example", {}, False),
    ],
)
def test_whether_the_sender_is_the_office(
    sender: str, settings: dict[str, Any], is_theirs: bool
) -> None:
    assert is_from_office(parse(raw(From=sender)), settings) == is_theirs


def test_what_a_reply_answers() -> None:
    mail = parse(raw("Hi\n\n> [CPT-7K3M9V]", In_Reply_To="<a@us>", References="<b@us> <a@us>"))
    assert set(mail.answers) == {"<a@us>", "<b@us>"}
    assert mail.our_references == ("CPT-7K3M9V",)


def test_a_forged_header_can_t_poison_the_box() -> None:
    mail = parse(b"Message-ID: <\xff\xfe\x00abc>\nSubject: \xff\nFrom: \xff@x\n\nHello \xff")
    for text in (mail.message_id, mail.subject, mail.sender, mail.words):
        text.encode()
        assert "\0" not in text


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
