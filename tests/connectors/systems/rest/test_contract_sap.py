"""The contract of connectors, for the declarative file of SAP maintenance notifications."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors.contract import Capabilities, Message
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.stand import Stand
from tests.demo.processes import Running, running


class TestSapNotification(ConnectorContract):
    """Against the simulated system."""

    system = "rest"
    definition = "sap_notification.yaml"
    claims = Capabilities(look_up=True, poll=True, states=True, needs_reference=True)
    secrets: ClassVar = {"user": "demo", "password": "demo-city-password"}
    wrong_secrets: ClassVar = {"user": "demo", "password": "another-password"}
    has_session = True
    finished = frozenset({"4"})
    read_path = "^GET .*MaintenanceNotification[?(]"
    impossible: ClassVar = {"token_mode": "every create is answered with a number"}

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        file = tmp_path_factory.mktemp("sap") / "city.db"
        with running("sap_city", "--port", "0", "--data", str(file), "--pace", "0.6") as process:
            yield process

    def settings_for(self, place: str) -> dict[str, Any]:
        service = f"http://{place}/sap/opu/odata/sap/API_MAINTNOTIFICATION"
        return {"file": "sap_notification", "changes": {"base_url": service}}

    def message(self, **its: Any) -> Message:
        return super().message(**{"remote_category": "ROADS/HOLE", **its})

    def written(self, stand: Stand) -> str:
        """Each request by itself: a body of JSON has no blank lines of its own."""
        assert stand.proxy is not None
        return "\n\n".join(stand.proxy.json("/_control/seen"))

    def additions(self, stand: Stand) -> int:
        return 0
