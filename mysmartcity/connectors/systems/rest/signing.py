"""HMAC over what we send, and over what is pushed to us. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mysmartcity.connectors.contract import BadPush
from mysmartcity.connectors.systems.rest.shapes import PushSign
from mysmartcity.connectors.systems.rest.wire import Sign

_MARKS: Final = ("body", "timestamp", "method", "path", "id")


def digest(key: bytes, signed: bytes, algorithm: str, encoding: str) -> str:
    """The HMAC in one of the encodings; `base64_of_hex` is the base64 of the hexadecimal text."""
    raw = hmac.new(key, signed, getattr(hashlib, algorithm)).digest()
    if encoding == "hex":
        return raw.hex()
    if encoding == "base64_of_hex":
        return base64.b64encode(raw.hex().encode()).decode()
    return base64.b64encode(raw).decode()


def signed_bytes(form: str, parts: Mapping[str, bytes]) -> bytes:
    """`form` with the marks {body}, {timestamp} and so on replaced, each once and in one pass."""
    made, rest = b"", form
    while rest:
        places = [(rest.find(f"{{{mark}}}"), mark) for mark in _MARKS]
        found = min(((place, mark) for place, mark in places if place >= 0), default=None)
        if found is None:
            return made + rest.encode()
        place, mark = found
        made += rest[:place].encode() + parts.get(mark, b"")
        rest = rest[place + len(mark) + 2 :]
    return made


def key_of(secret: str, form: str) -> bytes:
    """The key's bytes. Raises ValueError when it isn't written in that form."""
    if form == "hex":
        return bytes.fromhex(secret)
    if form == "base64":
        try:
            return base64.b64decode(secret, validate=True)
        except binascii.Error as error:
            raise ValueError("The secret is no base64.") from error
    return secret.encode()


def headers_of(
    sign: Sign, secret: str, *, body: bytes, method: str, path: str, now: datetime
) -> dict[str, str]:
    """The headers that sign a request. Raises ValueError for a key in the wrong form."""
    timestamp = str(int(now.timestamp()))
    parts = {
        "body": body,
        "timestamp": timestamp.encode(),
        "method": method.encode(),
        "path": path.encode(),
    }
    made = digest(
        key_of(secret, sign.key_form),
        signed_bytes(sign.signed, parts),
        sign.algorithm,
        sign.encoding,
    )
    found = {sign.header: sign.prefix + made}
    if sign.timestamp_header:
        found[sign.timestamp_header] = timestamp
    return found


def check_push(
    sign: PushSign, secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> str:
    """The id of a signed push. Raises BadPush when it is forged, too old or not signed."""
    low = {name.lower(): value.strip() for name, value in headers.items()}
    if not secret:
        raise BadPush(f"There is no secret “{sign.secret}” to check pushes with.")
    timestamp = low.get(sign.timestamp_header.lower(), "") if sign.timestamp_header else ""
    if sign.timestamp_header:
        _check_age(timestamp, sign.window_seconds, now)
    push_id = low.get(sign.id_header.lower(), "") if sign.id_header else ""
    parts = {"body": body, "timestamp": timestamp.encode(), "id": push_id.encode()}
    made = sign.prefix + digest(
        secret.encode(), signed_bytes(sign.signed, parts), sign.algorithm, sign.encoding
    )
    given = low.get(sign.header.lower(), "")
    if not hmac.compare_digest(made.encode(), given.encode()):
        raise BadPush("The signature of the push is wrong.")
    return push_id or hashlib.sha256(made.encode() + body).hexdigest()[:32]


def _check_age(timestamp: str, window: int, now: datetime) -> None:
    if not timestamp.isdecimal() or len(timestamp) > 12:
        raise BadPush("The push has no moment.")
    if abs(now.timestamp() - int(timestamp)) > window:
        raise BadPush("The push is too old, or from the future.")
