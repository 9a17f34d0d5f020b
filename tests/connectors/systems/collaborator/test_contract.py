"""The contract of connectors, for Collaborator by hand and by its declarative file."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors.contract import Capabilities, Update
from mysmartcity.lib import clock
from tests.demo.processes import Running, running

contract = pytest.importorskip("tests.connectors.contract.contract")


class _Collaborator(contract.ConnectorContract):  # type: ignore[misc,name-defined]
    claims = Capabilities(
        look_up=True, poll=True, polls_each=True, states=True, needs_category_code=True,
        needs_reference=True,
    )  # fmt: skip
    secrets: ClassVar = {"user": "demo", "password": "demo-city-password"}
    wrong_secrets: ClassVar = {"user": "demo", "password": "another-password"}
    has_session = True
    finished = frozenset({"finalised"})
    shares = frozenset({"name", "email", "phone", "account_number"})
    write_path = "^POST .*SaveNewTaskFeedback"
    read_path = "^POST .*GetObject"
    impossible: ClassVar = {
        "token_mode": "every create is answered with a number",
        "clock_skew": "it tells no moments: news is dated when we read it",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        file = tmp_path_factory.mktemp("collaborator") / "city.db"
        arguments = ("--port", "0", "--data", str(file), "--pace", "0.6")
        with running("collaborator_city", *arguments) as process:
            yield process

    def additions(self, stand: Any) -> int:
        return 0

    def _by_id(self, stand: Any, reference: str) -> dict[str, Update]:
        """Without the moments, which are ours."""
        now = clock.now()
        told = self.news(self.connect(stand), reference)
        assert all(abs((one.happened_at - now).total_seconds()) < 60 for one in told)
        return {one.event_id: replace(one, happened_at=self.first(one)) for one in told}

    def _by_status(self, stand: Any, reference: str) -> dict[str, Any]:
        told = self._by_id(stand, reference).values()
        return {one.remote_status: one.happened_at for one in told}

    def written(self, stand: Any) -> str:
        """Each request by itself: a body of JSON has no blank lines of its own."""
        return "\n\n".join(stand.proxy.json("/_control/seen"))

    def first(self, one: Update) -> Any:
        """When this event was first read; the inbox keeps that moment too."""
        return self._first.setdefault(one.event_id, one.happened_at)

    _first: ClassVar[dict[str, Any]] = {}


class TestByHand(_Collaborator):
    system = "collaborator"

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"base_url": f"http://{place}"}


class TestByDefinition(_Collaborator):
    system = "rest"
    definition = "collaborator.yaml"

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"file": "collaborator", "changes": {"base_url": f"http://{place}"}}
