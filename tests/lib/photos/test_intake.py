"""Every attack file is refused with a clear code, or comes out clean."""

import io
import struct
import warnings
from datetime import datetime, timedelta

import pytest
from PIL import Image

from mysmartcity.lib.photos import (
    MAX_BYTES,
    PhotoRefused,
    StoredPhoto,
    ingest,
    open_photo,
    url_path,
)
from mysmartcity.lib.photos.decode import TooManyPixels, read_place
from mysmartcity.lib.photos.decode import open_photo as open_untrusted
from tests.lib.photos import corpus

SIDES = {"list": 320, "page": 1024, "zoom": 2048}


def take_in(data: bytes, *, name: str = "") -> StoredPhoto:
    return ingest(io.BytesIO(data), name=name)


def stored(photo: StoredPhoto, size: str) -> bytes:
    with open_photo(photo.digest, size) as file:
        return file.read()


def picture_of(photo: StoredPhoto, size: str = "zoom") -> Image.Image:
    return Image.open(io.BytesIO(stored(photo, size))).convert("RGB")


def chunks(data: bytes) -> list[bytes]:
    """Names of a RIFF file's chunks; fails on a byte outside of them."""
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WEBP"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    names, at = [], 12
    while at < len(data):
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        names.append(data[at : at + 4])
        at += 8 + length + length % 2
    assert at == len(data)
    return names


@pytest.mark.parametrize("name", sorted(corpus.ACCEPTED))
def test_what_is_taken_in_comes_out_clean(name: str) -> None:
    photo = take_in(corpus.ACCEPTED[name](), name=name)
    for size, side in SIDES.items():
        data = stored(photo, size)
        assert chunks(data) in ([b"VP8 "], [b"VP8L"])
        assert not [leak for leak in corpus.LEAKS if leak in data]
        with Image.open(io.BytesIO(data)) as picture:
            assert dict(picture.getexif()) == {}
            assert max(picture.size) <= side
            if size == "zoom":
                assert picture.size == (photo.width, photo.height)


@pytest.mark.parametrize("name", sorted(corpus.REFUSED))
def test_what_is_refused_says_why(name: str, photo_store) -> None:
    code, make = corpus.REFUSED[name]
    with pytest.raises(PhotoRefused) as refusal:
        take_in(make(), name=name)
    assert refusal.value.code == code
    assert refusal.value.name == name
    assert len(str(refusal.value.sentence)) > 20
    assert not photo_store.exists()


@pytest.mark.parametrize("name", ["gps.jpg", "gps.heic", "gps.png", "gps.webp"])
def test_place_and_time_go_to_the_caller(name: str) -> None:
    photo = take_in(corpus.ACCEPTED[name]())
    assert photo.lat == pytest.approx(corpus.LAT, abs=1e-5)
    assert photo.lng == pytest.approx(corpus.LNG, abs=1e-5)
    assert photo.taken_at is not None
    assert photo.taken_at == datetime.fromisoformat("2026-11-20T14:10:00+02:00")
    assert photo.taken_at.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(("lat", "lng"), [(0.0, 0.0), (95.0, 18.0), (-33.0, 181.0)])
def test_a_place_that_can_not_be_is_none(lat: float, lng: float) -> None:
    assert read_place(corpus.exif(lat=lat, lng=lng)) is None


@pytest.mark.parametrize(
    ("turn", "size", "first"),
    [
        (1, (400, 200), "red"), (2, (400, 200), "blue"), (3, (400, 200), "blue"),
        (4, (400, 200), "red"), (5, (200, 400), "red"), (6, (200, 400), "red"),
        (7, (200, 400), "blue"), (8, (200, 400), "blue"),
    ],
)  # fmt: skip
def test_the_photo_stands_upright(turn: int, size: tuple[int, int], first: str) -> None:
    photo = take_in(corpus.turned_jpeg(turn))
    assert (photo.width, photo.height) == size
    red, _, blue = picture_of(photo).getpixel((10, 10))
    assert (red > 200 > blue) if first == "red" else (blue > 200 > red)


def test_sixteen_bits_keep_their_greys_and_see_through_is_white() -> None:
    ramp = picture_of(take_in(corpus.ACCEPTED["grey16.png"]())).convert("L")
    greys = [ramp.getpixel((300, y)) for y in (10, 200, 390)]
    assert greys == pytest.approx([6, 128, 249], abs=6)
    corner = picture_of(take_in(corpus.ACCEPTED["see_through.png"]())).getpixel((5, 5))
    assert min(corner) > 245


def test_print_colours_become_screen_colours() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(out, "JPEG")
    red, green, blue = picture_of(take_in(out.getvalue())).getpixel((30, 30))
    assert red > 180
    assert max(green, blue) < 80


class Endless(io.RawIOBase):
    """A stream that never ends and counts what was taken from it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "nobody may ask for everything"
        self.taken += size
        return (b"\xff\xd8\xff" + b"\0" * size)[:size]


def test_a_stream_over_the_limit_is_left_where_the_limit_is() -> None:
    stream = Endless()
    with pytest.raises(PhotoRefused) as refusal:
        ingest(stream)  # type: ignore[arg-type]
    assert refusal.value.code == "too_large"
    assert stream.taken == MAX_BYTES + 1


def test_a_photo_of_just_the_limit_is_taken_in() -> None:
    data = corpus.gps_jpeg(corpus.LAT, corpus.LNG)
    assert take_in(data + b"\0" * (MAX_BYTES - len(data))).width == 1600


@pytest.mark.parametrize("name", ["../../etc/passwd", ";id", "$(id).jpg", "a\0b", "x" * 5000])
def test_the_name_touches_no_path(name: str, photo_store) -> None:
    photo = take_in(corpus.turned_jpeg(1), name=name)
    files = sorted(str(f.relative_to(photo_store)) for f in photo_store.rglob("*") if f.is_file())
    assert files == sorted(url_path(photo.digest, size) for size in SIDES)


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_pixels_are_counted_where_the_opener_does_not(kind: str, monkeypatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    colours = {"JPEG": "CMYK", "HEIF": "RGB"}[kind]
    out = io.BytesIO()
    Image.new(colours, (100, 100)).save(out, kind)
    with warnings.catch_warnings():
        fits = open_untrusted(io.BytesIO(out.getvalue()), kind=kind, max_pixels=14_000)
        assert fits.size == (100, 100)
        with pytest.raises(TooManyPixels):
            open_untrusted(io.BytesIO(out.getvalue()), kind=kind, max_pixels=9_999)
        if kind == "JPEG":
            with pytest.raises(TooManyPixels):
                open_untrusted(io.BytesIO(out.getvalue()), kind=kind, max_pixels=13_000)
