"""Signing in at the city: the login's cookie, the session, and renewing both when they are over.

Both are kept in the memory of the connection, never on disk. Calls that only read stand here as
`read`; the one that writes goes through `write`, on a session that was good moments ago.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from mysmartcity.connectors.contract import Memory
from mysmartcity.connectors.systems.capetown.exchange import Wire
from mysmartcity.connectors.systems.capetown.shapes import CityError
from mysmartcity.lib import http

Signature = Literal["raw", "hex"]
T = TypeVar("T")

_COOKIE: Final = re.compile(r"MYSAPSSO2=\"?([^;,\s\"]+)")
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]{1,4000}")


def signature_of(body: bytes, *, private_key: str, reading: Signature) -> str:
    """X-Signature of a body. Keyed with the private key as typed, its dashes included.

    The contract's words say base64 of the hexadecimal text ("hex"), the city's own script sends base64
    of the bytes ("raw").
    """
    signed = hmac.new(private_key.encode(), body, hashlib.sha256)
    content = signed.digest() if reading == "raw" else signed.hexdigest().encode()
    return base64.b64encode(content).decode()


@dataclass(frozen=True)
class Access:
    """The keys that the city gave us, and for how long what they open is believed."""

    private_key: str = field(repr=False)
    public_key: str = field(repr=False)
    reading: Signature = "raw"
    cookie_seconds: float = 3600.0
    session_seconds: float = 600.0
    fresh_seconds: float = 1.0


@dataclass(frozen=True)
class Session:
    """Calls in the name of one connection."""

    wire: Wire
    access: Access
    memory: Memory

    def read(self, path: str, judge: Callable[[http.Reply], T]) -> T:
        """GET and judge the reply; once more with a new session when the city says that it is over.

        Raises CityError, never ambiguous.
        """
        return self._with_session(lambda head: judge(self.wire.call("GET", path, headers=head)))

    def write(self, path: str, body: bytes, judge: Callable[[http.Reply], T]) -> T:
        """POST once and judge the reply; again only after the city refused it for its session.

        Before it, the session is opened anew unless one was just used: a system that is away shows that
        on a call that may fail, not on the one after which nobody knows.
        """
        if self.memory.get("fresh") is None:
            self.memory.forget("session")
        signature = signature_of(
            body, private_key=self.access.private_key, reading=self.access.reading
        )
        own = {"Content-Type": "application/json; charset=utf-8", "X-Signature": signature}
        return self._with_session(
            lambda head: judge(self.wire.call("POST", path, headers={**head, **own}, body=body))
        )

    def _with_session(self, call: Callable[[Mapping[str, str]], T]) -> T:
        for is_last in (False, True):
            head = self._head()
            try:
                found = call(head)
            except CityError as error:
                if error.means != "absent":
                    # Something is wrong there: the next create looks first whether it answers at all.
                    self.memory.forget("fresh")
                if error.means == "session" or error.ends_session:
                    self._forget(head["X-Session"])
                if error.means != "session":
                    raise
                if is_last:
                    raise _refused_again(error) from error
                continue
            self.memory.put("fresh", "yes", seconds=self.access.fresh_seconds)
            return found
        raise AssertionError("the loop returns or raises")

    def _forget(self, session: str | None = None) -> None:
        """Sign in anew the next time; unless another lane has done so since `session` was used."""
        if session is None or self.memory.get("session") in (session, None):
            for name in ("cookie", "session", "fresh"):
                self.memory.forget(name)

    def _head(self) -> dict[str, str]:
        cookie = self.memory.get("cookie")
        session = self.memory.get("session") if cookie is not None else None
        if cookie is None:
            cookie = self._before_anything(self._login)
            self.memory.put("cookie", cookie, seconds=self.access.cookie_seconds)
        if session is None:
            session = self._before_anything(lambda: self._open(str(cookie)))
            self.memory.put("session", session, seconds=self.access.session_seconds)
            cookie = self.memory.get("cookie") or cookie  # Opening it may have renewed the login.
        return {**self._signed_in(str(cookie)), "X-Session": str(session)}

    def _before_anything(self, step: Callable[[], str]) -> str:
        """Login and session: nothing was posted, so whatever fails here may be tried again.

        Only a plain refusal of our keys needs a human.
        """
        try:
            return step()
        except CityError as error:
            self._forget()
            if error.means in ("auth", "throttled"):
                raise
            is_refused = error.means == "permanent" or error.is_denied
            raise CityError(
                error.sentence,
                means="auth" if is_refused else "transient",
                is_systemic=not is_refused,
                retry_after=error.retry_after,
            ) from error

    def _login(self) -> str:
        key = self.access.private_key.replace("-", "")
        reply = self.wire.call("GET", "zcur-guest/login", headers={}, params={"cookie": key})
        found = _COOKIE.search(reply.headers.get("set-cookie", ""))
        if found is None:
            raise CityError("The city's login gave no MYSAPSSO2 cookie.", means="transient")
        return found[1]

    def _open(self, cookie: str) -> str:
        try:
            reply = self.wire.call("GET", "zsreq/session", headers=self._signed_in(cookie))
        except CityError as error:
            if error.means != "session":
                raise
            # The cookie is over, not our keys: once more from the start.
            cookie = self._login()
            self.memory.put("cookie", cookie, seconds=self.access.cookie_seconds)
            reply = self.wire.call("GET", "zsreq/session", headers=self._signed_in(cookie))
        tree: Any = self.wire.tree(reply)
        found = tree.get("session_id") if isinstance(tree, dict) else None
        if not isinstance(found, str) or not _HEADER_SAFE.fullmatch(found):
            raise self.wire.unfit(reply)
        return found

    def _signed_in(self, cookie: str) -> dict[str, str]:
        return {"Cookie": f"MYSAPSSO2={cookie}", "X-Service": self.access.public_key}


def _refused_again(error: CityError) -> CityError:
    """A session opened a moment ago is over as well: their trouble, unless they deny us the right.

    Nothing was taken, so it may be tried again.
    """
    return CityError(
        error.sentence,
        means="auth" if error.is_denied else "transient",
        is_systemic=not error.is_denied,
    )
