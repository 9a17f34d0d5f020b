"""One exchange with a system: from a request of the definition to a readable answer, or a failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from mysmartcity.connectors.contract import ConnectionValues, DeliveryFailed
from mysmartcity.connectors.systems.rest import outcome, signing
from mysmartcity.connectors.systems.rest.bodies import Body, body_of
from mysmartcity.connectors.systems.rest.filters import cut
from mysmartcity.connectors.systems.rest.secrecy import without_secrets
from mysmartcity.connectors.systems.rest.sessions import Sessions
from mysmartcity.connectors.systems.rest.shapes import Definition
from mysmartcity.connectors.systems.rest.templates import NotRendered, render
from mysmartcity.connectors.systems.rest.wire import Request
from mysmartcity.dispatch.status import ErrorClass
from mysmartcity.lib import clock, http

LONGEST_SENTENCE: Final = 400
_DOTS: Final = (".", "..", "%2e", "%2e%2e", "%2e.", ".%2e")


class NotWritable(DeliveryFailed):
    """A request can't be written over these values; nothing was sent."""


@dataclass(frozen=True)
class Exchange:
    """How to reach one system."""

    definition: Definition
    values: ConnectionValues

    def ask(
        self,
        request: Request,
        known: Mapping[str, Any],
        *,
        writes: bool = False,
        more: Mapping[str, str] | None = None,
        link: str = "",
    ) -> outcome.Read:
        """Send one request and give the answer that says yes. Raises DeliveryFailed without secrets.

        `more` are further arguments of the query; `link` is asked for instead of the request's own
        address. A refused key is tried once more with a new session, where there are sessions.
        """
        sessions = Sessions(self.definition, self.values, self._raw_ask, self._raw_post)
        try:
            try:
                return self._once(request, known, sessions, writes=writes, more=more, link=link)
            except DeliveryFailed as failure:
                if failure.error_class != ErrorClass.AUTH or not sessions.is_renewable:
                    raise
                sessions.forget()
                return self._once(request, known, sessions, writes=writes, more=more, link=link)
        except DeliveryFailed as failure:
            # Cleaned first and cut afterwards: half a key would not be found.
            failure.sentence = cut(self._clean(failure.sentence), LONGEST_SENTENCE)
            failure.args = (failure.sentence,)
            raise failure from None

    def _clean(self, sentence: str) -> str:
        kept = self.values.memory.get("rest-session")
        session = kept.values() if isinstance(kept, dict) else ()
        bare = [one.partition(" ")[2] for one in session]
        return without_secrets(sentence, self.values.secrets, self.values.secret, *session, *bare)

    def _once(
        self,
        request: Request,
        known: Mapping[str, Any],
        sessions: Sessions,
        *,
        writes: bool,
        more: Mapping[str, str] | None,
        link: str,
    ) -> outcome.Read:
        headers = sessions.headers()
        answer = self._send(request, known, headers=headers, writes=writes, more=more, link=link)
        outcome.judge(answer, self.definition.outcome, title=self.definition.title, writes=writes)
        return answer

    def _raw_ask(
        self, request: Request, known: Mapping[str, Any], headers: Mapping[str, str]
    ) -> outcome.Read:
        """A step of a login: no session goes along, nothing is signed, nothing is ambiguous."""
        return self._send(request, known, headers=headers, is_login=True)

    def _raw_post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> outcome.Read:
        return self._door("POST", url, Body(form=form), dict(headers), params={}, writes=False)

    def _send(
        self,
        request: Request,
        known: Mapping[str, Any],
        *,
        headers: Mapping[str, str],
        writes: bool = False,
        is_login: bool = False,
        more: Mapping[str, str] | None = None,
        link: str = "",
    ) -> outcome.Read:
        zone = self.definition.dates.zone
        try:
            url = link or self._url(request, known)
            params = {} if link else self._texts(request.query, known)
            own = {
                **self._texts(self.definition.headers, known),
                **self._texts(request.headers, known),
            }
            body = body_of(request, known, zone)
        except NotRendered as error:
            said = f"The request to {self.definition.title} can't be written: {error}"
            raise NotWritable(ErrorClass.PERMANENT, said) from error
        whole = {"Accept": "application/json", **own, **headers}
        if body.content_type:
            whole["Content-Type"] = body.content_type
        if not is_login:
            whole |= self._signature(request.method, urlsplit(url).path, body)
        params |= {name: value for name, value in (more or {}).items() if name}
        return self._door(request.method, url, body, whole, params=params, writes=writes)

    def _signature(self, method: str, path: str, body: Body) -> dict[str, str]:
        sign = self.definition.sign
        if sign is None or (sign.only_writes and method == "GET"):
            return {}
        secret = self.values.secrets.get(sign.secret) or self.values.secret
        try:
            return signing.headers_of(
                sign, secret, body=body.content or b"", method=method, path=path, now=clock.now()
            )
        except ValueError as error:
            said = f"The secret “{sign.secret}” is not written as {sign.key_form}."
            raise DeliveryFailed(ErrorClass.AUTH, said) from error

    def _texts(self, texts: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
        zone = self.definition.dates.zone
        made = {name: render(text, known, zone=zone) for name, text in texts.items()}
        return {name: text for name, text in made.items() if text}

    def _url(self, request: Request, known: Mapping[str, Any]) -> str:
        """The address; no value in it can lead out of the base. Raises NotRendered."""
        path = render(request.path, known, kind="path", zone=self.definition.dates.zone)
        if any(step.lower() in _DOTS for step in path.split("/")):
            raise NotRendered("A value would lead out of the address.")
        return self.definition.base_url.rstrip("/") + path

    def same_origin(self, link: str) -> str:
        """The whole address of a next page. Raises DeliveryFailed when it leads elsewhere."""
        base = self.definition.base_url.rstrip("/") + "/"
        try:
            whole = urljoin(base, link)
            is_same = _origin(whole) == _origin(base)
        except ValueError:
            is_same, whole = False, ""
        if not is_same:
            said = f"The next page of {self.definition.title} leads to another host."
            raise DeliveryFailed(ErrorClass.PERMANENT, said)
        return whole

    def _door(
        self,
        method: str,
        url: str,
        body: Body,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str],
        writes: bool,
    ) -> outcome.Read:
        try:
            reply = http.request(
                method,
                url,
                data=body.content if body.form is None else dict(body.form),
                files=body.files or None,
                headers={name: _printable(value) for name, value in headers.items()},
                params=dict(params) or None,
                allowed_hosts=self.values.allowed_hosts,
                timeout=http.Timeouts(total=self.definition.timeout_seconds),
                max_bytes=self.definition.max_bytes,
            )
        except http.HttpFailure as failure:
            raise outcome.failure_of(failure, writes=writes) from failure
        return outcome.read(reply)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _printable(text: str) -> str:
    """A header's value on one line: a resident's words can't add a header."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text).strip()
