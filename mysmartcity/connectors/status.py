"""Modes of connections, where news came from, and kinds of disagreement. Imports nothing of ours."""

from enum import StrEnum


class Mode(StrEnum):
    """What a connection may do."""

    LIVE = "live"
    SHADOW = "shadow"
    """Reads and compares, writes nothing: to try a system before it goes live."""


class Source(StrEnum):
    """How a piece of news reached us."""

    POLL = "poll"
    PUSH = "push"
    MAIL = "mail"
    CALL = "call"
    RECONCILED = "reconciled"


class DriftKind(StrEnum):
    """In what a system and we do not agree."""

    MISSING = "missing"
    """It does not know a reference that it gave us."""
    STATUS = "status"
    """It stands at another rung there."""
    UNKNOWN = "unknown"
    """It has a status or category that no mapping of ours knows."""
