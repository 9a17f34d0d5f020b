"""The contract of connectors, for mail: an SMTP server that fails, and nobody to ask what arrived."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.conf import settings

from mysmartcity.connectors.contract import Capabilities, Message
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.faults import Fault
from tests.connectors.contract.stand import Stand
from tests.demo.processes import Running, running

NO_HTTP = "a mail server has no such thing"


class TestMail(ConnectorContract):
    system = "mail"
    claims = Capabilities(photos=True, comments=True, push=True, close=True)
    gives = "nothing"
    wire = "tcp"
    own_faults = (
        Fault("451", simulator={"refuse": 451}),
        Fault("reply lost after accepting", simulator={"drop_after_accept": True}),
        Fault("a slow server", simulator={"latency": 0.7}, is_slow=True),
    )
    impossible: ClassVar = {"wrong_charset": NO_HTTP, "token_mode": NO_HTTP}
    shares = frozenset({"name", "email", "phone", "account_number"})

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        folder = tmp_path_factory.mktemp("office")
        arguments = ("--port", "0", "--http-port", "0", "--data", str(folder / "office.db"),
                     "--reply-maildir", str(folder / "replies"))  # fmt: skip
        with running("mail_office", *arguments) as process:
            yield process

    @classmethod
    def behind(cls, simulator: Running) -> str:
        return f"127.0.0.1:{simulator.json('/_control')['smtp_port']}"

    def prepare(self, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        host, _, port = stand.place.partition(":")
        for name, value in {
            "EMAIL_HOST": host, "EMAIL_PORT": int(port), "EMAIL_TIMEOUT": 0.4,
        }.items():  # fmt: skip
            monkeypatch.setattr(settings, name, value)

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"to": "roads@kwagga.office.demo.invalid", "cc": ["copy@watch.example"]}

    def calm(self, simulator: Running) -> None:
        off = {"latency": 0, "refuse": None, "drop_after_accept": False}
        assert simulator.control(**off)[0] == 200

    def accepted(self, stand: Stand, message: Message) -> int:
        """Arrivals: a mailbox shows the same mail once, however often it was sent."""
        return int(stand.simulator.json("/_control/arrivals").get(message.reference, 0))

    def additions(self, stand: Stand) -> int:
        return int(stand.simulator.json("/_control")["office_mails"])

    def written(self, stand: Stand) -> str:
        """A copy of each mail goes to a box that can be read."""
        mails = stand.simulator.json("/inbox.json?to=copy@watch.example")
        return "\n\n".join(" ".join(map(str, mail.values())) for mail in mails)
