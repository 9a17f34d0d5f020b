"""What connectors keep between messages within one process: sessions and tokens, never on disk."""

import threading
import time
from typing import Any


class ConnectionMemory:
    """The memory of one connection; safe between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}
        self._guard = threading.Lock()

    def get(self, name: str) -> Any | None:
        """What was kept, while it is still good."""
        with self._guard:
            until, value = self._kept.get(name, (0.0, None))
            return value if time.monotonic() < until else None

    def put(self, name: str, value: Any, *, seconds: float) -> None:
        """Keep it for so long at most."""
        with self._guard:
            self._kept[name] = (time.monotonic() + seconds, value)

    def forget(self, name: str) -> None:
        """It is not good any more."""
        with self._guard:
            self._kept.pop(name, None)


_memories: dict[tuple[int, str], ConnectionMemory] = {}
_guard = threading.Lock()


def memory_of(connection_id: int, version: str) -> ConnectionMemory:
    """The memory of a connection in this process; another `version` (of its settings and secrets)
    begins with an empty one.
    """
    with _guard:
        for key in [key for key in _memories if key[0] == connection_id and key[1] != version]:
            del _memories[key]
        return _memories.setdefault((connection_id, version), ConnectionMemory())
