"""Which tests of the contract are collected for which system."""

from typing import Any

import pytest

from tests.connectors.contract.stand import Trial


def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> list[Any] | None:
    """Nothing for a test that is none for this system; None leaves the rest to pytest."""
    trial = getattr(collector, "obj", None)
    if not (isinstance(collector, pytest.Class) and isinstance(trial, type)):
        return None
    is_test = name.startswith("test") and issubclass(trial, Trial)
    return [] if is_test and not trial.is_asked(obj) else None
