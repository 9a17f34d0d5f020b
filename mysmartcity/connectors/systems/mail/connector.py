"""Mail to an office: what it can (everything in words, replies) and cannot (be asked what arrived)."""

from typing import ClassVar

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

    def send(self, message: Message) -> Sent:
        """Send one mail. The Message-ID is what we know of it; a reference comes with a reply."""
        to = str(self.values.settings.get("to", ""))
        if "@" not in to:
            sentence = f"The connection to {self.values.body_name} has no mail address."
            raise DeliveryFailed(ErrorClass.AUTH, sentence)
        cc = tuple(map(str, self.values.settings.get("cc", ())))
        mail = mapping.mail_of(message, to=to, cc=cc)
        client.post(mail)
        return Sent(remote_id=mapping.message_id(message.key))
