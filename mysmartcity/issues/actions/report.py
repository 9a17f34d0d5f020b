"""Reporting an issue: the one door for pages, machines and imports."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from mysmartcity.issues import links, rules
from mysmartcity.issues.actions.first_rows import write_first_rows
from mysmartcity.issues.events import IssueReported
from mysmartcity.issues.models import (
    Category,
    Contact,
    Follow,
    Issue,
    Photo,
    Privacy,
)
from mysmartcity.issues.service_level import due_at
from mysmartcity.lib import clock, events, geo, ids, text
from mysmartcity.lib.crash import crash_point
from mysmartcity.lib.geo import Point
from mysmartcity.lib.photos import MAX_PHOTOS, StoredPhoto
from mysmartcity.people.models import Person
from mysmartcity.places.locate import FoundArea, locate

ATTEMPTS_AT_REFERENCE = 5
"""24 million references per city: a clash with a million issues is 4 %, five in a row 1 in 10 million."""


@dataclass(frozen=True)
class ContactDetails:
    """How to reach the reporter; every part is optional."""

    name: str = ""
    email: str = ""
    phone: str = ""
    account_number: str = ""

    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.name or self.email or self.phone or self.account_number)


@dataclass(frozen=True)
class NewIssue:
    """What somebody reports. `device` is the opaque value of the reporter's cookie."""

    category: Category
    point: Point
    description: str = ""
    answers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    address: str = ""
    address_id: str = ""
    photos: Sequence[StoredPhoto] = ()
    contact: ContactDetails = field(default_factory=ContactDetails)
    reporter: Person | None = None
    request_key: str = ""
    channel: str = "web"
    language: str = "en"
    media_url: str = ""
    device: str = ""
    wants_news: bool = True


@dataclass(frozen=True)
class Reported:
    """The answer to a report. `is_repeat`: the same report had come in before."""

    issue: Issue
    tracking_secret: str
    is_repeat: bool = False


def report_issue(*, new: NewIssue) -> Reported:
    """Take a report: check everything, then write issue, areas, photos, contact and event at once.

    Raises rules.Invalid with every fault, rules.KeyReused when the key came with other content.
    """
    digest = _digest(new)
    repeat = _find_repeat(new, digest)
    if repeat is not None:
        return repeat
    areas = locate(new.point)
    faults = _faults(new, areas)
    if faults:
        raise rules.Invalid(faults)
    for _attempt in range(ATTEMPTS_AT_REFERENCE):
        try:
            with transaction.atomic():
                reported = _write(new, digest, areas)
            crash_point("after-report")
            return reported
        except IntegrityError:
            # Either this reference is taken (draw again) or the same report is being written by
            # another request (then its row is there now).
            repeat = _find_repeat(new, digest)
            if repeat is not None:
                return repeat
    raise RuntimeError("no free reference found")


def _digest(new: NewIssue) -> str:
    """What makes two requests with one key the same report."""
    content = [new.category.pk, new.point.lat, new.point.lng, new.description, dict(new.answers)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=list).encode()).hexdigest()


def _find_repeat(new: NewIssue, digest: str) -> Reported | None:
    if not new.request_key:
        return None
    key_hash = ids.hash_secret(new.request_key)
    issue = Issue.objects.filter(request_key=key_hash).select_related("category").first()
    if issue is None:
        return None
    if issue.request_digest != digest:
        raise rules.KeyReused
    return Reported(issue, links.tracking_secret(new.request_key), is_repeat=True)


def _faults(new: NewIssue, areas: Sequence[FoundArea]) -> list[rules.Fault]:
    faults = rules.check_category(new.category)
    if new.category.jurisdiction.area_id not in {area.id for area in areas}:
        sentence = _("This place is outside %(city)s.") % {"city": new.category.jurisdiction.name}
        faults.append(rules.Fault("point", "outside", sentence))
    faults += rules.check_answers(new.category.questions.all(), new.answers)
    contact = new.contact
    faults += rules.check_words(
        description=new.description, email=contact.email, phone=contact.phone
    )
    if len(new.photos) > MAX_PHOTOS:
        sentence = _("At most %(limit)s photos.") % {"limit": MAX_PHOTOS}
        faults.append(rules.Fault("photos", "too_many", sentence))
    return faults


def _write(new: NewIssue, digest: str, areas: Sequence[FoundArea]) -> Reported:
    secret = links.tracking_secret(new.request_key)
    issue = _issue_row(new, digest, secret, areas)
    issue.save(force_insert=True)
    write_first_rows(issue=issue, area_ids=[area.id for area in areas])
    photos = {photo.digest: photo for photo in new.photos}
    Photo.objects.bulk_create(
        Photo(
            issue=issue,
            digest=photo.digest,
            width=photo.width,
            height=photo.height,
            position=position,
        )
        for position, photo in enumerate(photos.values())
    )
    _write_people(issue, new)
    events.publish(IssueReported(issue_id=issue.pk))
    return Reported(issue, secret)


def _issue_row(new: NewIssue, digest: str, secret: str, areas: Sequence[FoundArea]) -> Issue:
    category, now = new.category, clock.now()
    public = geo.coarse(new.point) if category.privacy == Privacy.COARSE else new.point
    names = [area.name for area in areas if area.kind in ("suburb", "ward")]
    return Issue(
        reference=ids.new_reference(category.jurisdiction.prefix),
        jurisdiction=category.jurisdiction,
        category=category,
        description=text.readable(new.description),
        answers={code: value for code, value in new.answers.items() if value},
        lat=new.point.lat,
        lng=new.point.lng,
        public_lat=public.lat,
        public_lng=public.lng,
        cell7=geo.cell(public, 7),
        cell8=geo.cell(public, 8),
        cell9=geo.cell(public, 9),
        address=text.one_line(new.address)[:300],
        address_id=text.one_line(new.address_id)[:100],
        place_name=", ".join(reversed(names))[:200],
        reported_at=now,
        updated_at=now,
        status_at=now,
        promised_at=due_at(now, category),
        photo_digest=new.photos[0].digest if new.photos else "",
        media_url=new.media_url[:500],
        channel=new.channel,
        language=new.language,
        reporter=new.reporter,
        tracking_hash=ids.hash_secret(secret),
        request_key=ids.hash_secret(new.request_key) if new.request_key else None,
        request_digest=digest,
    )


def _write_people(issue: Issue, new: NewIssue) -> None:
    """The contact, and the reporter as the first follower."""
    contact = new.contact
    if not contact.is_empty():
        Contact.objects.create(
            issue=issue,
            name=text.one_line(contact.name)[:80],
            email=contact.email,
            phone=contact.phone[:20],
            account_number=text.one_line(contact.account_number)[:40],
        )
    email = contact.email if new.wants_news else ""
    if not email and new.reporter is not None and new.wants_news:
        email = new.reporter.email
    if not (email or new.device or new.reporter):
        return
    follow = Follow.objects.create(
        issue=issue,
        person=new.reporter,
        email=email.lower(),
        device_hash=ids.hash_secret(new.device) if new.device else "",
        is_reporter=True,
        stop_hash=ids.hash_secret(ids.new_secret()),
    )
    Follow.objects.filter(pk=follow.pk).update(
        stop_hash=ids.hash_secret(links.stop_secret(follow.pk))
    )
