"""The simulated city, with every switch off before each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.demo.processes import Running, running

OFF: dict[str, Any] = {
    "latency": 0, "error": None, "error_rate": 1, "retry_after": 1, "drop_before_accept": False,
    "drop_after_accept": False, "garbage": False, "html_page": False, "wrong_charset": False,
    "status_case": "lower", "backwards": False, "clock_skew": 0, "expired": 0,
    "weekend": 0, "weekend_says": "503", "signature": "raw",
}  # fmt: skip


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("city") / "city.db"
    with running("capetown_city", "--port", "0", "--data", str(file), "--pace", "0.6") as city:
        yield city


@pytest.fixture
def city(process: Running) -> Running:
    assert process.control(**OFF)[0] == 200
    return process
