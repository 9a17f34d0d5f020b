"""Where the finished pictures lie: Django's storage `photos`, a disk or anything S3-compatible.

Names come from the pictures' own SHA-256 (`ab/abcd….zoom.webp`), never from a sender. The same
picture twice is one file, and what is stored can be checked against its name.
"""

import hashlib
import io
import os
import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from PIL import Image

from mysmartcity.lib import clock
from mysmartcity.lib.photos.limits import MAX_SIDE, Size

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ARRIVING: Final = "arriving"
_JPEG_QUALITY: Final = 80
_FRESH: Final = timedelta(days=1)


def _photos() -> Storage:
    return storages["photos"]


def url_path(digest: str, size: Size) -> str:
    """Name of a picture in the storage. ValueError for anything that is no digest or no size."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a photo's digest")
    if size not in MAX_SIDE:
        raise ValueError("not a photo's size")
    return f"{digest[:2]}/{digest}.{size}.webp"


def store_pictures(pictures: dict[Size, bytes]) -> str:
    """Keep all sizes of one photo and return its digest, the SHA-256 of the zoom picture.

    Of the zoom picture and not of the source: two copies of a photo that differ only in metadata
    become one, and no fingerprint of somebody's own file is kept. The zoom picture goes last, so
    where it is, the others are.
    """
    digest = hashlib.sha256(pictures["zoom"]).hexdigest()
    for size in ("list", "page", "zoom"):
        _put(_photos(), url_path(digest, size), pictures[size])
    return digest


def _put(storage: Storage, name: str, data: bytes) -> None:
    """Write one file so that a crash never leaves half of it under its final name.

    Django's disk storage writes straight into the final name, so on a disk we save under a passing
    name, bring it to the platter and rename: a rename happens whole or not at all. An object store
    has no such in-between: a PUT is seen when it is complete. What a crash leaves in `arriving/` is
    safe to delete.
    """
    if storage.exists(name) and _is_renewed(storage, name):
        return
    if not isinstance(storage, FileSystemStorage):
        saved = storage.save(name, ContentFile(data))
        if saved != name:  # somebody was quicker with the same bytes; theirs stays
            storage.delete(saved)
        return
    final = Path(storage.path(name))
    passing = Path(storage.path(storage.save(f"{_ARRIVING}/{uuid.uuid4().hex}", ContentFile(data))))
    with passing.open("rb") as written:
        os.fsync(written.fileno())
    final.parent.mkdir(parents=True, exist_ok=True)
    passing.replace(final)


def _is_renewed(storage: Storage, name: str) -> bool:
    """Make the age of a picture that is there already start anew, as `old_digests` goes by it."""
    if isinstance(storage, FileSystemStorage):
        try:
            os.utime(storage.path(name))
        except FileNotFoundError:  # tidied away since we looked
            return False
        return True
    return storage.get_modified_time(name) > clock.now() - _FRESH


def shelves() -> list[str]:
    """The folders that hold pictures, each named by the first two letters of its digests."""
    folders, _files = _photos().listdir("") if _is_there("") else ([], [])
    return sorted(name for name in folders if len(name) == 2)


def old_digests(shelf: str, *, before: datetime) -> list[str]:
    """The digests on one shelf that nobody has taken in (again) since a moment."""
    _folders, files = _photos().listdir(shelf) if _is_there(shelf) else ([], [])
    ages: dict[str, datetime] = {}
    for name in files:
        digest = name.partition(".")[0]
        if _DIGEST.fullmatch(digest):
            modified = _photos().get_modified_time(f"{shelf}/{name}")
            ages[digest] = max(modified, ages.get(digest, modified))
    return sorted(digest for digest, modified in ages.items() if modified < before)


def delete_unfinished(*, before: datetime) -> int:
    """Remove what crashes left half written before a moment; gives how many files there were."""
    storage = _photos()
    _folders, files = storage.listdir(_ARRIVING) if _is_there(_ARRIVING) else ([], [])
    left = [f"{_ARRIVING}/{name}" for name in files]
    old = [name for name in left if storage.get_modified_time(name) < before]
    for name in old:
        storage.delete(name)
    return len(old)


def _is_there(folder: str) -> bool:
    """A new platform on a disk has no folders yet; an object store lists what is not there as empty."""
    storage = _photos()
    return not isinstance(storage, FileSystemStorage) or Path(storage.path(folder)).is_dir()


def open_photo(digest: str, size: Size) -> BinaryIO:
    """An open picture to read from; the caller closes it. FileNotFoundError when there is none,
    ValueError for a bad digest or size."""
    name = url_path(digest, size)
    stored = _photos().open(name, "rb")
    if stored.file is None:
        raise FileNotFoundError(name)
    return stored.file  # type: ignore[return-value]  # Django says IO[Any]; opened "rb" it is bytes


def as_jpeg(digest: str) -> bytes:
    """The zoom picture as a JPEG, for office programs that can't show WebP (mail, other systems).

    Opened in this process because our own encoder wrote it, and its name proves that. Raises
    ValueError when the bytes no longer fit the name, otherwise as `open_photo`.
    """
    with open_photo(digest, "zoom") as stored:
        data = stored.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError("the stored photo is not what its name says")
    out = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue()


def delete_photo(digest: str) -> None:
    """Remove every size; quiet when they are gone already. ValueError for a bad digest.

    One digest may hang on several reports: call this only when no row names it any more.
    """
    for size in ("zoom", "page", "list"):
        _photos().delete(url_path(digest, size))
