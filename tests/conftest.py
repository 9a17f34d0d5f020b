"""What every test shares."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Rate limits and caches of one test are not the next one's."""
    cache.clear()
    yield
