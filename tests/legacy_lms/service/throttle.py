"""The request limit of the enrollment API, per process: 40 in 60 seconds, by user or address."""

import threading
from collections import defaultdict, deque

LIMIT = 40
WINDOW_SECONDS = 60.0


class Throttle:
    """Remembers when each client called; shared by all threads."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def wait_seconds(self, client: str, now: float) -> float:
        """Count a call and return 0, or return how long the client has to wait."""
        with self._lock:
            calls = self._calls[client]
            while calls and calls[0] <= now - WINDOW_SECONDS:
                calls.popleft()
            if len(calls) >= LIMIT:
                return WINDOW_SECONDS - (now - calls[0])
            calls.append(now)
            return 0.0
