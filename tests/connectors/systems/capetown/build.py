"""What the tests of this system share: a connector to a running simulator, messages, values."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mysmartcity.connectors.contract import ConnectionValues, Message, Update
from mysmartcity.connectors.memory import ConnectionMemory
from mysmartcity.connectors.systems.capetown.connector import CapeTownConnector
from mysmartcity.connectors.systems.capetown.shapes import RemoteRequest
from mysmartcity.lib import clock, ids
from tests.connectors.systems.mail.test_out import message as some_message
from tests.demo.processes import Running

PRIVATE = "5f0c1a52-0d3e-4c55-9a11-6f2d3b7e8c90"
PUBLIC = "demo-service"
T0 = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
OURS = "0860103089"


def connector(
    city: Running | str, *, memory: ConnectionMemory | None = None, **its: Any
) -> CapeTownConnector:
    """A connector to a simulator, or to an address at which nobody is."""
    url = city if isinstance(city, str) else city.url
    secrets = its.pop("secrets", {"private_key": PRIVATE, "public_key": PUBLIC})
    settings = {"endpoint": f"{url}/coct/api", "telephone": OURS, **its}
    return CapeTownConnector(
        ConnectionValues(
            "The city",
            settings,
            "",
            {},
            [url.removeprefix("http://")],
            memory or ConnectionMemory(),
            secrets,
        )
    )


def message(**its: Any) -> Message:
    """A whole message, with an address and a code that the simulator knows."""
    reference = its.pop("reference", None) or ids.new_reference("CPT")
    values = {
        "key": reference,
        "reference": reference,
        "remote_category": "1030/1001",
        "address": "1 Long Street, City Bowl",
        "street": "Long Street",
        "street_number": "1",
        "suburb": "City Bowl",
        "answers": (),
        **its,
    }
    return some_message(**values)


def accepted(city: Running, reference: str) -> int:
    """How often the city took a message with this reference of ours."""
    return int(city.json("/_control/references").get(reference, 0))


def news(its: CapeTownConnector, *references: str) -> list[Update]:
    """Everything that the city says about some references."""
    since = clock.now() - timedelta(days=1)
    return list(its.fetch_updates(since=since, references=references))


def remote(message: str = "", **its: Any) -> RemoteRequest:
    """A request as the city tells it."""
    values: dict[str, Any] = {
        "reference": "9104200001",
        "type_code": "",
        "subtype_code": "",
        "description": "Pothole",
        "status": "In Progress",
        "created_at": T0,
        **its,
    }
    return RemoteRequest(message=message, **values)
