"""Screen 4 of a report: everything on one page, then send; and what comes after."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mysmartcity.connectors.addressing import needs_address
from mysmartcity.issues import links, rules, service_level
from mysmartcity.issues.actions import ContactDetails, NewIssue, join_issue, report_issue
from mysmartcity.issues.models import Category, Issue, Jurisdiction, Question
from mysmartcity.issues.status import Status
from mysmartcity.lib import clock, ids, text
from mysmartcity.lib.access import declares
from mysmartcity.lib.geo import Point
from mysmartcity.lib.limits import TooOften
from mysmartcity.lib.street import parse_street
from mysmartcity.places.geocode import address_at
from mysmartcity.places.locate import FoundArea
from mysmartcity.web import device, drafts, ladder, letters, promises, questions, twins
from mysmartcity.web.drafts import Draft
from mysmartcity.web.limits import consume, limited, refusal
from mysmartcity.web.page import person_of, render
from mysmartcity.web.with_draft import see_other, served_at, with_draft


@dataclass(frozen=True)
class Ready:
    """A draft with place and kind."""

    point: Point
    jurisdiction: Jurisdiction
    category: Category
    questions: list[Question]
    areas: tuple[FoundArea, ...]

    def prospect(self) -> promises.Prospect:
        """Who will get it, and by when something was promised."""
        return promises.prospect(
            category=self.category,
            area_ids=[area.id for area in self.areas],
            promised_at=service_level.due_at(clock.now(), self.category),
        )


def _ready(draft: Draft) -> Ready | str:
    """The draft with what hangs on it; or the name of the screen that is still missing."""
    point = draft.where()
    if point is None:
        return "place"
    jurisdiction, areas = served_at(point)
    if jurisdiction is None:
        return "place"
    category = (
        Category.objects.filter(jurisdiction=jurisdiction, code=draft.category, is_active=True)
        .select_related("jurisdiction")
        .first()
    )
    if category is None:
        return "category"
    if category.emergency and draft.emergency_read != category.code:
        return "emergency"
    return Ready(point, jurisdiction, category, list(category.questions.all()), areas)


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Look at everything once more, answer what is asked, and send."""
    ready = _ready(draft)
    if isinstance(ready, str):
        return see_other(ready, draft)
    if request.method == "POST":
        return _take(request, draft, ready)
    return _screen(request, draft, ready, contact=_known_contact(request))


def _known_contact(request: HttpRequest) -> ContactDetails:
    """Nobody is asked twice: the account's own details are filled in."""
    person = person_of(request)
    if person is None:
        return ContactDetails()
    return ContactDetails(name=person.display_name, email=person.email, phone=person.phone)


def _take(request: HttpRequest, draft: Draft, ready: Ready) -> HttpResponse:
    draft.words = text.readable(request.POST.get("description", ""))
    draft.address = text.one_line(request.POST.get("address", ""))[:300]
    draft.no_number = "no_number" in request.POST
    draft.answers = questions.read_answers(ready.questions, request.POST)
    who = device.ensure(request)
    drafts.save(draft, device=who)
    contact = ContactDetails(
        name=text.one_line(request.POST.get("contact_name", "")),
        email=text.one_line(request.POST.get("contact_email", "")),
        phone=text.one_line(request.POST.get("contact_phone", "")),
        account_number=text.one_line(request.POST.get("contact_account", "")),
    )
    if lacking := _lacking(draft, ready):
        return _screen(request, draft, ready, contact=contact, errors={"address": lacking})
    try:
        consume(request, "report")
        reference = _send(request, draft, ready, contact)
    except TooOften as error:
        return refusal(request, error)
    except rules.Invalid as invalid:
        errors = {_field_of(fault.field): str(fault.sentence) for fault in invalid.faults}
        return _screen(request, draft, ready, contact=contact, errors=errors)
    except rules.KeyReused:
        # The first copy went out while this one was changed: its page says what stands.
        reference = _sent_before(draft)
    drafts.finish(draft, device=who, reference=reference)
    return device.remember(request, see_other("done", draft))


def _lacking(draft: Draft, ready: Ready) -> str:
    """What to say when the office takes nothing without street and number, and there is none.

    Who ticks that there is no number is let through: people complete the address then.
    """
    if draft.no_number or parse_street(draft.address).is_whole:
        return ""
    if not _asks_for_street(draft, ready.prospect()):
        return ""
    return _(
        "Please write the street and the number, like 12 Main Road, or tick that there is no number."
    )


def _asks_for_street(draft: Draft, ahead: promises.Prospect) -> bool:
    """Whether the body's system needs an address. One query or two."""
    return ahead.route is not None and needs_address(
        body=ahead.route.body, category_code=draft.category
    )


@transaction.atomic
def _send(request: HttpRequest, draft: Draft, ready: Ready, contact: ContactDetails) -> str:
    """Report it, and write to the reporter, in one transaction. Gives the reference."""
    reported = report_issue(
        new=NewIssue(
            category=ready.category,
            point=ready.point,
            description=draft.words,
            answers=draft.answers,
            address=draft.address,
            photos=[photo.stored() for photo in draft.photos],
            contact=contact,
            reporter=person_of(request),
            request_key=draft.request_key,
            language=get_language() or "en",
            device=device.read(request),
            wants_news="wants_news" in request.POST,
        )
    )
    if not reported.is_repeat:
        letters.welcome_reporter(
            issue_id=reported.issue.pk, tracking_secret=reported.tracking_secret
        )
    return str(reported.issue.reference)


def _sent_before(draft: Draft) -> str:
    sent = Issue.objects.filter(request_key=ids.hash_secret(draft.request_key))
    return str(sent.values_list("reference", flat=True).get())


_FIELDS = {
    "contact.email": "contact_email",
    "contact.phone": "contact_phone",
    "description": "description",
}


def _field_of(fault_field: str) -> str:
    """The id of the field that a fault is about."""
    if fault_field.startswith("answer:"):
        return questions.field_name(fault_field.removeprefix("answer:"))
    return _FIELDS.get(fault_field, "place")


def _screen(
    request: HttpRequest,
    draft: Draft,
    ready: Ready,
    *,
    contact: ContactDetails,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    faults = errors or {}
    ahead = ready.prospect()
    asks_for_street = _asks_for_street(draft, ahead)
    if asks_for_street and not draft.address and request.method != "POST":
        # An offer to change, for a place pointed at: the middle of a suburb found by name, whose words
        # stand in the draft, is nobody's street. Nothing where the geocoder can't say.
        draft.address = address_at(ready.point)
    context = {
        "page_title": _("Check and send"),
        "draft": draft,
        "category": ready.category,
        "jurisdiction": ready.jurisdiction,
        "place": draft.place,
        "route": ahead.route,
        "due_at": ahead.promised_at,
        "asks_for_street": asks_for_street,
        "fields": questions.fields(ready.questions, draft.answers, faults),
        "fold_open": bool(faults) or bool(draft.answers),
        "twins": twins.like(ready.category, ready.point),
        "contact": contact,
        "faults": faults,
        "errors": [{"id": field, "text": sentence} for field, sentence in faults.items()],
        "limit": rules.MAX_DESCRIPTION,
        "wants_news": request.method != "POST" or "wants_news" in request.POST,
    }
    return render(request, "report_check.html", context, status=422 if faults else 200)


@declares("public")
@require_POST
@limited("join")
@with_draft
def join(request: HttpRequest, draft: Draft) -> HttpResponse:
    """It is one of those that are there already: stand behind it instead of sending again."""
    issue = (
        Issue.objects.public()
        .filter(reference=text.one_line(request.POST.get("reference", "")))
        .first()
    )
    if issue is None:
        return see_other("check", draft)
    person = person_of(request)
    try:
        join_issue(issue=issue, device=device.ensure(request), person=person)
    except rules.NotAllowed:
        # It ended while the form was open: then this report is a new one.
        return see_other("check", draft)
    response = HttpResponse(status=303)
    response.headers["Location"] = f"{links.issue_url(issue.reference)}?said=joined"
    return device.remember(request, response)


@declares("link")
@require_safe
@with_draft
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The receipt: the reference, who is responsible, what happens next and by when."""
    found = Issue.objects.select_related("category", "jurisdiction").filter(
        reference=draft.reference or "-"
    )
    issue = found.first()
    if issue is None:
        return see_other("check", draft)
    ahead = promises.prospect_of(issue)
    standing = ladder.Standing(
        status=Status(issue.status),
        body=ahead.route.body.name if ahead.route else "",
        promised_at=ahead.promised_at,
        reached={Status.RECEIVED: issue.reported_at},
    )
    context = {
        "page_title": _("We have your report"),
        "issue": issue,
        "route": ahead.route,
        "steps": ladder.steps(standing),
        "promised_at": ahead.promised_at,
        "tracking_url": links.tracking_url(links.tracking_secret(draft.request_key)),
        "wants_news": issue.follows.exclude(email="").exists(),
    }
    response = render(request, "report_done.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    # Not "no-referrer": browsers then send forms with the origin "null", which is refused.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
