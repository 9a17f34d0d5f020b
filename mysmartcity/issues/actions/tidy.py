"""Removing pictures that nothing holds any more: photos of drafts that were never sent.

Pictures are stored by their content, so one file may serve several issues and drafts. A picture goes
only when nobody took it in for two days and neither an issue nor a draft names it.
"""

from collections.abc import Collection
from datetime import timedelta

from mysmartcity.issues.models import Photo
from mysmartcity.lib import clock, photos

KEPT = timedelta(days=2)
"""Longer than a draft lives and than a job that fetches pictures is tried again."""


def remove_unheld_photos(*, held_elsewhere: Collection[str]) -> int:
    """Delete old pictures without an issue; gives how many. `held_elsewhere`: digests of drafts."""
    before = clock.now() - KEPT
    photos.delete_unfinished(before=before)
    removed = 0
    for shelf in photos.shelves():
        # Shelf by shelf, so that little time passes between looking and deleting.
        old = set(photos.old_digests(shelf, before=before)).difference(held_elsewhere)
        held = Photo.objects.filter(digest__in=old).values_list("digest", flat=True)
        for digest in old.difference(held):
            photos.delete_photo(digest)
            removed += 1
    return removed
