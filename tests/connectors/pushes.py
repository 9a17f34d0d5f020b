"""Pushes as a city's system makes them, signed by the published recipe and not by our own code."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mysmartcity.lib import clock

SECRET = "whsec_" + base64.b64encode(b"the secret of this city, 24+ bytes").decode()
OLD = base64.b64encode(b"the secret that was before, also long").decode()


def signature(secret: str, push_id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the HMAC of "id.timestamp.body"."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{push_id}.{stamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(made.digest()).decode()


def headers_for(
    body: bytes,
    *,
    push_id: str = "msg_1",
    secrets: Sequence[str] = (SECRET,),
    at: datetime | None = None,
) -> dict[str, str]:
    """The three headers."""
    stamp = str(int((at or clock.now()).timestamp()))
    signatures = " ".join(signature(secret, push_id, stamp, body) for secret in secrets)
    return {
        "webhook-id": push_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signatures,
    }


def told(reference: str, status: str, number: int = 1, **its: Any) -> dict[str, Any]:
    """One servicerequestupdate."""
    return {
        "update_id": f"u{number}",
        "service_request_id": reference,
        "status": status,
        "updated_datetime": clock.now().isoformat(),
        "description": f"Word {number}",
        **its,
    }


def body_of(*updates: dict[str, Any]) -> bytes:
    """A push of the Open311 connector."""
    return json.dumps(list(updates)).encode()
