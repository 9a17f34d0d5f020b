"""A call centre: what a person on the phone can tell it, and that no machine can."""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext as _

from mysmartcity.connectors.contract import (
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    Sent,
)
from mysmartcity.connectors.systems.call_centre import client, mapping
from mysmartcity.dispatch.status import ErrorClass


class CallCentreConnector(Connector):
    """Settings: `phone`, `hours`, `menu` (the way through it), `facts` (see mapping.py)."""

    # What was heard is written down in our own words by whoever called.
    speaks_our_statuses: ClassVar[bool] = True
    secret_names: ClassVar[tuple[str, ...]] = ()

    @property
    def capabilities(self) -> Capabilities:
        """Anything can be said on the phone, with or without a reference; nothing can be shown."""
        return Capabilities(by_hand=True, comments=True, close=True)

    def problems(self) -> Sequence[str]:
        """A list of facts that can't be used, or no number to call."""
        found = []
        try:
            self._facts()
        except mapping.BadFacts as error:
            found.append(str(error))
        if not client.line_of(self.values.settings).phone:
            found.append(_("The setting “phone” is missing: nobody knows which number to call."))
        return found

    def send(self, message: Message) -> Sent:
        """Never called for what is done by hand. Raises DeliveryFailed should it happen."""
        sentence = f"{self.values.body_name} is reached by phone: a person must call."
        raise DeliveryFailed(ErrorClass.PERMANENT, sentence)

    def brief(self, message: Message) -> str:
        """Whom to call, what to say first, and the facts in the order in which they are asked."""
        line = client.line_of(self.values.settings)
        try:
            facts = self._facts()
        except mapping.BadFacts:
            # A slip in the settings must not keep a call from being made.
            facts = mapping.read_facts(mapping.usual_facts())
        return mapping.brief(message, line=line, facts=facts)

    def _facts(self) -> list[mapping.Fact]:
        return mapping.read_facts(self.values.settings.get("facts") or mapping.usual_facts())
