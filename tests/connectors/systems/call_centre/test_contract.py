"""The contract of connectors, for a call centre: nothing is sent, a person reads and calls."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mysmartcity.connectors.contract import Capabilities
from tests.connectors.contract.contract import ConnectorContract
from tests.demo.processes import Running


class TestCallCentre(ConnectorContract):
    system = "call_centre"
    claims = Capabilities(by_hand=True, comments=True, close=True)
    gives = "nothing"
    wire = "none"

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls) -> Iterator[Running]:
        """Nobody is there: a process that has ended and no address."""
        with subprocess.Popen(
            [sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True
        ) as gone:
            yield Running("http://127.0.0.1:9", gone)

    def calm(self, simulator: Running) -> None:
        pass

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"phone": "011 490 7484", "hours": "06:00 to 18:00"}
