"""Who may speak to the simulated city: the login's cookie, sessions that end, and the signature.

All of it lives in memory, so a start of the process ends every session, as at the real one.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from mysmartcity.demo.cities.capetown_city.intake import Refusal
from mysmartcity.demo.cities.switches import Switches


@dataclass(frozen=True)
class Keys:
    """What the city gave to the one organisation that it knows."""

    private: str
    public: str


class Gate:
    """Cookies and sessions, and how long each is good."""

    def __init__(self, keys: Keys, *, session_seconds: float, switches: Switches) -> None:
        self._keys = keys
        self._seconds = session_seconds
        self._switches = switches
        self._cookies: dict[str, float] = {}
        self._sessions: dict[str, float] = {}
        self.logins = 0

    def login(self, key: str) -> str | None:
        """The cookie for a private key (with or without its dashes); None for a wrong one."""
        if not _same(key.replace("-", ""), self._keys.private.replace("-", "")):
            return None
        self.logins += 1
        cookie = base64.b64encode(secrets.token_bytes(24)).decode()
        self._cookies[cookie] = time.monotonic() + 4 * self._seconds
        return cookie

    def open(self, cookie: str, service: str) -> str | Refusal:
        """A new session for a cookie and the public key."""
        if not _same(service, self._keys.public):
            return Refusal("ZSREQ/002", "The service is not authorised.")
        if not _is_good(self._cookies, cookie):
            return Refusal("ZSREQ/001", "The session has expired.")
        session = secrets.token_urlsafe(18)
        self._sessions[session] = time.monotonic() + self._seconds
        return session

    def complaint(self, cookie: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why a call in a session is not let in; None when it is."""
        if not _same(headers.get("x-service", ""), self._keys.public):
            return Refusal("ZSREQ/002", "The service is not authorised.")
        session = headers.get("x-session", "")
        if self._switches.takes_expired():
            self._sessions.pop(session, None)
        if not _is_good(self._cookies, cookie) or not _is_good(self._sessions, session):
            return Refusal("ZSREQ/001", "The session has expired.")
        return None

    def is_signed(self, body: bytes, signature: str, *, reading: str) -> bool:
        """Whether the signature fits the bytes in the reading that the switch asks for."""
        signed = hmac.new(self._keys.private.encode(), body, hashlib.sha256)
        content = signed.digest() if reading == "raw" else signed.hexdigest().encode()
        return _same(signature, base64.b64encode(content).decode())

    def end_all(self) -> None:
        """Every session and cookie is over, as after a night."""
        self._cookies.clear()
        self._sessions.clear()


def _is_good(kept: dict[str, float], name: str) -> bool:
    return kept.get(name, 0.0) > time.monotonic()


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())
