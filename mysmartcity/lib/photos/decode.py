"""The child process that opens one stranger's photo. It knows no Django and nothing of ours.

Run as a file (`python -I …/decode.py FORMAT MAX_PIXELS`), not with `-m`: importing the package
around it would load Django and cost more than the decoding. The photo is standard input and the
answer goes to standard output, both plain files:

    one line of JSON, then the pictures one behind the other.
    {"pictures": [[width, height, bytes], …], "lat": …, "lng": …, "taken": …, "peak_kib": …}
    {"refused": "unreadable" | "too_many_pixels", "peak_kib": …}

Limits are set before the first byte of the photo is read, and a process can't raise them again.
Anything that breaks them ends this process and nothing else.

Metadata can't leak, because nothing is copied: the pixels are painted onto a new picture that never
had any, and that one is encoded.
"""

import io
import json
import math
import resource
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import pillow_heif
from PIL import Image, ImageCms

ADDRESS_SPACE: Final = 768 * 1024 * 1024
CPU_SECONDS: Final = 10
OUTPUT_BYTES: Final = 16 * 1024 * 1024
STRIP_ROWS: Final = 256

_GPS_IFD: Final = 0x8825
_EXIF_IFD: Final = 0x8769
_ORIENTATION: Final = 0x0112
_TAKEN: Final = 0x9003
_TAKEN_OFFSET: Final = 0x9011

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_BROKEN: Final = (
    # What Pillow and its decoders raise on broken or hostile files.
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, MemoryError,
    OverflowError, ZeroDivisionError, AttributeError, RuntimeError, AssertionError,
)  # fmt: skip


class TooManyPixels(Exception):
    """The header promises more pixels than we decode."""


def limit_this_process() -> None:
    """Cap memory, CPU time and written bytes; leave no core file (it would hold the photo)."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def open_photo(stream: BinaryIO, *, kind: str, max_pixels: int) -> Image.Image:
    """The photo with only its header read. `kind` is the one decoder that may try it."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        photo = Image.open(stream, formats=(kind,))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooManyPixels from error
    # Some openers don't ask Pillow's own check, so ask again. Print files (CMYK) hold four values
    # a pixel instead of three while they are decoded, so three quarters as many fit.
    most = max_pixels * 3 // 4 if photo.mode == "CMYK" else max_pixels
    if photo.width * photo.height > most:
        raise TooManyPixels
    return photo


def _flat(strip: Image.Image) -> Image.Image:
    """A strip in a mode that can be scaled: see-through parts on white, 16 bits brought to 8."""
    if strip.mode in {"RGBA", "LA", "PA", "P", "RGBa", "La"} or "transparency" in strip.info:
        clear = strip.convert("RGBA")
        ground = Image.new("RGB", strip.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    if strip.mode.startswith("I"):
        return strip.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return strip if strip.mode in {"RGB", "L", "CMYK"} else strip.convert("RGB")


def shrink(photo: Image.Image, *, side: int) -> Image.Image:
    """A bare copy at most `side` pixels long, made strip by strip.

    A second full copy of 50 million pixels would be another 200 MB; a strip is a few. Whole steps
    are averaged (1/2, 1/3 …), the rest is done with a good filter at the small size.
    """
    width, height = photo.size
    step = max(1, max(width, height) // side)
    rows = STRIP_ROWS * step
    small: Image.Image | None = None
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        strip = _flat(photo.crop((0, top, width, bottom)))
        strip = strip.reduce(step) if step > 1 else strip
        if small is None:
            small = Image.new(strip.mode, (strip.width, math.ceil(height / step)))
        small.paste(strip, (0, top // step))
    if small is None:
        raise ValueError
    return fit(small, side=side)


def fit(picture: Image.Image, *, side: int) -> Image.Image:
    """The picture itself, or a smaller one whose longest side is `side`."""
    longest = max(picture.size)
    if longest <= side:
        return picture
    size = (
        max(1, round(picture.width * side / longest)),
        max(1, round(picture.height * side / longest)),
    )
    return picture.resize(size, Image.Resampling.LANCZOS)


def to_srgb(picture: Image.Image, *, profile: bytes | None) -> Image.Image:
    """Colours as a screen shows them; the profile is used once and dropped.

    A profile that does not fit the picture is ignored: colours a little off beat no photo.
    """
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, *_BROKEN):
            turned = None
        if turned is not None:
            return turned
    return picture.convert("RGB")


def bare(picture: Image.Image) -> Image.Image:
    """The same pixels on a picture that has never carried anything else."""
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean


def _degrees(parts: Any, *, side: str, limit: float) -> float | None:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not (math.isfinite(value) and 0 <= value <= limit):
        return None
    return -value if side.upper() in {"S", "W"} else value


def read_place(exif: Image.Exif) -> tuple[float, float] | None:
    """Where the camera says it stood, in degrees. 0,0 is what phones write without a fix."""
    gps = exif.get_ifd(_GPS_IFD)
    try:
        lat = _degrees(gps[2], side=str(gps[1]).strip("\0 "), limit=90)
        lng = _degrees(gps[4], side=str(gps[3]).strip("\0 "), limit=180)
    except _BROKEN:
        return None
    if lat is None or lng is None or (lat == 0 and lng == 0):
        return None
    return lat, lng


def read_taken(exif: Image.Exif) -> str | None:
    """When it was taken, as ISO 8601; without an offset when the camera wrote none."""
    details = exif.get_ifd(_EXIF_IFD)
    offset = str(details.get(_TAKEN_OFFSET, "")).strip("\0 ")
    written = str(details.get(_TAKEN, "")).strip("\0 ")
    for text, pattern in (
        (written + offset, "%Y:%m:%d %H:%M:%S%z"),
        (written, "%Y:%m:%d %H:%M:%S"),
    ):
        try:
            return datetime.strptime(text, pattern).isoformat()  # noqa: DTZ007  (the zone is unknown)
        except ValueError:
            continue
    return None


def read_metadata(photo: Image.Image) -> tuple[dict[str, Any], int]:
    """What is worth knowing before it is thrown away: place and time; and which way is up."""
    try:
        exif = photo.getexif()
        place, taken = read_place(exif), read_taken(exif)
        turn = int(exif.get(_ORIENTATION, 1))
    except _BROKEN:
        return {"lat": None, "lng": None, "taken": None}, 1
    lat, lng = place or (None, None)
    return {"lat": lat, "lng": lng, "taken": taken}, turn


def pictures_of(
    photo: Image.Image, *, wanted: list[tuple[int, int]]
) -> tuple[dict[str, Any], bytes]:
    """Header and WebP bytes of every wanted (longest side, quality), the largest first."""
    largest = wanted[0][0]
    profile = photo.info.get("icc_profile")
    # A JPEG can be decoded at a half, a quarter or an eighth: least memory, least time.
    photo.draft(None, (largest, max(1, largest * photo.height // max(1, photo.width))))
    photo.load()
    found, turn = read_metadata(photo)
    small = shrink(photo, side=largest)
    photo.close()
    picture = bare(to_srgb(small, profile=profile))
    if turn in _TURNS:
        picture = picture.transpose(_TURNS[turn])
    sizes, body = [], b""
    for side, quality in wanted:
        picture = fit(picture, side=side)
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=4)
        sizes.append([picture.width, picture.height, out.tell()])
        body += out.getvalue()
    return {**found, "pictures": sizes}, body


def peak_kib() -> int:
    """Most memory this process held, in KiB; 0 where the system does not say.

    Not `ru_maxrss`: on Linux that includes what the parent held before it started us.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0
    )


def main(arguments: list[str]) -> None:
    """Answer for the photo on standard input: `FORMAT MAX_PIXELS SIDE:QUALITY …`, largest first."""
    limit_this_process()
    kind, max_pixels, *sides = arguments
    wanted = [(int(side), int(quality)) for side, quality in (each.split(":") for each in sides)]
    if kind == "HEIF":
        # Every thread costs address space, and a large server would start many.
        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=2)
    body = b""
    header: dict[str, Any]
    try:
        photo = open_photo(sys.stdin.buffer, kind=kind, max_pixels=int(max_pixels))
        header, body = pictures_of(photo, wanted=wanted)
    except TooManyPixels:
        header = {"refused": "too_many_pixels"}
    except _BROKEN:
        header = {"refused": "unreadable"}
    header["peak_kib"] = peak_kib()
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
