"""Makes the complete, plain `Message` of a delivery out of our rows. Reads only."""

import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django.conf import settings

from mysmartcity.connectors.contract import Answer, Message, Reporter
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.actions import reply_token
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind, DeliveryState
from mysmartcity.issues import links
from mysmartcity.issues.models import Contact, Issue, Question
from mysmartcity.lib.photos import url_path
from mysmartcity.lib.street import Street, parse_street
from mysmartcity.places.models import AreaKind


def photo_url(digest: str) -> str:
    """Where the public finds a photo in its largest size."""
    return f"{settings.PUBLIC_URL}/photos/{url_path(digest, 'zoom')}"


def _other_references(delivery: Delivery) -> frozenset[str]:
    """Asked for only where a message is looked up: what is sent needs them not."""
    if delivery.state != DeliveryState.UNCERTAIN:
        return frozenset()
    handover = delivery.handover
    others = Handover.objects.filter(issue=handover.issue_id, body=handover.body_id)
    known = others.exclude(pk=handover.pk).values_list("body_reference", flat=True)
    return frozenset(known) - {""}


def thread_key(delivery: Delivery) -> str:
    """The key of the first message of a handover; later messages join its thread."""
    if delivery.kind == DeliveryKind.CREATE and not delivery.content.get("is_copy"):
        return delivery.key
    handover = delivery.handover
    first = handover.deliveries.filter(kind=DeliveryKind.CREATE).order_by("pk").first()
    return first.key if first is not None else f"handover-{handover.pk}"


def message_of(delivery: Delivery, connection: Connection) -> Message:
    """Everything that the other side needs to know, and nothing it may not."""
    handover = delivery.handover
    issue = handover.issue
    digests = _digests(delivery, issue)
    media = [issue.media_url] if issue.media_url and delivery.kind == DeliveryKind.CREATE else []
    told = parse_street(issue.address)
    return Message(
        key=delivery.key,
        thread_key=thread_key(delivery),
        kind=DeliveryKind(delivery.kind),
        reference=issue.reference,
        body_name=handover.body.name,
        category_code=issue.category.code,
        category_name=issue.category.name,
        remote_category=remote_category(connection, issue.category.code),
        description=issue.description,
        lat=issue.lat,
        lng=issue.lng,
        address=issue.address,
        place_name=issue.place_name,
        reported_at=issue.reported_at,
        issue_url=links.issue_url(issue.reference),
        reply_token=reply_token(handover.pk),
        answers=tuple(answers_of(issue)),
        photo_urls=tuple([photo_url(digest) for digest in digests] or media),
        photo_digests=digests,
        words=str(delivery.content.get("words", "")),
        body_reference=handover.body_reference,
        other_references=_other_references(delivery),
        reporter=_reporter(issue, connection),
        street=told.street,
        street_number=told.number,
        suburb=suburb_of(issue, told),
        report_count=issue.report_count,
    )


def remote_category(connection: Connection, code: str) -> str:
    """The system's code for a category of ours; "" when nobody has given one.

    `same_codes` in the settings says that the system uses our codes.
    """
    known: str = connection.category_codes.get(code, "")
    return known or (code if connection.settings.get("same_codes") else "")


def answers_of(issue: Issue) -> Iterable[Answer]:
    """The answered questions in their order, with the words of the choices."""
    if not issue.answers:
        return
    for question in Question.objects.filter(category=issue.category_id).order_by("position"):
        given: Any = issue.answers.get(question.code)
        if given in (None, "", []):
            continue
        values = tuple(map(str, given)) if isinstance(given, list) else (str(given),)
        names = {str(choice["key"]): str(choice["name"]) for choice in question.choices}
        words = tuple(names.get(value, value) for value in values)
        yield Answer(question.code, question.text, values, words, is_many=isinstance(given, list))


def _digests(delivery: Delivery, issue: Issue) -> tuple[str, ...]:
    """A later message carries its own photo; the first one all that are not hidden."""
    if delivery.kind != DeliveryKind.CREATE:
        own = str(delivery.content.get("photo", ""))
        return (own,) if own else ()
    return tuple(issue.photos.filter(is_hidden=False).values_list("digest", flat=True))


def suburb_of(issue: Issue, told: Street) -> str:
    """The smallest suburb that holds the point; else the one in the address, or in the place's name.

    The place's name may be "near Philippi, Cape Town" in any of our languages, or begin with a ward,
    which is no suburb.
    """
    areas = [one.area for one in issue.areas.select_related("area")]
    suburbs = [area for area in areas if area.kind == AreaKind.SUBURB]
    if suburbs:
        smallest = min(suburbs, key=lambda area: (_degrees(area), area.pk))
        return str(smallest.name)
    part, comma, _city = issue.place_name.partition(",")
    others = {area.name for area in areas}
    if told.suburb or not comma or part.strip() in others:
        return told.suburb
    # The word for "near" is not capitalised in any language; a name is.
    found = re.search(r"[^\W\d_a-zà-ÿ].*", part)
    return found[0].strip() if found else ""


def _degrees(area: Any) -> float:
    """About how large an area is, for comparing those that hold one point."""
    return float((area.north - area.south) * (area.east - area.west))


def shared_fields(settings_of_connection: Any) -> frozenset[str]:
    """Which of the reporter's details may leave the house: `share_contact` is true for all of them,
    or lists the names of some. Anything else shares nothing.
    """
    wanted = settings_of_connection.get("share_contact")
    known = frozenset(one.name for one in fields(Reporter))
    if wanted is True:
        return known
    names = [wanted] if isinstance(wanted, str) else wanted
    return known & set(map(str, names)) if isinstance(names, list | tuple) else frozenset()


def _reporter(issue: Issue, connection: Connection) -> Reporter:
    shared = shared_fields(connection.settings)
    contact = Contact.objects.filter(issue=issue).first() if shared else None
    if contact is None:
        return Reporter()
    return Reporter(**{name: getattr(contact, name) for name in shared})
