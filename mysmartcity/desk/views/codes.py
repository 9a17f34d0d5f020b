"""A connection's codes: edited in a form, tried on real past messages, saved as a new version."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mysmartcity.connectors.actions import give_codes, restore_codes
from mysmartcity.connectors.codes import BadCodes
from mysmartcity.connectors.models import CodeBook, Connection
from mysmartcity.connectors.preview import preview_codes, unmapped
from mysmartcity.connectors.queries import body_ids_behind
from mysmartcity.connectors.rules import check_may_operate
from mysmartcity.desk import codes_form, one, words
from mysmartcity.desk.codes_form import Typed
from mysmartcity.desk.page import failed, for_desk, for_operators, refused, render, said, staff_of
from mysmartcity.issues.rules import NotAllowed

VERSIONS: Final = 12


@for_desk
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest, public_id: str) -> HttpResponse:
    """Look; an operator tries changes (`act=preview`) and then saves them (`act=save`)."""
    its = one.find(public_id)
    if request.method != "POST":
        return render(request, "codes.html", _context(its, codes_form.kept(its)))
    try:
        check_may_operate(staff_of(request))
    except NotAllowed as refusal:
        return refused(request, str(refusal))
    typed = codes_form.read(request.POST)
    if typed.seen_version != its.codes_version:
        return _conflict(request, its, typed)
    if request.POST.get("act") == "save":
        return _save(request, its, typed)
    return render(request, "codes.html", {**_context(its, typed), **_preview(its, typed)})


def _save(request: HttpRequest, its: Connection, typed: Typed) -> HttpResponse:
    try:
        book = give_codes(
            connection=its,
            category_codes=typed.category_codes,
            statuses=typed.statuses,
            note=typed.note,
            by=staff_of(request),
            seen_version=typed.seen_version,
        )
    except BadCodes as wrong:
        context = {**_context(its, typed), "faults": wrong.sentences}
        return render(request, "codes.html", context, status=422)
    except NotAllowed:
        # Saved between our look and our lock.
        return _conflict(request, one.find(its.public_id), typed)
    to = reverse("desk:connection-codes", args=[its.public_id])
    words_ = _("Version %(version)s is in force. What waited for it is applied now.")
    return said(request, words_ % {"version": book.version}, to)


def _conflict(request: HttpRequest, its: Connection, typed: Typed) -> HttpResponse:
    """Somebody else was faster: what they changed, what was typed here, and nothing lost."""
    books = its.code_books.filter(version__in=(typed.seen_version, its.codes_version))
    found = {book.version: book for book in books.select_related("made_by")}
    newest, seen = found.get(its.codes_version), found.get(typed.seen_version)
    before = (
        {"statuses": seen.statuses, "category_codes": seen.category_codes}
        if seen is not None
        else {"statuses": {}, "category_codes": {}}
    )
    theirs = codes_form.differences(before, newest) if newest is not None else []
    fresh = Typed(typed.statuses, typed.category_codes, its.codes_version, typed.note)
    context = {
        **_context(its, fresh),
        "conflict": newest or True,
        "their_changes": theirs,
    }
    return render(request, "codes.html", context, status=409)


def _preview(its: Connection, typed: Typed) -> dict[str, Any]:
    rows = preview_codes(its, typed.statuses, typed.category_codes)
    force = {"statuses": its.statuses, "category_codes": its.category_codes}
    return {
        "preview": codes_form.by_word(rows),
        "previewed_count": len(rows),
        "changes": codes_form.differences(force, typed),
        "next_version": its.codes_version + 1,
        "is_preview": True,
    }


def _context(its: Connection, typed: Typed) -> dict[str, Any]:
    behind = body_ids_behind(its)
    waiting = unmapped(its, behind=behind)
    books = its.code_books.select_related("made_by").order_by("-version")[:VERSIONS]
    return {
        **one.head(its, "desk:connection-codes", counts={}),
        "typed": typed,
        "statuses": codes_form.status_lines(
            typed, (row.word for row in waiting if row.kind == "status")
        ),
        "categories": codes_form.category_lines(behind, typed),
        "wanting": {row.word for row in waiting if row.kind == "category"},
        "meanings": [{"value": "", "label": _("nobody has said")}, *words.meanings()],
        "books": [_told(book, its) for book in books],
    }


def _told(book: CodeBook, its: Connection) -> dict[str, Any]:
    return {
        "book": book,
        "is_current": book.version == its.codes_version,
        "status_count": len(book.statuses),
        "category_count": len(book.category_codes),
    }


@for_operators
@require_POST
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """An older version comes into force again, as a new one."""
    its = one.find(public_id)
    to = reverse("desk:connection-codes", args=[public_id])
    version = request.POST.get("version", "")
    try:
        number = int(version) if version.isdecimal() and len(version) < 9 else -1
        book = restore_codes(connection=its, version=number, by=staff_of(request))
    except (NotAllowed, BadCodes) as refusal:
        return failed(request, str(refusal), to)
    words_ = _("Version %(old)s is in force again, as version %(new)s.")
    return said(request, words_ % {"old": version, "new": book.version}, to)
