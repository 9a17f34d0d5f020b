"""The view that takes a report: arguments → `issues.actions.report_issue`, faults → sentences.

Everything that is wrong is named at once. A picture that we can't use never costs the report: the
notice in the reply says which one and why. Links to pictures are fetched later, in the background.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from mysmartcity.api.open311 import render
from mysmartcity.api.open311.door import Ask
from mysmartcity.api.open311.locating import Placed, place_of
from mysmartcity.api.open311.parse import read_media_urls
from mysmartcity.api.open311.problems import bad, refused, sentence_of, too_often
from mysmartcity.api.open311.reading import offered
from mysmartcity.issues import rules
from mysmartcity.issues.actions import ContactDetails, NewIssue, Reported, report_issue
from mysmartcity.issues.actions.media import offer_media
from mysmartcity.issues.models import Category, DataType
from mysmartcity.lib import ids, photos
from mysmartcity.lib.limits import MINUTE, TooOften, address_of, count
from mysmartcity.people.actions import recognise_api_key
from mysmartcity.people.models import ApiKey

MAX_KEY = 200


@dataclass(frozen=True)
class _Report:
    """What was sent, read: ready for the action."""

    category: Category
    placed: Placed
    answers: Mapping[str, str | Sequence[str]]
    contact: ContactDetails
    media_urls: Sequence[str]


def create(ask: Ask) -> tuple[int, bytes]:
    """Take a report: 201, or 200 when the same Idempotency-Key came before.

    Raises Problem 429 (too often), 403 (key), 404 (jurisdiction, service), 400 (everything else, all
    at once).
    """
    # The address first: it also counts those who try keys.
    _count("post", address_of(ask.request.META))
    jurisdiction = ask.jurisdiction
    key = _key(ask.arguments.text("api_key"), jurisdiction.slug)
    _count("post-by-key", str(key.pk))
    report = _read(ask)
    pictures, notices = _pictures(ask)
    new = NewIssue(
        category=report.category,
        point=report.placed.point,
        description=ask.arguments.text("description"),
        answers=report.answers,
        address=ask.arguments.text("address_string"),
        address_id=ask.arguments.text("address_id"),
        photos=pictures,
        contact=report.contact,
        request_key=_request_key(ask, key),
        channel="open311",
        media_url=report.media_urls[0] if report.media_urls else "",
    )
    reported = _write(new, report)
    notices = [*_safety(report.category), report.placed.notice, *notices]
    row = {
        "service_request_id": reported.issue.reference,
        "service_notice": " ".join(filter(None, notices)) or None,
        "account_id": None,
    }
    body = render.list_of(ask.suffix, "service_requests", "request", [row])
    return (200 if reported.is_repeat else 201), body


def _count(what: str, who: str) -> None:
    try:
        count(what, who=who, allowed=settings.POSTS_PER_MINUTE, seconds=MINUTE)
    except TooOften as error:
        raise too_often(error.retry_after) from error


def _key(secret: str, slug: str) -> ApiKey:
    key = recognise_api_key(secret=secret) if secret else None
    if key is None:
        raise refused("api_key: missing, or not a key that works here.")
    if key.jurisdiction_slug not in ("", slug):
        raise refused(f"api_key: this key is not for {slug}.")
    return key


def _read(ask: Ask) -> _Report:
    """The report. Raises Problem with every fault that can be seen without writing."""
    arguments = ask.arguments
    code = arguments.text("service_code")
    category = offered(ask, code) if code else None
    placed, wrong = place_of(arguments, ask.jurisdiction)
    media_urls, wrong_links = read_media_urls(arguments)
    wrong += wrong_links
    name = f"{arguments.text('first_name')} {arguments.text('last_name')}"
    contact = ContactDetails(
        name=name.strip(),
        email=arguments.text("email"),
        phone=arguments.text("phone"),
        account_number=arguments.text("account_id"),
    )
    if category is None:
        wrong.insert(0, "service_code: missing.")
    answers = _answers(category, arguments.answers()) if category else {}
    if category is None or placed is None or wrong:
        raise bad(*wrong, *_other_faults(ask, category, answers, contact))
    return _Report(category, placed, answers, contact, media_urls)


def _other_faults(
    ask: Ask,
    category: Category | None,
    answers: Mapping[str, str | Sequence[str]],
    contact: ContactDetails,
) -> list[str]:
    """What the action would say of the rest, so that one reply holds all."""
    faults = rules.check_answers(category.questions.all(), answers) if category else []
    faults += rules.check_words(
        description=ask.arguments.text("description"), email=contact.email, phone=contact.phone
    )
    return [sentence_of(fault) for fault in faults]


def _answers(category: Category, given: Mapping[str, list[str]]) -> dict[str, str | Sequence[str]]:
    """Answers to the questions of this category; anything else that was sent is left out."""
    answers: dict[str, str | Sequence[str]] = {}
    for question in category.questions.all():
        values = given.get(question.code)
        if values and question.is_variable:
            several = question.datatype == DataType.MULTI
            answers[question.code] = list(dict.fromkeys(values)) if several else values[-1]
    return answers


def _request_key(ask: Ask, key: ApiKey) -> str:
    """The client's Idempotency-Key, kept apart for each API key; empty when none was sent."""
    sent = ask.request.headers.get("Idempotency-Key", "").strip()
    if len(sent) > MAX_KEY:
        raise bad(f"Idempotency-Key: at most {MAX_KEY} characters.")
    # Hashed together, so that nobody can aim at the key of another client or of the web form.
    return ids.hash_secret(f"open311\0{key.pk}\0{sent}") if sent else ""


def _write(new: NewIssue, report: _Report) -> Reported:
    try:
        if not report.media_urls:
            return report_issue(new=new)
        with transaction.atomic():
            reported = report_issue(new=new)
            if not reported.is_repeat:
                offer_media(issue=reported.issue, urls=report.media_urls)
            return reported
    except rules.Invalid as invalid:
        raise bad(*(sentence_of(fault) for fault in invalid.faults)) from invalid
    except rules.KeyReused as reused:
        raise bad("Idempotency-Key: it came before with another report.") from reused


def _pictures(ask: Ask) -> tuple[list[photos.StoredPhoto], list[str]]:
    """The pictures that came as files, taken in, and a sentence for each that was not."""
    files = [file for _name, listed in ask.request.FILES.lists() for file in listed]
    taken, notices = [], []
    for number, file in enumerate(files, start=1):
        if number > photos.MAX_PHOTOS:
            notices.append(_("We keep at most %(limit)s photos.") % {"limit": photos.MAX_PHOTOS})
            break
        try:
            taken.append(photos.ingest(cast("BinaryIO", file), name=file.name or ""))
        except photos.PhotoRefused as refusal:
            notices.append(
                _("Photo %(number)s: %(why)s") % {"number": number, "why": refusal.sentence}
            )
    return taken, notices


def _safety(category: Category) -> list[str]:
    """What the sender must be told to stay safe; a web form says it before, a machine can't."""
    numbers = category.emergency_numbers
    called = _("Emergency numbers: %(numbers)s.") % {"numbers": numbers} if numbers else ""
    return [category.safety_notice, category.emergency, called]
