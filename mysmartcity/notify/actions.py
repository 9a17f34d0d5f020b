"""Queueing and sending mail to people. Every mail has a key, so the same news goes out once."""

from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils.crypto import salted_hmac

from mysmartcity.lib import clock, events
from mysmartcity.lib.text import one_line
from mysmartcity.notify.events import MailQueued
from mysmartcity.notify.models import Mail, MailState

MAX_ATTEMPTS = 8

KEPT = timedelta(days=30)

OVERDUE = timedelta(minutes=1)
"""Every mail has a job of its own; the sweep only takes what such a job has missed."""


@transaction.atomic
def queue_mail(
    *, key: str, to: str, subject: str, text: str, html: str = "", stop_url: str = ""
) -> bool:
    """Keep a mail to be sent in the background. False when this key was queued before."""
    mail, is_new = Mail.objects.get_or_create(
        key=key,
        defaults={
            "to": to,
            "subject": one_line(subject)[:200],
            "text": text,
            "html": html,
            "stop_url": stop_url,
        },
    )
    if is_new:
        events.publish(MailQueued(mail_id=mail.pk))
    return is_new


def send_mail(*, mail_id: int) -> None:
    """Hand one mail to the SMTP server.

    Taken by compare-and-set, so two workers never send it twice. When the worker dies in the middle
    the mail stays `sending` and is not repeated: news to people may get lost then, never doubled.
    """
    taken = Mail.objects.filter(pk=mail_id, state=MailState.WAITING).update(state=MailState.SENDING)
    if not taken:
        return
    mail = Mail.objects.get(pk=mail_id)
    try:
        _message(mail).send()
    except (SMTPException, OSError) as error:
        _note_failure(mail, error)
        return
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.SENT, sent_at=clock.now(), text="", html="", error=""
    )


def send_overdue(*, limit: int = 200) -> int:
    """Send what has waited for its first try longer than any job should take to come."""
    overdue = Mail.objects.filter(
        state=MailState.WAITING, attempt_count=0, created_at__lt=clock.now() - OVERDUE
    )
    ids = list(overdue.order_by("pk").values_list("pk", flat=True)[:limit])
    for mail_id in ids:
        send_mail(mail_id=mail_id)
    return len(ids)


def forget_old_mail() -> int:
    """Remove what was sent, given up or lost more than 30 days ago, addresses and all; gives how many.

    By then nothing queues the same news again, so the key is not needed any more.
    """
    removed, _by_model = Mail.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    return removed


def _message(mail: Mail) -> EmailMultiAlternatives:
    # The same at every try, and nothing in it that counts our rows.
    name = salted_hmac("notify.message-id", mail.key).hexdigest()[:32]
    headers = {"Message-ID": f"<{name}@{urlsplit(settings.PUBLIC_URL).hostname}>"}
    if mail.stop_url:
        # RFC 8058: mail programs show a button that stops the news with one click.
        headers["List-Unsubscribe"] = f"<{mail.stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["Auto-Submitted"] = "auto-generated"
    message = EmailMultiAlternatives(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to], headers=headers
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _note_failure(mail: Mail, error: Exception) -> None:
    """Try again later, or give up after the last try or when the address is refused."""
    attempts = mail.attempt_count + 1
    is_final = attempts >= MAX_ATTEMPTS or isinstance(error, SMTPRecipientsRefused)
    state = MailState.FAILED if is_final else MailState.WAITING
    with transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(
            state=state, attempt_count=attempts, error=type(error).__name__
        )
        if not is_final:
            delay = min(timedelta(hours=1), timedelta(seconds=5 * 4**attempts))
            events.publish(MailQueued(mail_id=mail.pk, delay_seconds=int(delay.total_seconds())))
