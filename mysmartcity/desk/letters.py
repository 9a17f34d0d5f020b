"""Dead letters and uncertain messages as the desk lists them: filters, rows, and who looks after each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from mysmartcity.connectors.models import Connection
from mysmartcity.desk import words
from mysmartcity.dispatch.models import Delivery, QueueEntry
from mysmartcity.dispatch.status import DeliveryState, ErrorClass, QueueReason
from mysmartcity.lib import clock
from mysmartcity.lib.text import one_line
from mysmartcity.people.models import Person

PAGE: Final = 50

_REASON: Final = {
    DeliveryState.DEAD: QueueReason.DEAD_LETTER,
    DeliveryState.UNCERTAIN: QueueReason.UNCERTAIN,
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed down to."""

    q: str = ""
    connection: str = ""
    error: str = ""
    owner: str = ""
    quiet: bool = False

    @property
    def query(self) -> str:
        """For a link to the same list."""
        given = {"q": self.q, "connection": self.connection, "error": self.error}
        given |= {"owner": self.owner, "quiet": "1" if self.quiet else ""}
        return urlencode({name: value for name, value in given.items() if value})


def read(data: QueryDict) -> Filters:
    """The filters of a request; nonsense is no filter."""
    error = data.get("error", "")
    owner = data.get("owner", "")
    return Filters(
        q=one_line(data.get("q", ""))[:100],
        connection=one_line(data.get("connection", ""))[:22],
        error=error if error in set(ErrorClass) else "",
        owner=owner if owner in ("me", "nobody") else "",
        quiet=data.get("quiet") == "1",
    )


def find(
    state: DeliveryState, filters: Filters, *, by: Person, connections: Mapping[int, Connection]
) -> QuerySet[Delivery]:
    """The messages of a state that the filters let through, the oldest first."""
    found = Delivery.objects.filter(state=state)
    if filters.q:
        found = found.filter(
            Q(handover__issue__reference__iexact=filters.q)
            | Q(handover__body_reference__iexact=filters.q)
            | Q(handover__body__name__icontains=filters.q)
            | Q(error__icontains=filters.q)
        )
    if filters.connection:
        asked = [pk for pk, one in connections.items() if one.public_id == filters.connection]
        found = found.filter(lane__in=asked)
    if filters.error:
        found = found.filter(error_class=filters.error)
    return _by_owner(found, state, filters, by).order_by("made_at", "pk")


def _by_owner(
    found: QuerySet[Delivery], state: DeliveryState, filters: Filters, by: Person
) -> QuerySet[Delivery]:
    entries = QueueEntry.objects.unsettled().filter(
        issue=OuterRef("handover__issue"), reason=_REASON[state]
    )
    if filters.owner == "me":
        found = found.filter(Exists(entries.filter(owner=by)))
    elif filters.owner == "nobody":
        found = found.exclude(Exists(entries.filter(owner__isnull=False)))
    is_quiet = Exists(entries.filter(quiet_until__gt=clock.now()))
    return found.filter(is_quiet) if filters.quiet else found.exclude(is_quiet)


@dataclass(frozen=True)
class Row:
    """One message before a human, ready for a template."""

    delivery: Delivery
    connection: Connection | None
    entry: QueueEntry | None
    kind: str
    error: str
    age: str

    @property
    def reference(self) -> str:
        """The issue it is about."""
        return self.delivery.handover.issue.reference

    @property
    def owner(self) -> Person | None:
        """Who looks after it."""
        return self.entry.owner if self.entry is not None else None

    @property
    def quiet_until(self) -> datetime | None:
        """Until when it keeps quiet; None when it doesn't."""
        until = self.entry.quiet_until if self.entry is not None else None
        return until if until is not None and until > clock.now() else None


def rows(
    found: QuerySet[Delivery], state: DeliveryState, *, connections: Mapping[int, Connection]
) -> list[Row]:
    """The first PAGE messages. Two queries."""
    deliveries = list(found.select_related("handover__issue__category", "handover__body")[:PAGE])
    entries = {
        one.issue_id: one
        for one in QueueEntry.objects.unsettled()
        .filter(
            issue__in=[delivery.handover.issue_id for delivery in deliveries],
            reason=_REASON[state],
        )
        .select_related("owner")
    }
    return [
        Row(
            delivery=delivery,
            connection=connections.get(delivery.lane or 0),
            entry=entries.get(delivery.handover.issue_id),
            kind=str(words.KINDS[delivery.kind]),
            error=str(words.ERRORS.get(delivery.error_class, delivery.error_class)),
            age=words.age(delivery.made_at),
        )
        for delivery in deliveries
    ]


def all_connections() -> dict[int, Connection]:
    """Every connection by id, with its body: for names and for the filter."""
    found = Connection.objects.defer("secrets").select_related("body")
    return {one.pk: one for one in found.order_by("body__name", "pk")}


def choices(connections: Iterable[Connection]) -> dict[str, list[dict[str, Any]]]:
    """The options of the filter form."""
    everything = {"value": "", "label": _("All")}
    return {
        "connection_options": [
            everything,
            *(
                {"value": one.public_id, "label": f"{one.body.name}: {one.name or one.system}"}
                for one in connections
            ),
        ],
        "error_options": [
            everything,
            *({"value": str(one), "label": words.ERRORS[one]} for one in ErrorClass),
        ],
        "owner_options": [
            everything,
            {"value": "me", "label": _("Me")},
            {"value": "nobody", "label": _("Nobody")},
        ],
    }
