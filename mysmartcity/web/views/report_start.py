"""Screen 1 of a report: photos. Here a draft begins."""

from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mysmartcity.lib import geo, text
from mysmartcity.lib.access import declares
from mysmartcity.lib.photos import MAX_PHOTOS, PhotoRefused, ingest, open_photo
from mysmartcity.web import device, drafts
from mysmartcity.web.drafts import Draft, DraftPhoto
from mysmartcity.web.limits import limited
from mysmartcity.web.page import render
from mysmartcity.web.photo_reply import photo_reply
from mysmartcity.web.with_draft import see_other, with_draft


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@limited("upload")
def start(request: HttpRequest) -> HttpResponse:
    """The first screen of a new report."""
    if request.method != "POST":
        context = {"at": request.GET.get("at", ""), "kind": request.GET.get("kind", "")}
        return _screen(request, None, context)
    draft = drafts.new_draft()
    draft.category = text.one_line(request.POST.get("kind", ""))[:60]
    _take_place(draft, request.POST.get("at", ""))
    who = device.ensure(request)
    _take_photos(request, draft)
    drafts.save(draft, device=who)
    return device.remember(request, see_other("place", draft))


@declares("public")
@require_http_methods(["GET", "HEAD", "POST"])
@limited("upload")
@with_draft
def photos(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The same screen again: more photos, or fewer."""
    if request.method != "POST":
        return _screen(request, draft, {})
    gone = request.POST.get("remove")
    if gone:
        draft.photos = [photo for photo in draft.photos if photo.digest != gone]
    draft.refused = []
    _take_photos(request, draft)
    drafts.save(draft, device=device.read(request))
    return see_other("photos" if gone else "place", draft)


@declares("link")
@require_safe
@with_draft
def draft_photo(request: HttpRequest, draft: Draft, digest: str) -> HttpResponse:
    """A photo of a draft, for the one who is making the report."""
    if digest not in [photo.digest for photo in draft.photos]:
        raise Http404
    try:
        return photo_reply(open_photo(digest, "list"), name="photo.webp", is_public=False)
    except FileNotFoundError as error:
        raise Http404 from error


def _screen(request: HttpRequest, draft: Draft | None, its: dict[str, str]) -> HttpResponse:
    context = {
        "page_title": _("Report a problem"),
        "draft": draft,
        "limit": MAX_PHOTOS,
        "action": reverse("web:report-photos", args=[draft.id]) if draft else reverse("web:report"),
        **its,
    }
    return render(request, "report_photos.html", context)


def _take_place(draft: Draft, text: str) -> None:
    """A place that came with the link ("report here"); nonsense is passed over."""
    try:
        point = geo.read_point(*text.split(",", 1)) if "," in text else None
    except geo.BadPoint:
        return
    draft.point = (point.lat, point.lng) if point else None


def _take_photos(request: HttpRequest, draft: Draft) -> None:
    """Take in what was sent. A photo that is refused never stops the report: it is named instead."""
    files = [file for file in request.FILES.getlist("photos") if isinstance(file, UploadedFile)]
    place = _place_read_on_the_phone(request)
    for file in files:
        name = (file.name or "")[:80]
        try:
            if len(draft.photos) >= MAX_PHOTOS:
                raise PhotoRefused("too_many", name=name)
            if file.file is None:
                raise PhotoRefused("empty", name=name)
            found = ingest(cast(BinaryIO, file.file), name=name)
        except PhotoRefused as refusal:
            draft.refused.append({"name": refusal.name, "sentence": str(refusal.sentence)})
            continue
        if found.digest in [photo.digest for photo in draft.photos]:
            continue
        lat, lng = (found.lat, found.lng) if found.lat is not None else place
        draft.photos.append(DraftPhoto(found.digest, found.width, found.height, lat, lng))


def _place_read_on_the_phone(request: HttpRequest) -> tuple[float | None, float | None]:
    """photo.js makes big photos smaller, which drops their place; it sends the place beside them."""
    try:
        point = geo.read_point(request.POST.get("photo_lat", ""), request.POST.get("photo_lng", ""))
    except geo.BadPoint:
        return None, None
    return point.lat, point.lng
