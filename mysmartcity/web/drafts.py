"""A report that is not sent yet: kept on the server between screens, without account or JavaScript.

Each draft is a row of its own in Django's session table, named by a hash of the id in the URL and the
device's cookie: two tabs never write into each other, and the URL alone opens nothing. Drafts hold
where a photo was taken only until the report is sent. After a day they are gone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session

from mysmartcity.lib import clock, ids
from mysmartcity.lib.geo import Point
from mysmartcity.lib.photos import StoredPhoto

LIFETIME = timedelta(days=1)

Answers = dict[str, str | list[str]]


@dataclass
class DraftPhoto:
    """A photo that was taken in for a draft."""

    digest: str
    width: int
    height: int
    lat: float | None = None
    lng: float | None = None

    def stored(self) -> StoredPhoto:
        """As the report wants it; where it was taken stays here."""
        return StoredPhoto(self.digest, self.width, self.height, None, None, None)


@dataclass
class Draft:
    """What a resident said so far. `reference` is filled once it was sent."""

    id: str
    request_key: str
    photos: list[DraftPhoto] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    point: tuple[float, float] | None = None
    address: str = ""
    no_number: bool = False
    place: str = ""
    words: str = ""
    category: str = ""
    emergency_read: str = ""
    answers: Answers = field(default_factory=dict)
    reference: str = ""

    def where(self) -> Point | None:
        """The place chosen, or None."""
        return Point(*self.point) if self.point else None

    def photo_place(self) -> Point | None:
        """Where the first photo with a place was taken."""
        for photo in self.photos:
            if photo.lat is not None and photo.lng is not None:
                return Point(photo.lat, photo.lng)
        return None


def _row_key(draft_id: str, device: str) -> str:
    return hashlib.sha256(f"draft\0{draft_id}\0{device}".encode()).hexdigest()[:40]


def new_draft() -> Draft:
    """An empty draft. Its request key makes sending it twice one report."""
    return Draft(id=ids.new_secret(), request_key=ids.new_secret())


def save(draft: Draft, *, device: str) -> None:
    """Keep a draft for another day."""
    Session.objects.save(_row_key(draft.id, device), asdict(draft), clock.now() + LIFETIME)


def load(draft_id: str, *, device: str) -> Draft | None:
    """The draft of this device; None when it is somebody else's, gone or too old."""
    if not device:
        return None
    key = _row_key(draft_id, device)
    row = Session.objects.filter(session_key=key, expire_date__gt=clock.now()).first()
    return _read(row.get_decoded()) if row is not None else None


def _read(content: Mapping[str, Any]) -> Draft | None:
    if "request_key" not in content:
        return None
    photos = [DraftPhoto(**photo) for photo in content["photos"]]
    point = content["point"]
    return Draft(**{**content, "photos": photos, "point": tuple(point) if point else None})


def held_photos() -> set[str]:
    """The digests of all photos that stand in a living draft."""
    rows = Session.objects.filter(expire_date__gt=clock.now()).iterator(chunk_size=500)
    drafts = (_read(row.get_decoded()) for row in rows)
    return {photo.digest for draft in drafts if draft is not None for photo in draft.photos}


def finish(draft: Draft, *, device: str, reference: str) -> None:
    """Keep only what the last page needs, so that sending again leads there."""
    done = Draft(id=draft.id, request_key=draft.request_key, reference=reference)
    save(done, device=device)
