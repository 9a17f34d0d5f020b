"""The contract of connectors, for Open311: with the updates extension, and without it."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors.contract import Capabilities
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.stand import Stand
from tests.demo.processes import Running, running

FORMATS = ("w3c", "z", "naive", "space", "slash", "mail", "epoch")


class _Open311(ConnectorContract):
    system = "open311"
    secrets: ClassVar = {"key": "demo-city-key"}
    wrong_secrets: ClassVar = {"key": "another-city-key"}
    page_size = 50
    date_formats = FORMATS
    shares = frozenset({"name", "email", "phone"})

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        file = tmp_path_factory.mktemp("city") / "city.db"
        arguments = ("--port", "0", "--data", str(file), "--pace", "0.6")
        with running("open311_city", *arguments) as process:
            yield process

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"endpoint": f"http://{place}/open311/v2", "has_updates": True, "extensions": True}

    def additions(self, stand: Stand) -> int:
        return int(stand.simulator.json("/_control")["comments"])


class TestWithUpdates(_Open311):
    claims = Capabilities(
        photos=True, comments=True, look_up=True, close=True, poll=True, windows=True,
        states=True, lists_categories=True, needs_category_code=True, needs_reference=True,
    )  # fmt: skip
    finished = frozenset({"fixed", "no_further_action"})


class TestWithoutUpdates(_Open311):
    claims = Capabilities(
        look_up=True, poll=True, states=True, lists_categories=True, needs_category_code=True,
        needs_reference=True,
    )  # fmt: skip
    finished = frozenset({"closed"})

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"endpoint": f"http://{place}/open311/v2", "format": "xml"}
