"""States of handovers, deliveries and queue entries. Imports nothing of ours."""

from enum import StrEnum


class HandoverState(StrEnum):
    """Where an issue stands with the body it was given to."""

    WAITING = "waiting"
    """The message is not out yet."""
    SENT = "sent"
    """It reached the body's system or mailbox; no reference yet."""
    ACKNOWLEDGED = "acknowledged"
    """The body gave its reference."""
    ENDED = "ended"
    """The body says it is done or will not do it."""
    FAILED = "failed"
    """It could not be delivered; a human has it in the queue."""


class DeliveryKind(StrEnum):
    """What a message says. Each is an item of its own with its own retries."""

    CREATE = "create"
    PHOTO = "photo"
    COMMENT = "comment"
    NOT_FIXED = "not_fixed"
    WITHDRAWN = "withdrawn"


class DeliveryState(StrEnum):
    """Where one message stands."""

    WAITING = "waiting"
    BY_HAND = "by_hand"
    """A person does it: it lies before the desk as a call, until somebody says what came of it."""
    SENDING = "sending"
    """Leased by a worker; whoever finds the lease expired must look it up before sending again."""
    UNCERTAIN = "uncertain"
    """It may have arrived: to be looked up at the other side."""
    DONE = "done"
    DEAD = "dead"
    """After the last try, or refused for good; lies in the dead-letter list with its reason."""


class ErrorClass(StrEnum):
    """Why a try failed, and so what may be done next."""

    TRANSIENT = "transient"
    """Certainly not accepted; try again later."""
    THROTTLED = "throttled"
    """Asked to wait."""
    AUTH = "auth"
    """Our key is not accepted: a human must act."""
    PERMANENT = "permanent"
    """Understood and refused; sending it again would not help."""
    AMBIGUOUS = "ambiguous"
    """May have been accepted: look it up, never just send again."""


class QueueReason(StrEnum):
    """Why a human must look at an issue."""

    NO_ROUTE = "no_route"
    NO_CONNECTION = "no_connection"
    DEAD_LETTER = "dead_letter"
    UNCERTAIN = "uncertain"
    NOT_FIXED = "not_fixed"
    NEEDS_MAPPING = "needs_mapping"
    NEEDS_FACTS = "needs_facts"
    """The body's system takes nothing without something that the report lacks."""
    DRIFT = "drift"
    """The body's system and we do not agree, and nothing settles that by itself."""


class ReferenceKind(StrEnum):
    """How a body came to use a further reference for the same work."""

    GIVEN = "given"
    """The first one."""
    MORE = "more"
    """Several work items for one report."""
    RENAMED = "renamed"
    """The body now calls it so; the old reference still leads here."""
    ALSO = "also"
    """Another name for the whole of it, no work item of its own: an office's own number in a reply."""


class CallOutcome(StrEnum):
    """What came of calling a body."""

    REFERENCE = "reference"
    STATUS = "status"
    PROMISE = "promise"
    NO_ANSWER = "no_answer"
    ELSEWHERE = "elsewhere"
    """They say that another body must be called."""
