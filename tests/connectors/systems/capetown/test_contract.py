"""The contract of connectors, for the City of Cape Town's service requests."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from mysmartcity.connectors.contract import Capabilities, Message
from tests.connectors.contract.contract import ConnectorContract
from tests.connectors.contract.stand import Stand
from tests.demo.processes import Running, running

KEY = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90"
NO_LISTS = "nothing is listed there: each reference is asked for alone"


class TestCapeTown(ConnectorContract):
    system = "capetown"
    claims = Capabilities(
        poll=True, polls_each=True, states=True, lists_categories=True, needs_category_code=True,
        needs_reference=True, needs_address=True,
    )  # fmt: skip
    secrets: ClassVar = {"private_key": KEY, "public_key": "demo-service"}
    wrong_secrets: ClassVar = {"private_key": KEY.replace("5", "6"), "public_key": "demo-service"}
    has_session = True
    write_path = "^POST .*/zsreq/sr"
    read_path = "^GET .*/zsreq/(sr/|config)"
    finished = frozenset({"closed"})
    shares = frozenset({"name", "email", "phone"})
    impossible: ClassVar = {
        "duplicates": NO_LISTS, "overlap": NO_LISTS, "token_mode": "a reference comes at once",
        "backwards": "what goes back there is an entry of the log that is gone: it has no moment",
    }  # fmt: skip

    @pytest.fixture(scope="class")
    @classmethod
    def simulator(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        file = tmp_path_factory.mktemp("city") / "city.db"
        arguments = ("--port", "0", "--data", str(file), "--pace", "0.6")
        with running("capetown_city", *arguments) as process:
            yield process

    def settings_for(self, place: str) -> dict[str, Any]:
        return {"endpoint": f"http://{place}/coct/api", "telephone": "0860103089"}

    def message(self, **its: Any) -> Message:
        given = {"remote_category": "1030/1001", "address": "1 Long Street, City Bowl",
                 "street": "Long Street", "street_number": "1", "suburb": "City Bowl"}  # fmt: skip
        return super().message(**{**given, **its})

    def additions(self, stand: Stand) -> int:
        return 0  # There is no call for anything later.
