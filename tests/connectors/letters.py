"""Letters that offices write back."""

from email.message import EmailMessage

from mysmartcity.dispatch.actions import reply_token
from mysmartcity.dispatch.models import Handover


def reply_to(handover: Handover, words: str, *, number: int = 1, **headers: str) -> bytes:
    """A raw reply to the mail about a handover, quoting it below as mail programs do."""
    mail = EmailMessage()
    reference = handover.issue.reference
    mail["From"] = "Clerk <clerk@office.example>"
    mail["To"] = f"city+{reference}.{reply_token(handover.pk)}@mysmartcity.invalid"
    mail["Subject"] = f"Re: [{reference}] Pothole"
    mail["Message-ID"] = f"<{reference}-{number}@office.example>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    quoted = "> A resident reported this.\n> It will be fixed when repaired.\n"
    mail.set_content(f"{words}\n\nOn Tue, 24 Nov 2026 at 10:00, My Smart City wrote:\n{quoted}")
    return mail.as_bytes()
