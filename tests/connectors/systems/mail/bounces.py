"""Mails that came back, as servers write them."""

from email.message import EmailMessage


def bounce(
    *,
    to: str,
    message_id: str = "",
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = "calls@office.example",
    code: str = "smtp; 550 5.1.1 User unknown",
    number: int = 1,
) -> bytes:
    """A report by RFC 3464 with the headers of the mail that it returns."""
    boundary = "report-part"
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{number}@mx.example>\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;"
        f' boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nI am sorry to inform you.\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {code}\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: [CPT] Pothole\r\n\r\n--{boundary}--\r\n"
    ).encode()


def old_bounce(*, to: str, subject: str, text: str) -> bytes:
    """What servers wrote before there was a standard."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "postmaster@mx.example", to, subject
    mail["Message-ID"], mail["Return-Path"] = "<old@mx.example>", "<>"
    mail.set_content(text)
    return mail.as_bytes()
