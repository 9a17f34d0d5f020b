"""The page of one issue, and what residents may do there."""

from collections.abc import Mapping
from itertools import islice
from typing import BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.db import DEFAULT_DB_ALIAS
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mysmartcity.issues.actions import (
    confirm_fixed,
    dispute_fix,
    follow_issue,
    join_issue,
    withdraw_issue,
)
from mysmartcity.issues.models import Category, Issue, Jurisdiction
from mysmartcity.issues.rules import MAX_DESCRIPTION, NotAllowed, check_may_confirm
from mysmartcity.issues.status import Status
from mysmartcity.lib import ids, text
from mysmartcity.lib.access import declares
from mysmartcity.lib.kept import KeptQuery, Slot
from mysmartcity.lib.photos import PhotoRefused, StoredPhoto, ingest
from mysmartcity.web import device, issue_page
from mysmartcity.web.addresses import issue_path
from mysmartcity.web.limits import limited
from mysmartcity.web.page import fragment, person_of, render, wants_fragment

SAID = ("joined", "followed", "confirmed", "not-fixed", "withdrawn", "stopped", "follows-already")
"""What the page may thank for after an act; anything else in ?said= is passed over."""


_ISSUE, _CATEGORY, _CITY = (
    [field.attname for field in model._meta.concrete_fields]
    for model in (Issue, Category, Jurisdiction)
)
_PUBLIC = KeptQuery(
    lambda: (
        Issue.objects.public()
        .filter(reference=Slot("reference"))
        .values_list(
            *_ISSUE,
            *(f"category__{name}" for name in _CATEGORY),
            *(f"jurisdiction__{name}" for name in _CITY),
        )
    )
)


def find_issue(reference: str) -> Issue:
    """The public issue with this reference. Http404 also for hidden ones: nobody learns that they are."""
    found = _PUBLIC.ask(reference=reference)
    if not found:
        raise Http404
    values = iter(found[0])
    # The twin is asked for only where there is one: one issue in a hundred.
    issue = Issue.from_db(DEFAULT_DB_ALIAS, _ISSUE, list(islice(values, len(_ISSUE))))
    issue.category = Category.from_db(
        DEFAULT_DB_ALIAS, _CATEGORY, list(islice(values, len(_CATEGORY)))
    )
    issue.jurisdiction = Jurisdiction.from_db(DEFAULT_DB_ALIAS, _CITY, list(values))
    return issue


@declares("public")
@require_safe
def issue(request: HttpRequest, reference: str) -> HttpResponse:
    """Where an issue stands, what happened, and what may be done about it."""
    written = ids.read_reference(reference)
    if written is None:
        raise Http404
    if written != reference:
        return HttpResponsePermanentRedirect(issue_path(written))
    found = find_issue(written)
    if found.status == Status.WITHDRAWN:
        its = {"page_title": _("This report was taken back"), "reference": written}
        return render(request, "issue_withdrawn.html", its, status=410)
    if wants_fragment(request):
        context = issue_page.context(found, device.standing(request, found))
        return fragment(request, "_issue_state.html", context)
    said = request.GET.get("said", "")
    return _page(request, found, {"said": said if said in SAID else ""})


def _page(
    request: HttpRequest, found: Issue, its: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    context = {**issue_page.context(found, device.standing(request, found)), **its}
    return render(request, "issue.html", context, status=status)


def _back(issue: Issue, said: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response.headers["Location"] = f"{issue_path(issue.reference)}?said={said}"
    return response


@declares("public")
@require_POST
@limited("join")
def join(request: HttpRequest, reference: str) -> HttpResponse:
    """Me too: one more stands behind it. Counts once for a device or an account."""
    found = find_issue(reference)
    try:
        join_issue(issue=found, device=device.ensure(request), person=person_of(request))
    except NotAllowed as refused:
        return _refused(request, found, str(refused))
    return device.remember(request, _back(found, "joined"))


@declares("public")
@require_POST
@limited("follow")
def follow(request: HttpRequest, reference: str) -> HttpResponse:
    """News by e-mail. The same answer whether the address followed before or not."""
    found = find_issue(reference)
    email = text.one_line(request.POST.get("email", ""))
    try:
        validate_email(email)
    except ValidationError:
        error = _("This is not an e-mail address. It should look like name@example.co.za.")
        its = {"errors": [{"id": "email", "text": error}], "email": email, "email_error": error}
        return _page(request, found, its, status=422)
    follow_issue(issue=found, email=email, person=person_of(request))
    return _back(found, "followed")


@declares("link", "resident")
@require_POST
@limited("confirm")
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """A resident saw that it is fixed."""
    found = find_issue(reference)
    try:
        confirm_fixed(issue=found, standing=device.standing(request, found))
    except NotAllowed as refused:
        return _refused(request, found, str(refused))
    return _back(found, "confirmed")


@declares("link", "resident")
@require_POST
@limited("confirm")
def dispute(request: HttpRequest, reference: str) -> HttpResponse:
    """A resident says that it is not fixed, with words and a photo if they like."""
    found = find_issue(reference)
    standing = device.standing(request, found)
    words = text.readable(request.POST.get("words", ""))[:MAX_DESCRIPTION]
    try:
        check_may_confirm(found, standing)  # before a photo is decoded for a stranger
        photo = _photo(request)
        dispute_fix(issue=found, standing=standing, words=words, photo=photo)
    except PhotoRefused as refusal:
        error = str(refusal.sentence)
        its = {"errors": [{"id": "photo", "text": error}], "photo_error": error, "words": words}
        return _page(request, found, its, status=422)
    except NotAllowed as refused:
        return _refused(request, found, str(refused))
    return _back(found, "not-fixed")


def _photo(request: HttpRequest) -> StoredPhoto | None:
    upload = request.FILES.get("photo")
    if not isinstance(upload, UploadedFile) or upload.file is None:
        return None
    return ingest(cast(BinaryIO, upload.file), name=(upload.name or "")[:80])


@declares("link", "resident")
@require_POST
@limited("confirm")
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """The reporter takes it back."""
    found = find_issue(reference)
    try:
        withdraw_issue(issue=found, standing=device.standing(request, found))
    except NotAllowed as refused:
        return _refused(request, found, str(refused))
    return _back(found, "withdrawn")


def _refused(request: HttpRequest, found: Issue, sentence: str) -> HttpResponse:
    """The page again, with the sentence that says why not."""
    found.refresh_from_db()
    return _page(request, found, {"refused": sentence}, status=403)
