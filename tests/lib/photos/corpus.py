"""The attack files of the photo pipeline, all drawn here: nobody's photo lies in the repository.

`gps_jpeg` is also the picture that browser journeys and the demo send.
"""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

pillow_heif.register_heif_opener()

LAT, LNG = -33.924870, 18.424055
SERIAL = b"SN-4711-MAKERNOTE"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
    b'exif:GPSLatitude="33,55.49S" exif:GPSLongitude="18,25.44E"/></rdf:RDF></x:xmpmeta>'
)
LEAKS = (b"Exif", b"EXIF", b"XMP", b"xmpmeta", b"GPS", SERIAL, b"<script", b"<?php", b"PK\x03\x04")
"""What no output may hold anywhere."""


def _dms(value: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(abs(value) * 3600, 4), 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, seconds


def exif(*, lat: float = LAT, lng: float = LNG, turn: int = 1, taken: str = "") -> Image.Exif:
    """EXIF as a phone writes it: place, time, orientation, maker note with a serial number."""
    block = Image.Exif()
    block[0x0112] = turn
    block[0x010F] = "Phone maker"
    gps = block.get_ifd(0x8825)
    gps.update({1: "S" if lat < 0 else "N", 2: _dms(lat), 3: "W" if lng < 0 else "E", 4: _dms(lng)})
    details = block.get_ifd(0x8769)
    details[0x9003] = taken or "2026:11:20 14:10:00"
    details[0x927C] = SERIAL
    return block


@cache
def road(width: int, height: int) -> Image.Image:
    """Tar, a painted line and a hole with a broken rim."""
    picture = Image.effect_noise((width // 4, height // 4), 26).resize((width, height))
    picture = Image.merge("RGB", [picture.point(lambda v, d=d: v * 0.5 + d) for d in (38, 38, 44)])
    pen = ImageDraw.Draw(picture)
    pen.polygon(
        [(width * 0.06, height), (width * 0.12, height), (width * 0.34, 0), (width * 0.32, 0)],
        fill=(214, 208, 188),
    )
    for grow, colour in ((1.0, (98, 94, 92)), (0.9, (66, 60, 57)), (0.7, (38, 34, 33))):
        pen.polygon(
            [
                (width * (0.6 + grow * 0.22 * x), height * (0.6 + grow * 0.2 * y))
                for x, y in ((-1, 0.1), (-0.6, -0.8), (0.1, -1), (0.7, -0.6), (1, 0.2), (0.3, 0.9))
            ],
            fill=colour,
        )
    return picture


def _save(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def gps_jpeg(lat: float, lng: float, *, size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A pothole as a phone would send it, with the given place in its EXIF."""
    return _save(road(*size), "JPEG", quality=85, exif=exif(lat=lat, lng=lng))


def turned_jpeg(turn: int) -> bytes:
    """400 x 200, red on the left half and blue on the right, with an orientation tag."""
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste((0, 0, 255), (200, 0, 400, 200))
    return _save(picture, "JPEG", exif=exif(turn=turn))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _plain_jpeg() -> bytes:
    return _save(road(800, 600), "JPEG", quality=80)


def _with_segment(marker: int, body: bytes) -> bytes:
    plain = _plain_jpeg()
    return plain[:2] + _segment(marker, body) + plain[2:]


def _thumbnail_jpeg() -> bytes:
    """EXIF whose second directory holds a whole small JPEG: the picture before it was cropped."""
    face = _save(Image.new("RGB", (160, 120), "pink"), "JPEG", exif=exif())
    face = face.replace(b"Phone maker", b"Uncropped!!")
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0) + struct.pack("<I", 14)
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 44, 0x0202, 4, 1, len(face), 0)
    return _with_segment(0xE1, b"Exif\0\0" + tiff + second + face)


def _png_chunk(name: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def bomb_png(side: int) -> bytes:
    """A black square of side * side one-bit pixels: tiny as a file, huge when decoded."""
    row = b"\0" * (side // 8 + 2)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row * 500) for _ in range(side // 500)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", body) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _u24(value: int) -> bytes:
    return value.to_bytes(3, "little")


def animated_webp(frames: int) -> bytes:
    """One small frame, repeated: written by hand, for no encoder is quick at ten thousand."""
    still = _save(Image.new("RGB", (64, 48), "orange"), "WEBP", lossless=True)
    frame = _riff_chunk(b"ANMF", _u24(0) * 2 + _u24(63) + _u24(47) + _u24(40) + b"\0" + still[12:])
    body = (
        b"WEBP"
        + _riff_chunk(b"VP8X", b"\x02\0\0\0" + _u24(63) + _u24(47))
        + _riff_chunk(b"ANIM", b"\0" * 6)
        + frame * frames
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _grey16_png() -> bytes:
    ramp = Image.linear_gradient("L").resize((600, 400))
    deep = Image.frombytes("I;16", ramp.size, b"".join(bytes((v, v)) for v in ramp.tobytes()))
    return _save(deep, "PNG")


def _text_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<?php system($_GET[0]); ?>")
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return _save(road(640, 480), "PNG", pnginfo=notes, exif=exif())


def _see_through_png() -> bytes:
    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((50, 50, 250, 250), fill=(200, 30, 30, 255))
    return _save(picture, "PNG")


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FITS = b"SIMPLE  =                    T".ljust(80) + b"BITPIX  =  8".ljust(80) + b"\0" * 5000


@cache
def gps_heic() -> bytes:
    """As a modern phone sends it. Kept, for the encoder takes a second."""
    return _save(road(960, 720), "HEIF", quality=50, exif=exif().tobytes())


ACCEPTED: dict[str, Callable[[], bytes]] = {
    "gps.jpg": lambda: gps_jpeg(LAT, LNG),
    "gps.heic": gps_heic,
    "gps.png": lambda: _save(road(640, 480), "PNG", exif=exif()),
    "gps.webp": lambda: _save(road(800, 600), "WEBP", exif=exif(), xmp=XMP),
    "xmp.jpg": lambda: _with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
    "iptc.jpg": lambda: _with_segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\x05GPS S"),
    "thumbnail.jpg": _thumbnail_jpeg,
    "html_behind.jpg": lambda: _plain_jpeg() + b"<html><script>alert(1)</script></html>",
    "zip_behind.jpg": lambda: _plain_jpeg() + b"PK\x03\x04\x14\0\0\0evil.sh" * 9,
    "php_comment.jpg": lambda: _with_segment(0xFE, b"<?php system($_GET[0]); ?>"),
    "php_comment.png": _text_png,
    "animated.webp": lambda: animated_webp(10_000),
    "icc.jpg": lambda: _save(road(640, 480), "JPEG", icc_profile=_profile()),
    "icc_nonsense.jpg": lambda: _save(road(640, 480), "JPEG", icc_profile=b"no profile" * 20),
    "cmyk.jpg": lambda: _save(road(800, 600).convert("CMYK"), "JPEG"),
    "grey16.png": _grey16_png,
    "see_through.png": _see_through_png,
    "palette.png": lambda: _save(road(640, 480).convert("P"), "PNG"),
    "one_pixel.png": lambda: _save(Image.new("1", (1, 1)), "PNG"),
    "sliver.png": lambda: _save(Image.new("L", (40_000, 1), 90), "PNG"),
}

REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty.jpg": ("empty", lambda: b""),
    "svg.jpg": ("not_a_photo", lambda: SVG),
    "html.jpg": ("not_a_photo", lambda: b"<html><script>alert(1)</script>"),
    "script.gif": ("not_a_photo", lambda: b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)"),
    "fits.jpg": ("not_a_photo", lambda: FITS),
    "eps.jpg": ("not_a_photo", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(id) run"),
    "psd.jpg": ("not_a_photo", lambda: b"8BPS\0\x01" + b"\0" * 80),
    "avif.jpg": ("not_a_photo", lambda: b"\0\0\0\x20ftypavif" + b"\0" * 80),
    "truncated.jpg": ("unreadable", lambda: gps_jpeg(LAT, LNG)[:30_000]),
    "cut_head.jpg": ("unreadable", lambda: gps_jpeg(LAT, LNG)[:40]),
    "cut.heic": ("unreadable", lambda: gps_heic()[:2000]),
    "cut.webp": ("unreadable", lambda: ACCEPTED["gps.webp"]()[:2000]),
    "liar.jpg": ("unreadable", lambda: b"\xff\xd8\xff" + FITS),
    "liar.png": ("unreadable", lambda: b"\x89PNG\r\n\x1a\n" + SVG),
    "bomb900.png": ("too_many_pixels", lambda: bomb_png(30_000)),
    "bomb100.png": ("too_many_pixels", lambda: bomb_png(10_000)),
    "bomb51.png": ("too_many_pixels", lambda: bomb_png(7_500)),
}
