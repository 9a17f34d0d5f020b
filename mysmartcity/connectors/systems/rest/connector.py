"""One HTTP system, as its definition says. Settings: `definition` or `file`, and `changes` (reading.py).

Secrets have the names that the definition gives them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

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
from mysmartcity.connectors.systems.rest import (
    asking,
    mapping,
    paths,
    reading,
    signing,
    values,
)
from mysmartcity.connectors.systems.rest.checking import says
from mysmartcity.connectors.systems.rest.client import Exchange
from mysmartcity.connectors.systems.rest.paging import entries
from mysmartcity.connectors.systems.rest.sessions import secret_names
from mysmartcity.connectors.systems.rest.shapes import Definition, PollEach, Say
from mysmartcity.connectors.systems.rest.templates import NotRendered, render
from mysmartcity.dispatch.status import DeliveryKind, ErrorClass


class RestConnector(Connector):
    """Speaks as its definition says."""

    # A login of three steps and the request, twice over (a session that is over), 20 s each.
    lease_seconds: ClassVar[int] = 180
    secret_names: ClassVar[tuple[str, ...]] = ()

    # --- What it can ----------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities:
        """What the definition says how to do; nothing while it can't be read."""
        try:
            definition = reading.read(self.values.settings)
        except reading.BadDefinition:
            return Capabilities()
        messages = definition.messages
        return Capabilities(
            photos=messages.photo is not None,
            comments=messages.comment is not None,
            look_up=messages.create.look_up is not None or messages.create.repeatable,
            push=definition.push is not None,
            close=messages.withdrawn is not None,
            poll=definition.poll is not None,
            polls_each=isinstance(definition.poll, PollEach),
            states=asking.asks_each(definition) is not None,
            lists_categories=definition.categories is not None,
            needs_category_code=definition.needs_category_code,
            needs_reference=definition.needs_reference,
            needs_address=definition.needs_address,
        )

    @property
    def address(self) -> str:
        """The base address, where it is https."""
        try:
            url = reading.read(self.values.settings).base_url
        except reading.BadDefinition:
            return ""
        return url if url.startswith("https://") else ""

    def problems(self) -> Sequence[str]:
        """What is wrong in the definition, with its path, and which secrets are missing."""
        try:
            definition = reading.read(self.values.settings)
        except reading.BadDefinition as error:
            return error.sentences
        has = {name for name, secret in self.values.secrets.items() if secret}
        has |= {"key"} if self.values.secret else set()
        wanted = [name for name in secret_names(definition) if name not in has]
        return [f"secrets: there is no secret “{name}”." for name in wanted]

    def wanted_secrets(self) -> Sequence[str]:
        """The names of the secrets that the definition wants."""
        try:
            return secret_names(reading.read(self.values.settings))
        except reading.BadDefinition:
            return ()

    def further_references(self) -> str:
        """As the definition says."""
        try:
            return reading.read(self.values.settings).further_references
        except reading.BadDefinition:
            return super().further_references()

    def own_statuses(self) -> Mapping[str, str]:
        """The mapping that the definition starts with."""
        try:
            return reading.read(self.values.settings).statuses
        except reading.BadDefinition:
            return {}

    def missing(self, message: Message) -> Sequence[str]:
        """The needs of the definition that this message does not meet."""
        try:
            definition = reading.read(self.values.settings)
        except reading.BadDefinition:
            return ()
        known = values.of_message(definition, message)
        found = []
        for need in definition.needs:
            try:
                has = render(need.value, known, zone=definition.dates.zone).strip()
            except NotRendered:
                has = ""
            if not has:
                found.append(need.words)
        return found

    def photos_in_create(self, count: int) -> int:
        """So many as the definition says; all while it can't be read, for then nothing is sent."""
        try:
            most = reading.read(self.values.settings).photos_in_create
        except reading.BadDefinition:
            return count
        return count if most < 0 else min(most, count)

    # --- Out ------------------------------------------------------------------------------------

    def send(self, message: Message) -> Sent:
        """Send one message as the definition says."""
        definition = self._definition()
        say = self._say(definition, message.kind)
        known = values.of_message(definition, message)
        answer = self._exchange().ask(say.request, known, writes=True)
        sent = mapping.sent_of(say.answer, answer.tree)
        if not mapping.is_complete(say.answer, sent):
            said = f"{definition.title} answered {answer.status} without a reference."
            raise DeliveryFailed(ErrorClass.AMBIGUOUS, said)
        return sent

    def look_up(self, message: Message, *, since: datetime, until: datetime) -> Sent | None:
        """Asks as the definition says; what is repeatable may simply be told again."""
        definition = self._definition()
        say = self._say(definition, message.kind)
        look_up = say.look_up
        if look_up is None and not say.repeatable:
            raise NotImplementedError
        if look_up is None:
            return None
        known = values.between(values.of_message(definition, message), since, until)
        listed = entries(
            self._exchange(),
            look_up.request,
            known,
            items=look_up.items,
            paging=look_up.paging,
        )
        return mapping.find_ours(definition, look_up, listed, message)

    def resolve_token(self, token: str) -> str | None:
        """What a token became."""
        definition = self._definition()
        if definition.token is None:
            raise NotImplementedError
        known = {**values.always(definition), "token": token}
        answer = self._exchange().ask(definition.token.request, known)
        return paths.text(definition.token.reference, answer.tree) or None

    # --- In -------------------------------------------------------------------------------------

    def fetch_updates(self, *, since: datetime, references: Sequence[str]) -> Iterable[Update]:
        """The list since a moment, or each reference by itself."""
        return asking.news(self._exchange(), since=since, references=references)

    def fetch_states(self, references: Sequence[str]) -> Iterable[RemoteState]:
        """Each reference by itself."""
        return asking.states(self._exchange(), references)

    def list_categories(self) -> Iterable[RemoteCategory]:
        """What the definition says how to list."""
        return asking.categories(self._exchange())

    def read_push(self, headers: Mapping[str, str], body: bytes) -> Iterable[Update]:
        """News that was pushed."""
        del headers
        return asking.pushed(self._definition(), body)

    def check_push(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """By the definition's own signature, where it has one."""
        definition = self._definition()
        sign = definition.push.sign if definition.push is not None else None
        if sign is None:
            return None
        return signing.check_push(
            sign, self.values.secrets.get(sign.secret, ""), headers, body, now=now
        )

    # --- The definition -------------------------------------------------------------------------

    def _definition(self) -> Definition:
        try:
            return reading.read(self.values.settings)
        except reading.BadDefinition as error:
            said = f"The definition of {self.values.body_name}'s system can't be used: {error}"
            raise DeliveryFailed(ErrorClass.AUTH, said) from error

    def _exchange(self) -> Exchange:
        return Exchange(self._definition(), self.values)

    def _say(self, definition: Definition, kind: DeliveryKind) -> Say:
        """How a kind is sent; "not fixed" and "withdrawn" are comments where nothing else is said."""
        ways = dict(says(definition))
        say = ways.get(str(kind))
        if say is None and kind in (DeliveryKind.NOT_FIXED, DeliveryKind.WITHDRAWN):
            say = ways.get(str(DeliveryKind.COMMENT))
        if say is None:
            said = f"{definition.title} takes no message of the kind “{kind}”."
            raise DeliveryFailed(ErrorClass.PERMANENT, said)
        return say
