"""One municipality on Collaborator: what it can and cannot.

Settings: `base_url`; `template_id` (9), `workflow_id` (3), `demarcation_code` (WC033). Secrets: `user`,
`password`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from mysmartcity.connectors.contract import (
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    RemoteState,
    Sent,
    Update,
)
from mysmartcity.connectors.systems.collaborator import mapping
from mysmartcity.connectors.systems.collaborator.client import CollaboratorClient, CollaboratorError
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock

TOKEN_SECONDS = 20 * 60.0
"""How long a token lasts is not known; a refused one is renewed at once."""

LONGEST_SENTENCE = 400

T = TypeVar("T")


class CollaboratorConnector(Connector):
    """Gives service requests to Collaborator and reads how each stands."""

    # A login and the call, twice over, 15 s each.
    lease_seconds: ClassVar[int] = 90
    starting_statuses: ClassVar[Mapping[str, str]] = mapping.STARTING_STATUSES
    secret_names: ClassVar[tuple[str, ...]] = ("user", "password")

    @property
    def capabilities(self) -> Capabilities:
        """It takes a create and can be asked; what else it takes would move the status back."""
        return Capabilities(
            look_up=True, poll=True, polls_each=True, states=True, needs_category_code=True,
            needs_reference=True,
        )  # fmt: skip

    @property
    def address(self) -> str:
        """Where it is, when that is https."""
        url = self._setting("base_url", "")
        return url if url.startswith("https://") else ""

    def problems(self) -> Sequence[str]:
        """Which settings and secrets are missing or wrong."""
        found = [] if self._setting("base_url", "") else ["The setting base_url is missing."]
        for name in ("template_id", "workflow_id"):
            if not self._setting(name, "1").isdecimal():
                found.append(f"The setting {name} must be a number.")
        missing = [name for name in self.secret_names if not self.values.secrets.get(name)]
        return [*found, *(f"The secret “{name}” is missing." for name in missing)]

    def further_references(self) -> str:
        """The municipality's own number is a second name for the object: it has no state of its own."""
        return "also"

    def send(self, message: Message) -> Sent:
        """A create; later messages have no place there."""
        if message.kind != DeliveryKind.CREATE:
            said = f"Collaborator takes no message of the kind “{message.kind}”."
            raise DeliveryFailed(ErrorClass.PERMANENT, said)
        code = self._setting("demarcation_code", "WC033")
        fields = mapping.fields_of(message, demarcation_code=code)
        client = self._client()
        number = self._with_token(
            lambda token: client.create(
                token,
                template_id=self._number("template_id", 9),
                workflow_id=self._number("workflow_id", 3),
                fields=fields,
            )
        )
        return Sent(remote_reference=number)

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """Objects with our moment of the report; ours carries our reference in its words."""
        del since, until
        client = self._client()
        fields = {"F12": mapping.requested_at(message)}
        found = self._with_token(
            lambda token: client.read(
                token, template_id=self._number("template_id", 9), number=0, fields=fields
            )
        )
        return mapping.find_ours(found, message)

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """How each stands, as news."""
        del since
        now = clock.now()
        told = ((number, self._read(number)) for number in references)
        return [mapping.update_of(one, number, now=now) for number, one in told if one is not None]

    def fetch_states(self, references: Sequence[str]) -> Iterable[RemoteState]:
        """How each stands."""
        told = ((number, self._read(number)) for number in references)
        return [
            RemoteState(number, exists=False) if one is None else mapping.state_of(one, number)
            for number, one in told
        ]

    # --- The wire ---------------------------------------------------------------------------------

    def _read(self, number: str) -> Mapping[str, object] | None:
        if not number.isdecimal():
            return None
        client = self._client()
        found = self._with_token(
            lambda token: client.read(
                token, template_id=self._number("template_id", 9), number=int(number)
            )
        )
        return found[0] if found else None

    def _with_token(self, call: Callable[[str], T]) -> T:
        """Call with the kept token; one that is refused is renewed once. Raises DeliveryFailed."""
        try:
            try:
                return call(self._token())
            except CollaboratorError as error:
                if error.error_class != "auth":
                    raise
                self.values.memory.forget("token")
                return call(self._token())
        except CollaboratorError as error:
            raise DeliveryFailed(
                ErrorClass(error.error_class),
                self._without_secrets(error.sentence)[:LONGEST_SENTENCE],
                retry_after=error.retry_after,
                is_systemic=error.is_systemic,
            ) from None

    def _without_secrets(self, sentence: str) -> str:
        """A system may repeat in its answer what we sent it."""
        kept = self.values.memory.get("token")
        for secret in (*self.values.secrets.values(), str(kept or "")):
            sentence = sentence.replace(secret, "…") if len(secret) > 3 else sentence
        return sentence

    def _token(self) -> str:
        kept = self.values.memory.get("token")
        if isinstance(kept, str):
            return kept
        secrets = self.values.secrets
        if not secrets.get("user") or not secrets.get("password"):
            said = f"The connection to {self.values.body_name} has no user or password."
            raise DeliveryFailed(ErrorClass.AUTH, said)
        token = self._client().login(secrets["user"], secrets["password"])
        self.values.memory.put("token", token, seconds=TOKEN_SECONDS)
        return token

    def _client(self) -> CollaboratorClient:
        url = self._setting("base_url", "")
        if not url:
            said = f"The connection to {self.values.body_name} has no base_url."
            raise DeliveryFailed(ErrorClass.AUTH, said)
        return CollaboratorClient(url, allowed_hosts=self.values.allowed_hosts)

    def _setting(self, name: str, usual: str) -> str:
        return str(self.values.settings.get(name) or usual)

    def _number(self, name: str, usual: int) -> int:
        written = self._setting(name, str(usual))
        return int(written) if written.isdecimal() else usual
