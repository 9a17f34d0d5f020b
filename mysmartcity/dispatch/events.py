"""What happened in dispatch: past tense, ids and plain values only."""

from dataclasses import dataclass

from mysmartcity.lib.events import Event


@dataclass(frozen=True)
class DeliveryQueued(Event):
    """A message waits to be sent (or sent again) to a body."""

    delivery_id: int
    issue_id: int
    delay_seconds: int = 0


@dataclass(frozen=True)
class IssueQueued(Event):
    """An issue entered the queue that humans work through."""

    issue_id: int
    reason: str
