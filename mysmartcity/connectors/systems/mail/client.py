"""Hands one mail to the SMTP server and says precisely how far it came. Knows nothing of issues.

Before the message's data was begun a failure is certain: nothing arrived. Once the data was begun and
no final answer came, nobody knows. A final answer, yes or no, is believed.
"""

import smtplib
from contextlib import suppress
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from mysmartcity.connectors.contract import DeliveryFailed
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib.text import one_line


class _Watched:
    """Remembers that the data of a mail was begun; mixed into smtplib's two connection classes."""

    has_begun_data = False

    def getreply(self) -> tuple[int, bytes]:
        """A 354 is the server's "go on": what comes next is the message itself."""
        code, words = super().getreply()  # type: ignore[misc]
        if code == 354:
            self.has_begun_data = True
        return code, words


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Tls(_Watched, smtplib.SMTP_SSL):
    pass


class WatchedBackend(EmailBackend):
    """Django's SMTP backend on a connection that we can ask how far it came."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """With TLS from the start, or without."""
        return _Tls if self.use_ssl else _Plain


def post(mail: EmailMessage) -> None:
    """Send one mail. Raises DeliveryFailed; ambiguous only when it may have been accepted."""
    backend = WatchedBackend(fail_silently=False)
    connection: Any = None
    try:
        backend.open()
        connection = backend.connection
        backend.send_messages([mail])
    except (smtplib.SMTPException, OSError) as error:
        has_begun = bool(getattr(connection, "has_begun_data", False))
        raise _failure(error, has_begun_data=has_begun) from error
    finally:
        # The answer is known by now: a server that fails to say goodbye changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            backend.close()


def _failure(error: Exception, *, has_begun_data: bool) -> DeliveryFailed:
    """The class of an SMTP failure (RFC 5321: 4yz may work later, 5yz will not)."""
    said = one_line(str(error))[:300]
    if isinstance(error, smtplib.SMTPAuthenticationError):
        sentence = f"The mail server does not accept our name and password: {said}"
        return DeliveryFailed(ErrorClass.AUTH, sentence)
    code = _code(error)
    if code is not None and 400 <= code < 500:
        # 421 is the server that closes down; the others mind this mail or this mailbox.
        sentence = f"The mail server says later: {said}"
        return DeliveryFailed(ErrorClass.TRANSIENT, sentence, is_systemic=code == 421)
    if code in (530, 535):
        return DeliveryFailed(ErrorClass.AUTH, f"The mail server wants a sign-in: {said}")
    if code is not None and 500 <= code < 600:
        return DeliveryFailed(ErrorClass.PERMANENT, f"The mail server refused the mail: {said}")
    if has_begun_data:
        sentence = f"The mail server did not say whether it took the mail: {said}"
        return DeliveryFailed(ErrorClass.AMBIGUOUS, sentence)
    sentence = f"The mail server can't be reached: {said}"
    return DeliveryFailed(ErrorClass.TRANSIENT, sentence, is_systemic=True)


def _code(error: Exception) -> int | None:
    """The reply code, also when every recipient was refused (the mildest code counts)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min((code for code, _words in error.recipients.values()), default=None)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code if error.smtp_code > 0 else None
    return None
