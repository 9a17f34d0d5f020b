"""Why a photo may be refused, in words for the screen. Nothing here opens a file."""

from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mysmartcity.lib.photos.limits import MAX_BYTES, MAX_PHOTOS, MAX_PIXELS, MAX_WEBP_PIXELS

Code = Literal[
    "busy", "empty", "not_a_photo", "too_large", "too_many", "too_many_pixels", "unreadable"
]

_MILLION: Final = 1_000_000

SENTENCES: Final[dict[Code, Promise | str]] = {
    "busy": _("We are working on too many photos right now. Please add this photo again later."),
    "empty": _("This file is empty. Please choose the photo again."),
    "not_a_photo": _("This file is not a photo that we can use. Please send a JPEG, PNG, WebP or "
                     "HEIC photo, the kinds that phones take."),
    "too_large": format_lazy(
        _("This photo is larger than {limit} MB. Please send a smaller copy of it."),
        limit=MAX_BYTES // (1024 * 1024),
    ),
    "too_many": format_lazy(
        _("You can add up to {limit} photos. Please choose the {limit} that show it best."),
        limit=MAX_PHOTOS,
    ),
    "too_many_pixels": format_lazy(
        _("This picture has too many pixels. We can use up to {limit} million, or {webp_limit} "
          "million in a WebP file. Please send a smaller copy of it."),
        limit=MAX_PIXELS // _MILLION,
        webp_limit=MAX_WEBP_PIXELS // _MILLION,
    ),
    "unreadable": _("We could not read this photo. It may be damaged or only half sent. Please "
                    "add it again, or take a new one."),
}  # fmt: skip


class PhotoRefused(Exception):
    """A photo was not taken in. The report it belongs to is accepted all the same.

    `code` names the rule (a key of `SENTENCES`), `sentence` says it for the screen, translated when
    it is shown, and `name` is what the sender called the file, to say which one (may be empty; it
    is the sender's text: escape it).
    """

    def __init__(self, code: Code, *, name: str = "") -> None:
        super().__init__(code)
        self.code: Code = code
        self.sentence = SENTENCES[code]
        self.name = name
