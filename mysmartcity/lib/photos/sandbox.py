"""Runs the decoder in a child process and trusts nothing that it says.

One fresh process per photo, measured on 2 cores: starting Python with Pillow and libheif and
nothing else takes 0.08 s and 21 MB, decoding a phone's 12 megapixels about 1 s. A fork server would
save those 0.08 s and cost a second process to watch, restart and keep free of the web process's
threads and secrets; so there is none. Peak memory of a child, 48 to 50 megapixels: JPEG 165 MB
(progressive 365), PNG 280 to 325, HEIC 380; WebP at its own limit of 20 megapixels 340.

The child gets an environment of its own (no passwords in it), closed file descriptors and no shell.
Photo and answer are unnamed temporary files, so the web process never holds a flood in memory.
"""

import json
import logging
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from mysmartcity.lib.photos.limits import MAX_PIXELS, MAX_SIDE, MAX_WEBP_PIXELS, QUALITY, Size
from mysmartcity.lib.photos.refusals import Code, PhotoRefused

WALL_SECONDS: Final = 15.0
SEATS: Final = 2
SEAT_SECONDS: Final = 20.0
ANSWER_BYTES: Final = 16 * 1024 * 1024
DECODER: Final = Path(__file__).with_name("decode.py")
ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1"}
LARGEST_FIRST: Final[tuple[Size, ...]] = ("zoom", "page", "list")

_REFUSALS: Final[dict[object, Code]] = {"too_many_pixels": "too_many_pixels"}
_WEBP_CHUNKS: Final = frozenset({b"VP8 ", b"VP8L"})

# At most this many decoders at once in each web process: 2 × 400 MB, not one per thread.
_seats = threading.BoundedSemaphore(SEATS)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decoded:
    """What came out of one photo: WebP bytes by size, the zoom picture's width and height in
    pixels, and what the metadata said before it was dropped (degrees; ISO 8601)."""

    pictures: dict[Size, bytes]
    width: int
    height: int
    lat: float | None
    lng: float | None
    taken: str | None
    peak_kib: int


def decode(photo: IO[bytes], *, kind: str, command: tuple[str, ...] = ()) -> Decoded:
    """Decode an open file (a real one: the child reads it itself) of sniffed `kind`.

    `command` replaces the decoder; tests use it to play one that crashes, hangs or lies. Raises
    PhotoRefused("unreadable") whatever goes wrong in the child, ("too_many_pixels"), or ("busy")
    when no seat became free in time.
    """
    if not _seats.acquire(timeout=SEAT_SECONDS):
        raise PhotoRefused("busy")
    try:
        with tempfile.TemporaryFile() as answer:
            _run(command or _decoder_command(kind), photo=photo, answer=answer)
            answer.seek(0)
            return _read_answer(answer)
    finally:
        _seats.release()


def _decoder_command(kind: str) -> tuple[str, ...]:
    pixels = MAX_WEBP_PIXELS if kind == "WEBP" else MAX_PIXELS
    sides = (f"{MAX_SIDE[size]}:{QUALITY[size]}" for size in LARGEST_FIRST)
    return (sys.executable, "-I", str(DECODER), kind, str(pixels), *sides)


def _run(command: tuple[str, ...], *, photo: IO[bytes], answer: IO[bytes]) -> None:
    """Run to the end or to the deadline; any end but a good one is a photo we could not read."""
    photo.seek(0)
    child = subprocess.Popen(  # noqa: S603  (our own file and numbers; nothing of the sender's)
        command, stdin=photo, stdout=answer, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/"
    )
    try:
        code = child.wait(timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        child.kill()
        child.wait()
    if code != 0:
        _log.warning("photo decoder ended with %s", "a time-out" if code is None else code)
        raise PhotoRefused("unreadable")


def _read_answer(answer: BinaryIO | IO[bytes]) -> Decoded:
    """Parse an answer as if an attacker had written it."""
    line = answer.readline(4096)
    try:
        header = json.loads(line)
        if not isinstance(header, dict):
            raise PhotoRefused("unreadable")
        if "refused" in header:
            raise PhotoRefused(_REFUSALS.get(header["refused"], "unreadable"))
        return _read_pictures(header, answer=answer)
    except (ValueError, KeyError, TypeError) as error:
        raise PhotoRefused("unreadable") from error


def _read_pictures(header: dict[str, Any], *, answer: BinaryIO | IO[bytes]) -> Decoded:
    pictures: dict[Size, bytes] = {}
    left = ANSWER_BYTES
    for size, (width, height, length) in zip(LARGEST_FIRST, header["pictures"], strict=True):
        if not (0 < width <= MAX_SIDE[size] and 0 < height <= MAX_SIDE[size] and length > 0):
            raise ValueError(size)
        data = answer.read(min(length, left))
        left -= len(data)
        check_bare_webp(data)
        pictures[size] = data
    width, height, _ = header["pictures"][0]
    lat, lng = _degrees(header["lat"], limit=90), _degrees(header["lng"], limit=180)
    taken = header["taken"]
    return Decoded(
        pictures=pictures,
        width=int(width),
        height=int(height),
        lat=lat if lng is not None else None,
        lng=lng if lat is not None else None,
        taken=taken if isinstance(taken, str) else None,
        peak_kib=int(header["peak_kib"]),
    )


def _degrees(value: object, *, limit: float) -> float | None:
    if isinstance(value, float | int) and -limit <= value <= limit:
        return float(value)
    return None


def check_bare_webp(data: bytes) -> None:
    """Raise ValueError unless `data` is one WebP picture and nothing else: one chunk of pixels, no
    metadata, no animation, not a byte behind its end."""
    length = int.from_bytes(data[4:8], "little")
    chunk = int.from_bytes(data[16:20], "little")
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or length != len(data) - 8:
        raise ValueError("not a WebP file of its own length")
    if data[12:16] not in _WEBP_CHUNKS or 20 + chunk + chunk % 2 != len(data):
        raise ValueError("more than one chunk of pixels")
