"""Shows the system who we are: fixed keys, OAuth 2 tokens, or a session that a login opened.

Tokens and sessions live in the connection's memory, never on disk. A failure here is never ambiguous:
nothing of ours was sent yet.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mysmartcity.connectors.contract import ConnectionValues, DeliveryFailed
from mysmartcity.connectors.systems.rest import outcome, paths
from mysmartcity.connectors.systems.rest.shapes import Definition
from mysmartcity.connectors.systems.rest.templates import NotRendered, members, render
from mysmartcity.connectors.systems.rest.values import always
from mysmartcity.connectors.systems.rest.wire import (
    Basic,
    Bearer,
    HeaderKey,
    Keep,
    Login,
    OAuth2,
    Outcome,
    Request,
)
from mysmartcity.dispatch.status import ErrorClass

_KEPT: Final = "rest-session"
_EARLY: Final = 30.0
_USUAL: Final = 300.0
_COOKIES = re.compile(r"(?:^|,\s*)([^=;,\s]+)=([^;]*?)(?=;|,\s*[^=;,\s]+=|$)")

Ask = Callable[[Request, Mapping[str, Any], Mapping[str, str]], outcome.Read]
"""Sends one request with templates over these values and further headers."""
Post = Callable[[str, Mapping[str, str], Mapping[str, str]], outcome.Read]
"""Posts a form to a whole address."""


@dataclass(frozen=True)
class Sessions:
    """Who we are to one system."""

    definition: Definition
    values: ConnectionValues
    ask: Ask
    post: Post

    @property
    def is_renewable(self) -> bool:
        """Whether a refusal may only mean that a session is over."""
        return isinstance(self.definition.auth, OAuth2 | Login)

    def headers(self) -> dict[str, str]:
        """The headers that go with every request. Raises DeliveryFailed."""
        auth = self.definition.auth
        if isinstance(auth, Basic):
            return {"Authorization": _basic(self._secret(auth.user), self._secret(auth.password))}
        if isinstance(auth, Bearer):
            return {"Authorization": f"Bearer {self._secret(auth.secret)}"}
        if isinstance(auth, HeaderKey):
            return {auth.name: self._render(auth.value, {})}
        if isinstance(auth, OAuth2 | Login):
            kept = self.values.memory.get(_KEPT)
            return dict(kept) if isinstance(kept, dict) else self._open(auth)
        return {}

    def forget(self) -> None:
        """What we had is not good any more."""
        self.values.memory.forget(_KEPT)

    def _open(self, auth: OAuth2 | Login) -> dict[str, str]:
        """A login that is refused in any way is a matter of the key, or of a system that is away."""
        try:
            headers, seconds = self._token(auth) if isinstance(auth, OAuth2) else self._login(auth)
        except DeliveryFailed as failure:
            if failure.error_class == ErrorClass.PERMANENT:
                raise DeliveryFailed(ErrorClass.AUTH, failure.sentence) from failure
            if failure.error_class == ErrorClass.AMBIGUOUS:
                failure.error_class = ErrorClass.TRANSIENT  # nothing of ours was sent yet
            failure.is_systemic = failure.error_class != ErrorClass.AUTH
            raise
        self.values.memory.put(_KEPT, headers, seconds=seconds)
        return headers

    def _token(self, auth: OAuth2) -> tuple[dict[str, str], float]:
        identity = (self._secret(auth.client_id), self._secret(auth.client_secret))
        form = {"grant_type": "client_credentials", **auth.extra}
        headers = {"Accept": "application/json"}
        if auth.scope:
            form["scope"] = auth.scope
        if auth.client_in == "header":
            headers["Authorization"] = _basic(*identity)
        else:
            form |= {"client_id": identity[0], "client_secret": identity[1]}
        answer = self.post(auth.token_url, form, headers)
        self._judge(answer)
        token = paths.text("access_token", answer.tree)
        if not token:
            raise DeliveryFailed(ErrorClass.AUTH, f"{self.definition.title} gave no token.")
        lasts = paths.search("expires_in", answer.tree)
        seconds = float(lasts) if isinstance(lasts, int | float) else _USUAL
        return {"Authorization": f"Bearer {token}"}, max(seconds - _EARLY, 1.0)

    def _login(self, auth: Login) -> tuple[dict[str, str], float]:
        session: dict[str, str] = {}
        for step in auth.steps:
            values = {
                **always(self.definition),
                "secret": self._wanted(step.request),
                "session": session,
            }
            answer = self.ask(step.request, values, {})
            self._judge(answer)
            if step.refused and paths.is_true(step.refused, answer.tree):
                raise DeliveryFailed(ErrorClass.AUTH, f"{self.definition.title} refused our key.")
            session |= {one.name: self._kept(one, answer) for one in step.keep}
        carried = {name: self._render(text, session) for name, text in auth.carry.items()}
        return carried, auth.minutes * 60

    def _judge(self, answer: outcome.Read) -> None:
        """By the definition's rules too; what an accepted message looks like says nothing here."""
        ours = self.definition.outcome
        table = Outcome(rules=ours.rules, error=ours.error)
        outcome.judge(answer, table, title=self.definition.title, writes=False)

    def _kept(self, one: Keep, answer: outcome.Read) -> str:
        cookies = dict(_COOKIES.findall(answer.headers.get("set-cookie", "")))
        if one.cookies:
            found = "; ".join(f"{name}={value}" for name, value in cookies.items())
        elif one.cookie:
            found = cookies.get(one.cookie, "")
        elif one.header:
            found = answer.headers.get(one.header.lower(), "")
        else:
            found = paths.text(one.body, answer.tree)
        if not found:
            said = f"The login of {self.definition.title} gave no “{one.name}”."
            raise DeliveryFailed(ErrorClass.AUTH, said)
        return found

    # --- Secrets by name: here and nowhere else -----------------------------------------------------

    def _secret(self, name: str) -> str:
        found = self.values.secrets.get(name) or (self.values.secret if name == "key" else "")
        if not found:
            said = f"The connection to {self.values.body_name} has no secret “{name}”."
            raise DeliveryFailed(ErrorClass.AUTH, said)
        return found

    def _wanted(self, request: Request) -> dict[str, str]:
        return {name: self._secret(name) for name in secrets_in(request, self.definition)}

    def _render(self, text: str, session: Mapping[str, str]) -> str:
        zone = self.definition.dates.zone
        secret = {name: self._secret(name) for name in members(text, "secret", zone=zone)}
        known = {**always(self.definition), "secret": secret, "session": session}
        try:
            return render(text, known, zone=zone)
        except NotRendered as error:
            said = f"The key of {self.definition.title} can't be written: {error}."
            raise DeliveryFailed(ErrorClass.AUTH, said) from error


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def secrets_in(request: Request, definition: Definition) -> set[str]:
    """The names of the secrets that a login's request holds."""
    written = [request.path, *request.query.values(), *request.headers.values(), request.xml]
    written += [*(request.form or {}).values(), request.text, json.dumps(request.json)]
    zone = definition.dates.zone
    return {name for text in written for name in members(text, "secret", zone=zone)}


def secret_names(definition: Definition) -> tuple[str, ...]:
    """Every secret that a definition wants, by name."""
    auth, zone, found = definition.auth, definition.dates.zone, set[str]()
    if isinstance(auth, Basic):
        found |= {auth.user, auth.password}
    elif isinstance(auth, Bearer):
        found.add(auth.secret)
    elif isinstance(auth, OAuth2):
        found |= {auth.client_id, auth.client_secret}
    elif isinstance(auth, HeaderKey):
        found |= members(auth.value, "secret", zone=zone)
    elif isinstance(auth, Login):
        found |= {name for step in auth.steps for name in secrets_in(step.request, definition)}
        found |= {
            name for text in auth.carry.values() for name in members(text, "secret", zone=zone)
        }
    if definition.sign is not None:
        found.add(definition.sign.secret)
    if definition.push is not None and definition.push.sign is not None:
        found.add(definition.push.sign.secret)
    return tuple(sorted(found))
