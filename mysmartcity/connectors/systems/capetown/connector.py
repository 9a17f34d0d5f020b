"""What the city's service-request API can, by its settings; the contract of `connectors/contract.py`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from django.utils.translation import gettext as _

from mysmartcity.connectors.contract import (
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    RemoteCategory,
    RemoteState,
    Sent,
    Update,
)
from mysmartcity.connectors.systems.capetown import choices, mapping
from mysmartcity.connectors.systems.capetown.client import CityClient
from mysmartcity.connectors.systems.capetown.exchange import Wire, readings
from mysmartcity.connectors.systems.capetown.session import Access, Session
from mysmartcity.connectors.systems.capetown.shapes import CityError, RemoteRequest
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass
from mysmartcity.lib import clock, http

T = TypeVar("T")

_STOPS = (ErrorClass.AUTH, ErrorClass.THROTTLED)
"""What one reference is answered with, every other would be too."""


class CapeTownConnector(Connector):
    """Gives service requests to the City of Cape Town and reads how each of them stands."""

    # Seven calls at most (signing in twice, the create twice) of choices.LONGEST_CALL seconds.
    lease_seconds: ClassVar[int] = 180
    starting_statuses: ClassVar[Mapping[str, str]] = mapping.STARTING_STATUSES
    secret_names: ClassVar[tuple[str, ...]] = ("private_key", "public_key")

    @property
    def capabilities(self) -> Capabilities:
        """One call makes a request, one reads it; nothing can be added, listed or looked up."""
        return Capabilities(
            poll=True,
            polls_each=True,
            states=True,
            lists_categories=True,
            needs_category_code=True,
            needs_reference=True,
            needs_address=True,
        )

    @property
    def address(self) -> str:
        """The https address whose certificate is watched."""
        endpoint = self._endpoint
        return endpoint if endpoint.startswith("https://") else ""

    def problems(self) -> Sequence[str]:
        """Bad settings and missing keys, as sentences."""
        secrets = {name: bool(self.values.secrets.get(name)) for name in self.secret_names}
        return choices.problems(self.values.settings, secrets)

    def missing(self, message: Message) -> Sequence[str]:
        """The parts of an address that nobody knows and for which the operator gave nothing instead."""
        if message.kind != DeliveryKind.CREATE:
            return ()
        names = {
            "street": _("the street"),
            "street_number": _("the street number"),
            "suburb": _("the suburb"),
        }
        address = self._choices().address(message)
        return [words for name, words in names.items() if not address[name]]

    def send(self, message: Message) -> Sent:
        """A create; there is no call for anything later."""
        if message.kind != DeliveryKind.CREATE:
            said = _("%(body)s's system takes nothing after the first message.")
            raise self._permanent(said)
        if not mapping.is_in_the_box(message):
            said = _("The place lies outside the area that %(body)s's system takes.")
            raise self._permanent(said)
        codes = mapping.codes_of(message.remote_category)
        if codes is None:
            said = _("The code of this category for %(body)s must look like 1001/1002.")
            raise self._permanent(said)
        lacking = self.missing(message)
        if lacking:
            raise self._permanent(
                _("%(body)s's system takes nothing without an address. Missing:")
                + f" {', '.join(lacking)}."
            )
        client = self._client()
        fields = mapping.fields_of(message, codes=codes, choices=self._choices())
        made = _ask(lambda: client.create(fields))
        return Sent(remote_reference=made.reference)

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """One call for each reference. One that can't be read never hides the others.

        Raises DeliveryFailed when the system is away, or when none could be read.
        """
        found: list[Update] = []
        for remote in self._read(references).values():
            if remote is not None:
                found += mapping.updates_of(remote, since=since, now=clock.now())
        return found

    def fetch_states(self, references: Sequence[str]) -> Iterable[RemoteState]:
        """How each reference stands; those that can't be read now are left out."""
        return [
            RemoteState(reference, exists=False)
            if remote is None
            else RemoteState(
                reference,
                exists=True,
                remote_status=remote.status,
                remote_category=mapping.category_of(remote),
                updated_at=mapping.changed_at(remote),
            )
            for reference, remote in self._read(references).items()
        ]

    def list_categories(self) -> Iterable[RemoteCategory]:
        """Types times subtypes: what is reported is always a subtype of a type."""
        client = self._client()
        types, subtypes = _ask(client.types), _ask(client.subtypes)
        names = {one.code: one.name for one in types}
        return [
            RemoteCategory(
                code=f"{one.type_code}/{one.code}",
                name=one.name,
                group=names.get(one.type_code, one.type_code),
            )
            for one in subtypes
            if mapping.codes_of(f"{one.type_code}/{one.code}")
        ]

    # --- Inside -----------------------------------------------------------------------------------

    @property
    def _endpoint(self) -> str:
        return str(self.values.settings.get("endpoint", "")).strip()

    def _choices(self) -> mapping.Choices:
        return choices.read(self.values.settings)

    def _permanent(self, words: str) -> DeliveryFailed:
        return DeliveryFailed(ErrorClass.PERMANENT, words % {"body": self.values.body_name})

    def _client(self) -> CityClient:
        """Raises DeliveryFailed (auth: a human must act) while the settings are no good."""
        problems = self.problems()
        if problems:
            raise DeliveryFailed(ErrorClass.AUTH, problems[0])
        given, secrets = self.values.settings, self.values.secrets
        private, public = secrets["private_key"], secrets["public_key"]
        wire = Wire(
            endpoint=self._endpoint,
            allowed_hosts=self.values.allowed_hosts,
            timeouts=http.Timeouts(total=self._seconds("timeout_seconds", 15.0)),
            errors=readings(given.get("errors")),
            secrets=(private, private.replace("-", ""), public),
        )
        access = Access(
            private_key=private,
            public_key=public,
            reading=given.get("signature", "raw"),
            cookie_seconds=self._seconds("cookie_seconds", Access.cookie_seconds),
            session_seconds=self._seconds("session_seconds", Access.session_seconds),
            fresh_seconds=self._seconds("fresh_seconds", Access.fresh_seconds),
        )
        return CityClient(Session(wire, access, self.values.memory))

    def _seconds(self, name: str, usual: float) -> float:
        return float(self.values.settings.get(name, usual))

    def _read(self, references: Sequence[str]) -> dict[str, RemoteRequest | None]:
        client = self._client()
        found: dict[str, RemoteRequest | None] = {}
        failure: DeliveryFailed | None = None
        for reference in references:
            try:
                found[reference] = _ask(lambda it=reference: client.request(it))  # type: ignore[misc]
            except DeliveryFailed as error:
                if error.is_systemic or error.error_class in _STOPS:
                    raise
                failure = error
        if failure is not None and not found:
            raise failure
        return found


def _ask(question: Callable[[], T]) -> T:
    """Ask the client; its errors become those of the contract."""
    try:
        return question()
    except CityError as error:
        # What the city does not know is settled where it is asked for; elsewhere it is a plain no.
        means = "permanent" if error.means == "absent" else error.means
        raise DeliveryFailed(
            ErrorClass(means),
            error.sentence,
            retry_after=error.retry_after,
            is_systemic=error.is_systemic,
        ) from error
