"""Where systems of cities push their news to: POST /hooks/PUBLIC_ID, signed.

What a push means is the business of `connectors`; here are only the door, its limits and its answers.
"""

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from mysmartcity.connectors.actions import take_push
from mysmartcity.connectors.actions.push import MAX_BYTES, Forged, TakenBefore, UnreadablePush
from mysmartcity.lib.access import declares
from mysmartcity.lib.limits import MINUTE, TooOften, address_of, count
from mysmartcity.lib.text import one_line

log = logging.getLogger(__name__)

PUSHES_PER_MINUTE: Final = 600
"""From one address: ten a second is a busy city; who guesses signatures gets no further."""

FORGED_PER_MINUTE: Final = 30
"""So many pushes that can't be believed, and this address is not listened to for the minute."""


@declares("key")
@csrf_exempt
def push(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a push: 202 taken, 401 not believed, 409 taken before, 400 unreadable, 413 too large, 429.

    A connection that does not exist is answered like a signature that is wrong.
    """
    if request.method != "POST":
        return _said(405, "Only POST is possible here.", Allow="POST")
    who = address_of(request.META)
    try:
        count("push", who=who, allowed=PUSHES_PER_MINUTE, seconds=MINUTE)
        body = _body(request)
        if body is None:
            return _said(413, f"A push has at most {MAX_BYTES} bytes.")
        return _taken(request, public_id, body, who)
    except TooOften as error:
        return _said(429, "Too often.", **{"Retry-After": str(error.retry_after)})


def _taken(request: HttpRequest, public_id: str, body: bytes, who: str) -> HttpResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        new_count = take_push(public_id=public_id, headers=headers, body=body)
    except Forged as error:
        log.warning("A push from %s was not believed: %s", who, one_line(str(error))[:200])
        count("push-forged", who=who, allowed=FORGED_PER_MINUTE, seconds=MINUTE)
        return _said(401, "The signature is not right.")
    except TakenBefore:
        return _said(409, "This push was taken before.")
    except UnreadablePush as error:
        log.warning("A push to %s can't be read: %s", public_id, one_line(str(error))[:200])
        return _said(400, "This push can't be read.")
    return _said(202, f"{new_count} new")


def _body(request: HttpRequest) -> bytes | None:
    """The body; None when it is longer than a push may be."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MAX_BYTES:
        return None
    try:
        return request.body  # never longer than was announced
    except UnreadablePostError:
        return b""


def _said(status: int, words: str, **headers: str) -> HttpResponse:
    return HttpResponse(
        f"{words}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers
    )
