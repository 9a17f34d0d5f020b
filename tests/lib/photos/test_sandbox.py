"""Whatever happens in the decoder, the web process only hears "unreadable"."""

import io
import json
import sys
import tempfile
import time

import pytest
from PIL import Image

from mysmartcity.lib.photos import PhotoRefused, sandbox
from tests.lib.photos import corpus

MEMORY_KIB = 400 * 1024


def decode(data: bytes, *, kind: str, command: tuple[str, ...] = ()) -> sandbox.Decoded:
    with tempfile.TemporaryFile() as photo:
        photo.write(data)
        photo.flush()
        return sandbox.decode(photo, kind=kind, command=command)


def played_by(script: str) -> str:
    """The code a refusal carries when `script` plays the decoder."""
    with pytest.raises(PhotoRefused) as refusal:
        decode(b"photo", kind="JPEG", command=(sys.executable, "-I", "-c", script))
    return refusal.value.code


def large_jpeg() -> bytes:
    out = io.BytesIO()
    noise = Image.effect_noise((800, 600), 40).convert("RGB").resize((8160, 6120))
    noise.save(out, "JPEG", quality=50, progressive=True, subsampling=0)
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("JPEG", large_jpeg),
        ("PNG", lambda: corpus.bomb_png(7_000)),
        ("WEBP", corpus.ACCEPTED["animated.webp"]),
        ("HEIF", corpus.ACCEPTED["gps.heic"]),
    ],
)
def test_memory_and_time_stay_small(kind: str, make) -> None:
    data = make()
    began = time.monotonic()
    decoded = decode(data, kind=kind)
    assert time.monotonic() - began < 5
    assert 0 < decoded.peak_kib < MEMORY_KIB


@pytest.mark.parametrize(
    "script",
    [
        "import os; os.kill(os.getpid(), 11)",
        "import os; os.kill(os.getpid(), 9)",
        "raise SystemExit(3)",
        "",
        "print('not json')",
        "print('[]')",
        "print('{}')",
        "print('{\"refused\": [1]}')",
        'print(\'{"refused": "<script>"}\')',
        "print('x' * 20_000_000)",
    ],
)
def test_a_decoder_that_dies_or_talks_nonsense(script: str) -> None:
    assert played_by(script) == "unreadable"


def lying(pictures: list[list[int]], body: str) -> str:
    head = json.dumps({"pictures": pictures, "lat": 1, "lng": 1, "taken": None, "peak_kib": 1})
    return (
        "import sys; sys.stdout.buffer.write("
        f"{head!r}.encode() + b'\\n' + {body})"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pictures", "body"),
    [
        ([[1, 1, 5]] * 3, "b'<html' * 3"),
        ([[1, 1, -1]] * 3, "b'x' * 30"),
        ([[1, 1, 10**12]] * 3, "b'x' * 30"),
        ([[9999, 1, 5]] * 3, "b'x' * 30"),
        ([[1, 1, 5]] * 2, "b'x' * 30"),
        ([["a", None, {}]] * 3, "b'x' * 30"),
    ],
)
def test_a_decoder_that_was_taken_over_stores_nothing(pictures, body: str) -> None:
    assert played_by(lying(pictures, body)) == "unreadable"


def test_metadata_in_an_answer_is_noticed() -> None:
    with pytest.raises(ValueError, match="chunk"):
        sandbox.check_bare_webp(corpus.ACCEPTED["gps.webp"]())
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "WEBP")
    sandbox.check_bare_webp(plain.getvalue())
    with pytest.raises(ValueError, match="length"):
        sandbox.check_bare_webp(plain.getvalue() + b"<script>")


def test_a_decoder_that_hangs_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.3)
    began = time.monotonic()
    assert played_by("import time; time.sleep(60)") == "unreadable"
    assert time.monotonic() - began < 5


def test_a_decoder_that_wants_all_memory_is_refused_it() -> None:
    limits = f"import sys; sys.path[:0] = [{str(sandbox.DECODER.parent)!r}]; import decode; "
    greedy = limits + "decode.limit_this_process(); "
    with tempfile.TemporaryFile() as photo, tempfile.TemporaryFile() as answer:
        sandbox._run((sys.executable, "-I", "-c", greedy), photo=photo, answer=answer)
        command = (sys.executable, "-I", "-c", greedy + "b'x' * (1 << 30)")
        with pytest.raises(PhotoRefused):
            sandbox._run(command, photo=photo, answer=answer)


def test_no_free_seat_is_said(monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "SEAT_SECONDS", 0.05)
    taken = [sandbox._seats.acquire() for _ in range(sandbox.SEATS)]
    try:
        with pytest.raises(PhotoRefused) as refusal:
            decode(corpus.turned_jpeg(1), kind="JPEG")
    finally:
        for _ in taken:
            sandbox._seats.release()
    assert refusal.value.code == "busy"


def test_the_decoder_loads_no_django_and_sees_no_secrets(monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    look = (
        f"import sys, os; sys.path[:0] = [{str(sandbox.DECODER.parent)!r}]; import decode; "
        "sys.exit(7 if 'django' in sys.modules or 'DATABASE_URL' in os.environ else 0)"
    )
    assert played_by(look) == "unreadable"  # it ends well, but prints no answer
    with tempfile.TemporaryFile() as photo, tempfile.TemporaryFile() as answer:
        sandbox._run((sys.executable, "-I", "-c", look), photo=photo, answer=answer)
