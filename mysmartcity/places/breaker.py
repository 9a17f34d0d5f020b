"""A circuit breaker: after some failures in a row, nobody waits for the other side for a while."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Counts failures in a row. Open, it lets nobody through; after its time, one to try."""

    def __init__(
        self, *, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._shut_until = 0.0

    def may_try(self) -> bool:
        """Whether to ask the other side now. After the pause only one asks until it is known."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = self._clock()
            if now < self._shut_until:
                return False
            self._shut_until = now + self._seconds
            return True

    def failed(self) -> None:
        """The other side gave no usable answer."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._shut_until = self._clock() + self._seconds

    def worked(self) -> None:
        """The other side answered: all is forgiven."""
        with self._lock:
            self._failed = 0

    reset = worked
