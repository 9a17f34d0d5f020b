"""Mail to an office: what it can (everything in words, replies) and cannot (be asked what arrived)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from mysmartcity.connectors.contract import (
    Capabilities,
    Connector,
    DeliveryFailed,
    Message,
    Sent,
)
from mysmartcity.connectors.systems.mail import client, mapping
from mysmartcity.dispatch.status import ErrorClass


class MailConnector(Connector):
    """One office's mailbox. Settings: `to` (address), `cc` (list), `phrases` (see inbound.py)."""

    # An SMTP talk has up to ten waits of EMAIL_TIMEOUT.
    lease_seconds: ClassVar[int] = 180
    # Replies are prose: inbound.py turns phrases straight into our statuses.
    speaks_our_statuses: ClassVar[bool] = True

    @property
    def capabilities(self) -> Capabilities:
        """Words go both ways; nobody can ask a mailbox what it has."""
        return Capabilities(photos=True, comments=True, push=True, close=True)

    def problems(self) -> Sequence[str]:
        """What the operator must put right before a mail can go."""
        return list(_problems(self.values.settings))

    def send(self, message: Message) -> Sent:
        """Send one mail. The Message-ID is what we know of it; a reference comes with a reply."""
        wrong = self.problems()
        if wrong:
            raise DeliveryFailed(ErrorClass.AUTH, f"{self.values.body_name}: {wrong[0]}")
        to = str(self.values.settings["to"])
        cc = tuple(map(str, self.values.settings.get("cc", ())))
        mail = mapping.mail_of(message, to=to, cc=cc)
        client.post(mail)
        return Sent(remote_id=mapping.message_id(message.key))


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each setting that can't be used."""
    if not _is_address(settings.get("to")):
        yield _("The connection has no mail address. “to” must be one, like roads@city.example.")
    cc = settings.get("cc") or []
    if not isinstance(cc, list | tuple) or not all(map(_is_address, cc)):
        yield _("“cc” must be a list of mail addresses.")


def _is_address(written: Any) -> bool:
    if not isinstance(written, str):
        return False
    name, _at, domain = written.strip().rpartition("@")
    return bool(name and domain) and not any(letter.isspace() for letter in written.strip())
