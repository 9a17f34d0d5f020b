"""The replaying city as a fixture."""

from collections.abc import Iterator

import pytest

from tests.connectors.systems.open311.replaying import City, replaying_city


@pytest.fixture
def city() -> Iterator[City]:
    with replaying_city() as running:
        yield running
