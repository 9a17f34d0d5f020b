"""Makes the complete, plain `Message` of a delivery out of our rows. Reads only."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from mysmartcity.connectors.contract import Answer, Message, Reporter
from mysmartcity.connectors.models import Connection
from mysmartcity.dispatch.actions import reply_token
from mysmartcity.dispatch.models import Delivery, Handover
from mysmartcity.dispatch.status import DeliveryKind
from mysmartcity.issues import links
from mysmartcity.issues.models import Contact, Issue, Question
from mysmartcity.lib.photos import url_path


def photo_url(digest: str) -> str:
    """Where the public finds a photo in its largest size."""
    return f"{settings.PUBLIC_URL}/photos/{url_path(digest, 'zoom')}"


def thread_key(handover: Handover) -> str:
    """The key of the first message of a handover; later messages join its thread."""
    first = handover.deliveries.filter(kind=DeliveryKind.CREATE).order_by("pk").first()
    return first.key if first is not None else f"handover-{handover.pk}"


def message_of(delivery: Delivery, connection: Connection) -> Message:
    """Everything that the other side needs to know, and nothing it may not."""
    handover = delivery.handover
    issue = handover.issue
    digests = _digests(delivery, issue)
    media = [issue.media_url] if issue.media_url and delivery.kind == DeliveryKind.CREATE else []
    others = Handover.objects.filter(issue=issue, body=handover.body).exclude(pk=handover.pk)
    return Message(
        key=delivery.key,
        thread_key=thread_key(handover),
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
        other_references=frozenset(others.values_list("body_reference", flat=True)) - {""},
        reporter=_reporter(issue, connection),
    )


def remote_category(connection: Connection, code: str) -> str:
    """The system's code for a category of ours; "" when nobody has given one.

    `same_codes` in the settings says that the system uses our codes.
    """
    known: str = connection.category_codes.get(code, "")
    return known or (code if connection.settings.get("same_codes") else "")


def answers_of(issue: Issue) -> Iterable[Answer]:
    """The answered questions in their order, with the words of the choices."""
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


def _reporter(issue: Issue, connection: Connection) -> Reporter:
    if not connection.settings.get("share_contact"):
        return Reporter()
    contact = Contact.objects.filter(issue=issue).first()
    if contact is None:
        return Reporter()
    return Reporter(contact.name, contact.email, contact.phone, contact.account_number)
