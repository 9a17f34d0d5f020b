"""What every test shares."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import caches

from mysmartcity.config.reactions import REACTIONS
from mysmartcity.lib import events
from mysmartcity.lib.events import Event
from mysmartcity.places import index


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rate limits and caches of one test are not the next one's."""
    for one in caches.all(initialized_only=True):
        one.clear()


@pytest.fixture(autouse=True)
def _fresh_places() -> None:
    """The index of areas belongs to the database of one test."""
    index.forget()


@pytest.fixture
def published() -> Iterator[list[Event]]:
    """The events that a test causes, in order; nothing reacts to them."""
    seen: list[Event] = []
    note: Callable[[Event], None] = seen.append
    events.set_reactions({event: [note] for event in REACTIONS})
    yield seen
    events.set_reactions(REACTIONS)
