"""The one door for every photo: a form, the API, a mail, an address that another system gave.

Order matters: bytes are counted while they stream, the first ones say what the file claims to be,
and only then does a decoder see it, in a child process (`sandbox`).
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO, BinaryIO, Final, Literal

from mysmartcity.lib.clock import CITY_ZONE
from mysmartcity.lib.photos import sandbox
from mysmartcity.lib.photos.limits import MAX_BYTES
from mysmartcity.lib.photos.refusals import PhotoRefused
from mysmartcity.lib.photos.store import store_pictures

Kind = Literal["JPEG", "PNG", "WEBP", "HEIF"]

_CHUNK: Final = 64 * 1024
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
)


@dataclass(frozen=True)
class StoredPhoto:
    """A photo that was taken in: its digest, the zoom picture's size in pixels, and what its
    metadata said. Place (degrees) and time are for the caller alone and are not stored here."""

    digest: str
    width: int
    height: int
    lat: float | None
    lng: float | None
    taken_at: datetime | None


def ingest(stream: BinaryIO, *, name: str = "") -> StoredPhoto:
    """Take in one photo, store its pictures and return what a report needs to know of it.

    Reads at most MAX_BYTES + 1 bytes of `stream`. `name` is what the sender calls the file; it is
    handed back in a refusal to say which photo it was, and used for nothing else. Raises
    PhotoRefused, always with a sentence for the screen.
    """
    try:
        with tempfile.TemporaryFile() as photo:
            kind = _receive(stream, into=photo)
            decoded = sandbox.decode(photo, kind=kind)
    except PhotoRefused as refusal:
        raise PhotoRefused(refusal.code, name=name) from refusal
    return StoredPhoto(
        digest=store_pictures(decoded.pictures),
        width=decoded.width,
        height=decoded.height,
        lat=decoded.lat,
        lng=decoded.lng,
        taken_at=_moment(decoded.taken),
    )


def _receive(stream: BinaryIO, *, into: IO[bytes]) -> Kind:
    """Copy the stream to a file, stopping at the first byte too many; say what it claims to be."""
    left = MAX_BYTES + 1
    head = b""
    while left and (chunk := stream.read(min(_CHUNK, left))):
        into.write(chunk)
        left -= len(chunk)
        if len(head) < 16:
            head += chunk[:16]
    if not left:
        raise PhotoRefused("too_large")
    into.flush()
    if not head:
        raise PhotoRefused("empty")
    kind = sniff(head)
    if kind is None:
        raise PhotoRefused("not_a_photo")
    return kind


def sniff(head: bytes) -> Kind | None:
    """What the first 12 bytes claim; None for everything that is not on our short list.

    The claim only chooses the one decoder that may try: a liar meets a decoder that refuses it.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def _moment(taken: str | None) -> datetime | None:
    """The camera's time, aware. Most cameras write no zone: then it is the city's."""
    if taken is None:
        return None
    try:
        moment = datetime.fromisoformat(taken)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)
