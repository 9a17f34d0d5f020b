"""The contract of connectors, for the declarative file of Cape Town's service requests."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors.contract import Capabilities, Message, Update
from mysmartcity.lib import clock
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.stand import Stand
from tests.demo.processes import Running, running

PRIVATE = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90"


class TestCapeTownByDefinition(ConnectorContract):
    """Against the simulated system."""

    system = "rest"
    definition = "capetown.yaml"
    claims = Capabilities(
        poll=True, polls_each=True, states=True, lists_categories=True, needs_category_code=True,
        needs_reference=True, needs_address=True,
    )  # fmt: skip
    secrets: ClassVar = {"private_key": PRIVATE, "public_key": "demo-service"}
    wrong_secrets: ClassVar = {"private_key": PRIVATE[::-1], "public_key": "demo-service"}
    has_session = True
    finished = frozenset({"closed"})
    shares = frozenset({"name", "email", "phone"})
    read_path = "^GET .*/zsreq/(sr/|config)"
    impossible: ClassVar = {
        "token_mode": "every create is answered with a number",
        "clock_skew": "no moment of a change is told: news is dated when we read it",
        "backwards": "the log only grows",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        file = tmp_path_factory.mktemp("capetown") / "city.db"
        arguments = ("--port", "0", "--data", str(file), "--pace", "0.6")
        with running("capetown_city", *arguments) as process:
            yield process

    def settings_for(self, place: str) -> dict[str, Any]:
        changes = {"base_url": f"http://{place}/coct/api", "options.telephone": "0860103089"}
        return {"file": "capetown", "changes": changes}

    def message(self, **its: Any) -> Message:
        return super().message(**{"remote_category": "1001/1001", **its})

    def additions(self, stand: Stand) -> int:
        return 0

    def written(self, stand: Stand) -> str:
        """Each request by itself: a body of JSON has no blank lines of its own."""
        assert stand.proxy is not None
        return "\n\n".join(stand.proxy.json("/_control/seen"))

    def _by_id(self, stand: Stand, reference: str) -> dict[str, Update]:
        """Without the moments, which are ours."""
        told = self.news(self.connect(stand), reference)
        return {
            one.event_id: replace(
                one, happened_at=self._first.setdefault(one.event_id, clock.now())
            )
            for one in told
        }

    def _by_status(self, stand: Stand, reference: str) -> dict[str, Any]:
        told = self._by_id(stand, reference).values()
        return {one.remote_status: one.happened_at for one in told}

    _first: ClassVar[dict[str, Any]] = {}
