"""Mail to people: once per key, retried, and with its stop button."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from mysmartcity.lib import clock
from mysmartcity.lib.events import Event
from mysmartcity.notify.actions import (
    MAX_ATTEMPTS,
    forget_old_mail,
    queue_mail,
    send_mail,
    send_overdue,
)
from mysmartcity.notify.events import MailQueued
from mysmartcity.notify.models import Mail, MailState

pytestmark = pytest.mark.django_db


def queued(**its: str) -> Mail:
    values = {"key": "k", "to": "a@example.org", "subject": "News", "text": "Words", **its}
    queue_mail(**values)
    return Mail.objects.get(key=values["key"])


def test_it_works(published: list[Event]) -> None:
    one = queued(stop_url="http://x/stop/1", html="<p>Words</p>")
    assert published == [MailQueued(mail_id=one.pk)]
    send_mail(mail_id=one.pk)
    sent = mail.outbox[0]
    assert sent.extra_headers["Message-ID"].endswith("@127.0.0.1>")
    assert sent.extra_headers["List-Unsubscribe"] == "<http://x/stop/1>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one.refresh_from_db()
    assert (one.state, one.text) == (MailState.SENT, "")


def test_one_key_is_one_mail(published: list[Event]) -> None:
    one = queued()
    assert not queue_mail(key="k", to="a@example.org", subject="s", text="t")
    send_mail(mail_id=one.pk)
    send_mail(mail_id=one.pk)
    assert len(mail.outbox) == 1
    assert len(published) == 1


def test_a_subject_adds_no_header(published: list[Event]) -> None:
    one = queued(subject="News\r\nBcc: everyone@example.org")
    assert one.subject == "News Bcc: everyone@example.org"


class Down(EmailBackend):
    """A mail server that can't be reached."""

    def send_messages(self, messages: object) -> int:
        """Refuse."""
        raise ConnectionRefusedError


class Refusing(EmailBackend):
    """A mail server that knows no such address."""

    def send_messages(self, messages: object) -> int:
        """Refuse for good."""
        raise SMTPRecipientsRefused({})


def test_a_server_that_is_down_is_tried_again_later(
    settings: object, published: list[Event]
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Down"  # type: ignore[attr-defined]
    one = queued()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        send_mail(mail_id=one.pk)
        one.refresh_from_db()
        assert one.attempt_count == attempt
    assert one.state == MailState.FAILED
    delays = [event.delay_seconds for event in published if isinstance(event, MailQueued)]
    assert delays == sorted(delays)
    assert delays[-1] <= 3600


def test_a_mail_whose_job_was_lost_is_sent_by_the_sweep(published: list[Event]) -> None:
    queued()
    assert send_overdue() == 0
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert send_overdue() == 1
        assert send_overdue() == 0
    assert len(mail.outbox) == 1


def test_an_unknown_address_is_given_up_at_once(settings: object, published: list[Event]) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"  # type: ignore[attr-defined]
    one = queued()
    send_mail(mail_id=one.pk)
    one.refresh_from_db()
    assert one.state == MailState.FAILED


def test_old_mail_is_forgotten_with_its_address(published: list[Event]) -> None:
    with clock.frozen(clock.now() - timedelta(days=31)):
        queued(key="old")
    queued(key="new")
    assert forget_old_mail() == 1
    assert list(Mail.objects.values_list("key", flat=True)) == ["new"]
