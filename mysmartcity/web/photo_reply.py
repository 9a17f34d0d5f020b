"""How a photo is served: fixed type, no sniffing, sandboxed, under a name that we chose."""

from typing import BinaryIO

from csp.constants import NONE
from django.http import FileResponse, HttpResponse

_YEAR = "public, max-age=31536000, immutable"


def photo_reply(stream: BinaryIO, *, name: str, is_public: bool = True) -> HttpResponse:
    """The WebP in `stream` as an answer. Digest-named pictures never change, so they may be kept."""
    response = FileResponse(stream, content_type="image/webp")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = _YEAR if is_public else "private, max-age=3600"
    response._csp_config = {"default-src": [NONE], "sandbox": True}  # type: ignore[attr-defined]
    return response  # type: ignore[return-value]  # FileResponse is no HttpResponse for the checker
