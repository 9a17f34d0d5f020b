"""What happened to issues: past tense, ids and plain values only."""

from dataclasses import dataclass

from mysmartcity.lib.events import Event


@dataclass(frozen=True)
class IssueReported(Event):
    """A resident (or a machine for one) reported something new."""

    issue_id: int


@dataclass(frozen=True)
class IssueStatusChanged(Event):
    """An issue moved on its ladder; `entry_id` is the timeline entry that says so."""

    issue_id: int
    entry_id: int
    before: str
    after: str
    actor: str


@dataclass(frozen=True)
class IssueCommented(Event):
    """Public words were added to an issue without moving it."""

    issue_id: int
    entry_id: int
    actor: str


@dataclass(frozen=True)
class IssueJoined(Event):
    """One more resident stands behind an issue."""

    issue_id: int


@dataclass(frozen=True)
class MediaOffered(Event):
    """A machine reported an issue with pictures that lie at these web addresses."""

    issue_id: int
    urls: tuple[str, ...]
