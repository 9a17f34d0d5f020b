"""Public photos of public issues."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from mysmartcity.issues.models import Photo
from mysmartcity.issues.status import Status
from mysmartcity.lib.access import declares
from mysmartcity.lib.photos import Size, open_photo
from mysmartcity.web.photo_reply import photo_reply

_PATH = re.compile(r"[0-9a-f]{2}/(?P<digest>[0-9a-f]{64})\.(?P<size>list|page|zoom)\.webp")
_SIZES: dict[str, Size] = {"list": "list", "page": "page", "zoom": "zoom"}


@declares("public")
@require_safe
def photo(request: HttpRequest, path: str) -> HttpResponse:
    """One size of one photo. What is hidden, or hangs on a hidden or withdrawn issue, is not there."""
    del request
    match = _PATH.fullmatch(path)
    if match is None:
        raise Http404
    digest, size = match["digest"], _SIZES[match["size"]]
    shown = Photo.objects.filter(digest=digest, is_hidden=False).exclude(
        issue__status__in=(Status.HIDDEN, Status.WITHDRAWN)
    )
    reference = shown.values_list("issue__reference", flat=True).first()
    if reference is None:
        raise Http404
    try:
        return photo_reply(open_photo(digest, size), name=f"{reference}-{size}.webp")
    except (FileNotFoundError, ValueError) as error:
        raise Http404 from error
