"""Photos: the one pipeline that every picture from outside goes through. See README.md.

Lives here: limits, decoding in a child process, the pictures we keep and where they lie. Does not:
which report a photo belongs to, who may see it, and the headers it is served with.
"""

from mysmartcity.lib.photos.intake import StoredPhoto, ingest
from mysmartcity.lib.photos.limits import MAX_BYTES, MAX_PHOTOS, MAX_PIXELS, Size
from mysmartcity.lib.photos.refusals import PhotoRefused
from mysmartcity.lib.photos.store import (
    as_jpeg,
    delete_photo,
    delete_unfinished,
    old_digests,
    open_photo,
    shelves,
    url_path,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PHOTOS",
    "MAX_PIXELS",
    "PhotoRefused",
    "Size",
    "StoredPhoto",
    "as_jpeg",
    "delete_photo",
    "delete_unfinished",
    "ingest",
    "old_digests",
    "open_photo",
    "shelves",
    "url_path",
]
