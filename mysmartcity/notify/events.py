"""What happened to mail: past tense, ids and plain values only."""

from dataclasses import dataclass

from mysmartcity.lib.events import Event


@dataclass(frozen=True)
class MailQueued(Event):
    """A mail waits to be sent."""

    mail_id: int
    delay_seconds: int = 0
