"""The simulated mail office as a process of its own: real SMTP in, real Maildir out."""

import email
import email.policy
import mailbox
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mysmartcity.connectors.systems.mail import inbound
from tests.demo.processes import Running, running, wait_for

REFERENCE = "CPT-7K3M93"
TOKEN = "ab12" * 6
OFFICE = "roads@joburg.office.demo.invalid"
OFF: dict[str, Any] = {
    "latency": 0, "refuse": None, "drop_after_accept": False, "lose_answers": False,
    "double_answers": False, "auto_reply": False, "plain_address": False, "bounce": False,
}  # fmt: skip


class Post:
    """The office, and the Maildir that its answers come to."""

    def __init__(self, process: Running, maildir: Path) -> None:
        self.process = process
        self.maildir = maildir
        self.smtp_port = process.json("/_control")["smtp_port"]

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, local_hostname="test", timeout=5) as smtp:
            smtp.send_message(mail)

    def answers(self, about: str) -> list[EmailMessage]:
        """Answers to a mail, by its Message-ID, in the order in which they came."""
        box = mailbox.Maildir(self.maildir, create=True)
        found = [
            email.message_from_bytes(box.get_bytes(key), EmailMessage, policy=email.policy.default)
            for key in box.keys()  # noqa: SIM118
        ]
        mine = [one for one in found if one["In-Reply-To"] == about]
        return sorted(mine, key=lambda one: int(one["Message-ID"].split("-")[1].split("@")[0]))


@pytest.fixture(scope="module")
def running_post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("office")
    with running("mail_office", *arguments(folder)) as process:
        yield Post(process, folder / "replies")


def arguments(folder: Path, *, pace: str = "0.6") -> tuple[str, ...]:
    files = ("--data", str(folder / "mail.db"), "--reply-maildir", str(folder / "replies"))
    return ("--port", "0", "--http-port", "0", *files, "--pace", pace)


@pytest.fixture
def post(running_post: Post) -> Post:
    assert running_post.process.control(**OFF)[0] == 200
    return running_post


def reference_of(number: int) -> str:
    """A well-formed reference for each test, so that tests don't share a case."""
    for check in "23456789ABCDEFGHJKMNPQRSTVWXYZ":
        candidate = f"CPT-{'23456789ABCDEF'[number]}AAAA{check}"
        if inbound.ids.read_reference(candidate):
            return candidate
    raise AssertionError("no check character fits")


def mail(
    reference: str, *, key: str = "", subject: str = "", follows: str = "", text: str = "A hole"
) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "My Smart City <reports@mysmartcity.invalid>"
    made["To"] = f"Johannesburg Roads <{OFFICE}>"
    made["Reply-To"] = f"city+{reference}.{TOKEN}@mysmartcity.invalid"
    made["Subject"] = subject or f"[{reference}] Pothole: Long Street"
    made["Message-ID"] = f"<{key or reference}@mysmartcity.invalid>"
    if follows:
        made["In-Reply-To"] = f"<{follows}@mysmartcity.invalid>"
    made.set_content(f"{text}\n\nIt was repaired last year. Reference: {reference}\n")
    made.add_alternative("<p>A hole</p>", subtype="html")
    return made


def told(post: Post, about: EmailMessage, count: int) -> list[inbound.InboundMail]:
    """So many answers, read by our own inbound code."""
    wait_for(lambda: len(post.answers(about["Message-ID"])) >= count)
    return [inbound.parse(one.as_bytes()) for one in post.answers(about["Message-ID"])]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_it_works(post: Post, number: int) -> None:
    """A number, then work, then repaired: read as such by the code that reads real offices."""
    reference = reference_of(number)
    sent = mail(reference)
    post.send(sent)
    first, second, third = told(post, sent, 3)
    assert first.body_reference.startswith("5512")
    assert inbound.status_of(first.words, {}) == ""
    assert inbound.status_of(second.words, {}) in ("scheduled", "in_progress")
    assert inbound.status_of(third.words, {}) == "reported_fixed"
    assert "last year" not in third.words
    assert all("last year" in one.as_string() for one in post.answers(sent["Message-ID"]))
    raw = post.answers(sent["Message-ID"])[0]
    assert raw["To"] == f"city+{reference}.{TOKEN}@mysmartcity.invalid"
    assert raw["Subject"] == f"Re: [{reference}] Pothole: Long Street"
    assert str(raw["From"]).endswith(f"<{OFFICE}>")
    assert post.process.json("/_control/references")[reference] == 1
    wait_for(lambda: post.process.json("/_control/states")[reference]["state"] == "closed")
    assert post.process.json("/_control/states")[reference]["theirs"] == first.body_reference


def test_not_fixed_goes_round_again_with_the_same_number(post: Post) -> None:
    reference = reference_of(4)
    sent = mail(reference)
    post.send(sent)
    number = told(post, sent, 3)[0].body_reference
    again = mail(
        reference, key="again", subject=f"Re: [{reference}] Pothole: NOT FIXED", follows=reference
    )
    post.send(again)
    answers = told(post, again, 3)
    assert number in answers[0].words
    assert inbound.status_of(answers[2].words, {}) == "reported_fixed"
    assert post.process.json("/_control/references")[reference] == 1


def test_more_facts_are_noted_and_withdrawn_stops_the_work(post: Post) -> None:
    reference = reference_of(5)
    first = mail(reference)
    more = mail(reference, key="more", subject=f"Re: [{reference}] more facts", follows=reference)
    gone = mail(reference, key="gone", subject=f"Re: [{reference}] withdrawn", follows=reference)
    for one in (first, more, gone):
        post.send(one)
    (noted,) = told(post, gone, 1)
    assert inbound.status_of(noted.words, {}) == ""
    wait_for(lambda: post.process.json("/_control")["answers_waiting"] == 0)
    assert len(post.answers(first["Message-ID"])) <= 1


def test_the_same_mail_twice_is_kept_once(post: Post) -> None:
    reference = reference_of(6)
    before = post.process.json("/_control")["arrivals"]
    for _ in range(2):
        post.send(mail(reference))
    assert post.process.json("/_control/references")[reference] == 1
    assert post.process.json("/_control")["arrivals"] == before + 2
    post.send(mail(reference, key="another-id"))
    assert post.process.json("/_control/references")[reference] == 2


def test_mail_to_residents_is_shown_and_never_answered(post: Post) -> None:
    letter = mail(
        reference_of(7),
        text="Your code is 123456. <script>x</script> https://us.example/t/1?a=1&b=2.",
    )
    letter.replace_header("To", "Thandi@example.org")
    post.send(letter)
    (found,) = post.process.json("/inbox.json?to=thandi@example.org")
    assert "123456" in found["text"]
    page = post.process.get("/inbox")
    assert b"<script>" not in page.body
    assert b'href="https://us.example/t/1?a=1&amp;b=2"' in page.body
    assert post.process.json("/inbox.json?to=nobody@example.org") == []
    shown = post.process.get(f"/mail/{found['id']}").body
    assert b"Your code is 123456" in shown
    assert b"<script>" not in shown
    assert post.answers(letter["Message-ID"]) == []


# --- Every switch ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [451, 550])
def test_refusing(post: Post, code: int) -> None:
    post.process.control(refuse=code)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        post.send(mail(reference_of(8), key=f"refused-{code}"))
    assert caught.value.smtp_code == code
    assert reference_of(8) not in post.process.json("/_control/references")


def test_dropped_after_accepting(post: Post) -> None:
    post.process.control(drop_after_accept=True)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        post.send(mail(reference_of(9)))
    assert post.process.json("/_control/references")[reference_of(9)] == 1


def test_lost_doubled_and_automatic_answers(post: Post) -> None:
    post.process.control(double_answers=True, auto_reply=True)
    sent = mail(reference_of(10))
    post.send(sent)
    answers = told(post, sent, 8)
    assert [one.is_automatic for one in answers[:3]] == [True, True, False]
    assert answers[2].message_id == answers[3].message_id
    post.process.control(lose_answers=True)
    lost = mail(reference_of(11))
    post.send(lost)
    wait_for(lambda: post.process.json("/_control")["answers_waiting"] == 0)
    assert post.answers(lost["Message-ID"]) == []


@pytest.mark.parametrize(
    "wanted", [{"speed": 1}, {"refuse": 200}, {"latency": -1}, {"auto_reply": 1}]
)
def test_unknown_switches_change_nothing(post: Post, wanted: dict[str, Any]) -> None:
    assert post.process.control(lose_answers=True, **wanted)[0] == 400
    assert post.process.json("/_control")["switches"]["lose_answers"] is False


# --- The process ----------------------------------------------------------------------------------


def test_an_answer_without_the_secret_part_and_a_mail_that_comes_back(post: Post) -> None:
    post.process.control(plain_address=True)
    its = mail(reference_of(12))
    post.send(its)
    answer = wait_for(lambda: post.answers(its["Message-ID"]))[0]
    assert "+" not in answer["To"]
    assert inbound.parse(answer.as_bytes()).answers == (its["Message-ID"],)
    post.process.control(**{**OFF, "bounce": True})
    its = mail(reference_of(13))
    post.send(its)

    def came_back() -> Any:
        box = mailbox.Maildir(post.maildir, create=True)
        read = [inbound.parse(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118
        return next((one.bounce for one in read if one.bounce), None)

    bounce = wait_for(came_back)
    assert bounce.is_final
    assert bounce.message_ids == (its["Message-ID"],)


def test_answers_survive_kill_9_and_the_end_is_clean(tmp_path: Path) -> None:
    sent = mail(reference_of(0))
    with running("mail_office", *arguments(tmp_path, pace="3")) as process:
        Post(process, tmp_path / "replies").send(sent)
        process.process.kill()
        process.process.wait(5)
    with running("mail_office", *arguments(tmp_path, pace="3")) as process:
        post = Post(process, tmp_path / "replies")
        assert process.json("/_control/references") == {reference_of(0): 1}
        assert told(post, sent, 1)[0].body_reference == "5512345"
        assert b"[CPT-" in process.get("/").body
        assert process.stop() == 0
