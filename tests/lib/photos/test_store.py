"""Names, writing once, writing whole, and removing."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from PIL import Image

from mysmartcity.lib.photos import as_jpeg, delete_photo, ingest, open_photo, url_path
from tests.lib.photos import corpus

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "digest", ["", "ab", "../" * 20, "AB" * 32, DIGEST + "\n", DIGEST + "0", "zz" * 32]
)
def test_only_a_digest_makes_a_name(digest: str) -> None:
    for use in (lambda: url_path(digest, "zoom"), lambda: delete_photo(digest)):
        with pytest.raises(ValueError, match="digest"):
            use()
    with pytest.raises(ValueError, match="digest"):
        open_photo(digest, "zoom")


def test_a_name_and_a_bad_size() -> None:
    assert url_path(DIGEST, "list") == f"ab/{DIGEST}.list.webp"
    with pytest.raises(ValueError, match="size"):
        url_path(DIGEST, "../zoom")  # type: ignore[arg-type]


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        open_photo(DIGEST, "zoom")
    delete_photo(DIGEST)


def test_the_same_photo_twice_is_kept_once(photo_store) -> None:
    here, there = (corpus.gps_jpeg(lat, 18.4, size=(640, 480)) for lat in (-33.9, -26.2))
    first = ingest(io.BytesIO(here))
    files = {f: f.stat().st_ino for f in photo_store.rglob("*.webp")}
    second = ingest(io.BytesIO(there))
    assert (first.digest, len(files)) == (second.digest, 3)
    assert {f: f.stat().st_ino for f in photo_store.rglob("*.webp")} == files
    delete_photo(first.digest)
    assert [f for f in photo_store.rglob("*") if f.is_file()] == []


def test_a_crash_before_the_rename_leaves_no_half_photo(photo_store, monkeypatch) -> None:
    def crash(_: int) -> None:
        raise KeyboardInterrupt

    photo = corpus.turned_jpeg(1)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            ingest(io.BytesIO(photo))
    assert list(photo_store.rglob("*.webp")) == []
    with open_photo(ingest(io.BytesIO(photo)).digest, "zoom") as whole:
        assert Image.open(whole).size == (400, 200)


class Shelf(InMemoryStorage):
    """Like an object store: no paths, and here one that was always quicker with the same name."""

    quicker = False

    def save(self, name, content, max_length=None):
        if self.quicker:
            self._save(name, ContentFile(b"theirs"))
        return super().save(name, content, max_length)


def test_a_storage_without_paths(settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "photos": {"BACKEND": f"{__name__}.Shelf"}}
    photo = ingest(io.BytesIO(corpus.turned_jpeg(1)))
    shelf = storages["photos"]
    assert shelf.listdir("")[0] == [photo.digest[:2]]
    delete_photo(photo.digest)
    shelf.quicker = True
    again = ingest(io.BytesIO(corpus.turned_jpeg(1)))
    assert len(shelf.listdir(again.digest[:2])[1]) == 3
    with open_photo(again.digest, "list") as kept:
        assert kept.read() == b"theirs"


def test_a_jpeg_for_the_office_carries_nothing(photo_store) -> None:
    photo = ingest(io.BytesIO(corpus.gps_jpeg(-33.9, 18.4)))
    data = as_jpeg(photo.digest)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1600, 1200))
        assert dict(picture.getexif()) == {}
    assert not [leak for leak in corpus.LEAKS if leak in data]
    (photo_store / url_path(photo.digest, "zoom")).write_bytes(b"something else")
    with pytest.raises(ValueError, match="name"):
        as_jpeg(photo.digest)
