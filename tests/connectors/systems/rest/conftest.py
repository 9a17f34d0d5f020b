"""The answering desk as a fixture."""

from collections.abc import Iterator

import pytest

from tests.connectors.systems.rest.desk import Desk, desk


@pytest.fixture
def office() -> Iterator[Desk]:
    with desk() as running:
        yield running
