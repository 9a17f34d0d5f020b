"""Builders for the real world's mess: several bodies, messages that arrived, news by the minute."""

from datetime import datetime, timedelta

from django.db import transaction

from mysmartcity.connectors.actions import apply_update
from mysmartcity.connectors.actions.arrived import note_arrival
from mysmartcity.connectors.contract import Sent
from mysmartcity.connectors.models import Connection
from mysmartcity.connectors.registry import connector_for
from mysmartcity.dispatch.actions import route_issue
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.models import Issue, Jurisdiction
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import clock
from mysmartcity.people.models import Body
from tests import build
from tests.connectors.build import T0, connection, item


def at(minutes: float) -> datetime:
    """So many minutes after T0."""
    return T0 + timedelta(minutes=minutes)


def arrive(delivery: Delivery, answer: Sent | None = None) -> None:
    """What is written when a body's system took a message, as record.sent does."""
    fresh = Delivery.objects.select_related("handover__issue", "handover__body").get(pk=delivery.pk)
    where = Connection.objects.for_body(fresh.handover.body)
    assert where is not None
    with transaction.atomic():
        Delivery.objects.filter(pk=fresh.pk).update(
            state=DeliveryState.DONE, attempt_count=1, done_at=clock.now()
        )
        note_arrival(fresh, answer or Sent(), connector=connector_for(where))


def arrived(handover: Handover, reference: str = "", *more: str) -> Handover:
    """Its first message reached the body, which gave these references."""
    first = handover.deliveries.get(kind=DeliveryKind.CREATE)
    arrive(first, Sent(remote_reference=reference or None, more_references=more))
    handover.refresh_from_db()
    return handover


def city_of(*bodies: Body) -> Jurisdiction:
    """A jurisdiction where the first body leads and the others share, each with a connection."""
    where = build.jurisdiction()
    build.category(of=where)
    for number, body in enumerate(bodies):
        build.responsibility(of=where, by=body, is_shared=number > 0, reason=f"Rule {number}.")
        connection(to=body)
    return where


def routed(**its: object) -> list[Handover]:
    """An issue reported at T0 and routed: the handover that leads, then the others."""
    with clock.frozen(T0):
        issue = build.issue(**its)
        route_issue(issue_id=issue.pk)
    return list(Handover.objects.filter(issue=issue).select_related("body").order_by("pk"))


def connection_of(handover: Handover) -> Connection:
    """The first connection of a handover's body."""
    found = Connection.objects.filter(body=handover.body).order_by("pk").first()
    assert found is not None
    return found


def tell(about: Handover, status: str, *, after: float, words: str = "", **its: object) -> str:
    """The body's system says something about it by its reference; the outcome."""
    where = its.pop("where", None) or connection_of(about)
    assert isinstance(where, Connection)
    its.setdefault("body_reference", about.body_reference)
    its.setdefault("event_id", f"{about.pk}-{status}-{after}")
    return apply_update(item_id=item(where, status, after=after, words=words, **its).pk)


def issue_of(handover: Handover) -> Issue:
    """The issue as it is now."""
    found: Issue = Issue.objects.get(pk=handover.issue_id)
    return found


def resident(handover: Handover, after: Status, *, minutes: float) -> None:
    """A resident moves the issue, so many minutes after T0."""
    with clock.frozen(at(minutes)):
        change_status(issue=issue_of(handover), move=Move(after, Actor.RESIDENT))


def publics(handover: Handover) -> str:
    """All that the public reads, in order."""
    entries = issue_of(handover).timeline.exclude(public_words="")
    return "\n".join(entries.values_list("public_words", flat=True))


def insides(handover: Handover) -> str:
    """All that only staff read."""
    entries = issue_of(handover).timeline.exclude(inside_words="")
    return "\n".join(entries.values_list("inside_words", flat=True))
